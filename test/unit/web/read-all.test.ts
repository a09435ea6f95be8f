import { expect, test } from '@jest/globals';
import { readAll, type ReadPage } from '../../../web/src/kit/read-all.ts';

/** A list of so many numbers, whose cursor is the next one. */
const listOf =
  (count: number, asked: number[] = []): ReadPage<number> =>
  (cursor, signal, limit) => {
    signal.throwIfAborted();
    asked.push(limit);
    const from = Number(cursor ?? 0);
    const items = Array.from({ length: Math.min(limit, count - from) }, (_, index) => from + index);
    const next = from + items.length;
    return Promise.resolve({ items, nextCursor: next < count ? String(next) : null });
  };
const never = new AbortController().signal;

test('all pages are read, in their order, and it is told how far it is', async () => {
  const told: number[] = [];
  const { rows, isCut } = await readAll(listOf(450), (count) => told.push(count), never);
  expect([rows, isCut]).toEqual([Array.from({ length: 450 }, (_, index) => index), false]);
  expect(told).toEqual([200, 400, 450]);
});

test('no more than the limit is read, and that there was more is said only when there was', async () => {
  const asked: number[] = [];
  const cut = await readAll(listOf(1_000, asked), () => {}, never, 500);
  expect([cut.rows.length, cut.isCut, asked]).toEqual([500, true, [200, 200, 100]]);
  expect(await readAll(listOf(500), () => {}, never, 500)).toMatchObject({ isCut: false });
});

test('it stops when nobody wants it any more', async () => {
  const stop = new AbortController();
  const reading = readAll(listOf(1_000), (count) => count >= 400 && stop.abort(), stop.signal);
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
});
