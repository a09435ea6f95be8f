import { expect, test } from '@jest/globals';
import { escapePointer, pointerParts } from '../../../src/domain/index.ts';

test.each(['a', 'a/b', '~', '~1', 'm~n/o~0', ''])('a part of a pointer is read as it was written: %j', (part) => {
  expect(pointerParts(`/files/${escapePointer(part)}/0`)).toEqual(['files', part, '0']);
});

test('the parts that RFC 6901 gives as examples', () => {
  expect([escapePointer('a/b'), escapePointer('m~n'), escapePointer(0)]).toEqual(['a~1b', 'm~0n', '0']);
  expect([pointerParts(''), pointerParts('/')]).toEqual([[], ['']]);
});
