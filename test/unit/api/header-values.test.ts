import { describe, expect, test } from '@jest/globals';
import { decodeCursor, encodeCursor } from '../../../src/api/cursor.ts';
import { idempotencyKey } from '../../../src/api/idempotency-key.ts';
import { etag, expectedVersion } from '../../../src/api/preconditions.ts';
import { waitMs } from '../../../src/api/prefer.ts';

describe('Prefer', () => {
  test.each([
    [undefined, 10_000],
    ['', 10_000],
    ['wait=5', 5_000],
    ['wait="5"', 5_000],
    ['WAIT=0', 0],
    ['wait=600', 60_000],
    ['wait=-1', 10_000],
    ['wait=soon', 10_000],
    ['respond-async', 0],
    ['respond-async, wait=2', 2_000],
    ['wait=2; x=1, wait=9', 2_000],
    ['return=minimal', 10_000],
  ])('%j waits %d ms', (header, expected) => {
    expect(waitMs(header)).toBe(expected);
  });
});

test('a quoted key and a bare one are the same key', () => {
  expect(idempotencyKey('"a-1"')).toBe(idempotencyKey('a-1'));
  expect(idempotencyKey('"a\\\\b\\"";p=1')).toBe('a\\b"');
});

test('an ETag names the version that it was made of', () => {
  expect(expectedVersion(etag(17))).toBe(17);
  expect(expectedVersion('*')).toBeUndefined();
});

describe('cursors', () => {
  test('a cursor gives back the key that it was made of', () => {
    const key = ['2027-03-01T09:00:00Z', 'Ünal', 'id-1'];
    expect(decodeCursor(encodeCursor(key))).toEqual(key);
  });

  const made = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each(['garbage', '%%%', '', made({}), made([]), made([1]), made(['\0']), made(null), 'W10='])(
    '%j is refused',
    (cursor) => {
      expect(() => decodeCursor(cursor)).toThrow(
        expect.objectContaining({
          code: 'validation',
          errors: [expect.objectContaining({ pointer: '#/query/cursor' })],
        }),
      );
    },
  );
});
