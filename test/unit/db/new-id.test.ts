import { expect, test } from '@jest/globals';
import { validate, version } from 'uuid';
import { newId } from '../../../src/db/new-id.ts';

test('ids are of version 7, all different, and in the order in which they were asked for', () => {
  const ids = Array.from({ length: 5_000 }, newId);
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
});
