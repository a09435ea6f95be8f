/**
 * Lists for `$1::bytea[]`, `$1::text[]` and `$1::uuid[]` as Postgres itself keeps them: node-postgres sends a Buffer as it is. As text
 * every byte of a bytea takes two characters, which one side writes and the other reads one by one.
 * Source: PostgreSQL, src/backend/utils/adt/arrayfuncs.c (array_recv); type ids of pg_type.dat, the same in every version.
 */
const BYTEA = 17;
const TEXT = 25;
const UUID = 2950;

/** Dimensions, whether there are nulls, type of the elements; how many, and from where they are counted. */
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;
const UUID_BYTES = 16;
const NULL_LENGTH = -1;

export const byteaArray = (elements: readonly (Uint8Array | undefined)[]): Buffer =>
  arrayOf(
    BYTEA,
    elements.map((element) => element?.byteLength),
    (array, at, index) => elements[index] && array.set(elements[index], at),
  );

export const textArray = (elements: readonly (string | undefined)[]): Buffer =>
  arrayOf(
    TEXT,
    elements.map((element) => (element === undefined ? undefined : Buffer.byteLength(element))),
    (array, at, index) => elements[index] && array.write(elements[index], at),
  );

/** In the form with dashes. */
export const uuidArray = (elements: readonly (string | undefined)[]): Buffer =>
  arrayOf(
    UUID,
    elements.map((element) => (element === undefined ? undefined : UUID_BYTES)),
    (array, at, index) => elements[index] && array.write(elements[index].replaceAll('-', ''), at, 'hex'),
  );

function arrayOf(
  type: number,
  lengths: readonly (number | undefined)[],
  write: (array: Buffer, at: number, index: number) => unknown,
): Buffer {
  const size = lengths.reduce<number>((sum, length = 0) => sum + LENGTH_BYTES + length, HEAD_BYTES);
  const array = Buffer.allocUnsafe(size);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(lengths.includes(undefined) ? 1 : 0, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(lengths.length, 12);
  array.writeInt32BE(1, 16);
  let at = HEAD_BYTES;
  for (const [index, length] of lengths.entries()) {
    at = array.writeInt32BE(length ?? NULL_LENGTH, at);
    write(array, at, index);
    at += length ?? 0;
  }
  return array;
}
