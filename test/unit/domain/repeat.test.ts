import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { repeat } from '../../../src/domain/repeat.ts';

const unexpected = (error: unknown): void => {
  throw error;
};

test('a chore begins at once, is never done twice at a time, and stop waits for the one under way', async () => {
  let [begun, atOnce, most] = [0, 0, 0];
  const chore = repeat(
    async () => {
      begun += 1;
      most = Math.max(most, (atOnce += 1));
      await delay(40);
      atOnce -= 1;
    },
    { everyMs: 5, onError: unexpected },
  );
  expect(begun).toBe(1);
  await delay(150);
  await chore.stop();
  expect([atOnce, most]).toEqual([0, 1]);
  const done = begun;
  expect(done).toBeGreaterThan(1);
  await delay(60);
  expect(begun).toBe(done);
});

test('one that failed is told, and done again', async () => {
  const told: unknown[] = [];
  const failure = new Error('not today');
  const chore = repeat(() => Promise.reject(failure), { everyMs: 5, onError: (error) => told.push(error) });
  while (told.length < 3) await delay(1);
  await chore.stop();
  expect(new Set(told)).toEqual(new Set([failure]));
});

test('the first may wait; one that is under way hears of the stop, and none begins after it', async () => {
  let begun = 0;
  const chore = repeat(
    async (stopping) => {
      begun += 1;
      await delay(10_000, undefined, { signal: stopping }).catch(() => {});
    },
    { everyMs: 5, firstAfterMs: 30, onError: unexpected },
  );
  expect(begun).toBe(0);
  await delay(60);
  expect(begun).toBe(1);
  await chore.stop();
  expect(begun).toBe(1);
});
