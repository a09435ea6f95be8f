/** How often, and how many at once: limits that the processes of a hub keep together. Here each `Turns` is another process. */
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CallRate } from '../../src/connections/call-rate.ts';
import { startPresence } from '../../src/connections/presence.ts';
import { TurnRefused, Turns } from '../../src/connections/turns.ts';
import type { Sql } from '../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The calls of the busiest second. */
function busiest(beganAt: readonly number[], windowMs = 1_000): number {
  const sorted = beganAt.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((from) => sorted.filter((at) => at >= from && at < from + windowMs).length));
}

describe('calls a second', () => {
  test('of two processes together are no more than the limit and one burst, and no fewer than the limit', async () => {
    const connectionId = randomUUID();
    const beganAt: number[] = [];
    const processes = [1, 2].map(() => new Turns(new CallRate(database.db, connectionId, 50), 32, () => 1));
    const lateness = monitorEventLoopDelay({ resolution: 5 });
    lateness.enable();
    const startedAt = performance.now();
    await Promise.all(
      processes.flatMap((turns) =>
        Array.from({ length: 75 }, () => turns.take(() => Promise.resolve(beganAt.push(performance.now())))),
      ),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    // The burst is what 200 ms allow: 10. What a busy machine began late began in a second that was not its own.
    const lateSeconds = lateness.max / 1e9;
    expect(busiest(beganAt)).toBeLessThanOrEqual(62 + 2 * 50 * lateSeconds);
    expect(150 / seconds).toBeGreaterThan(40);
  }, 20_000);

  test('of one process with much to do and another with little: the little one does not wait behind all of it', async () => {
    const connectionId = randomUUID();
    const busy = new Turns(new CallRate(database.db, connectionId, 20), 8, () => 2);
    const first = Promise.withResolvers<void>();
    const all = Promise.allSettled(
      Array.from({ length: 100 }, () => busy.take(() => Promise.resolve(first.resolve()))),
    );
    await first.promise;
    const waiting = new Turns(new CallRate(database.db, connectionId, 20), 8, () => 2);
    const startedAt = performance.now();
    await waiting.take(() => Promise.resolve());
    // At most what the other had reserved ahead: its eight calls at once.
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(busy.waiting).toBeGreaterThan(50);
    busy.end();
    await all;
  }, 20_000);

  test('what took more calls than one is made up for by the next, a second’s worth at most', async () => {
    const rate = new CallRate(database.db, randomUUID(), 10);
    const turns = new Turns(rate, 8, () => 1);
    await turns.take(() => Promise.resolve());
    rate.owe(5);
    const owing = performance.now();
    await turns.take(() => Promise.resolve());
    expect(performance.now() - owing).toBeGreaterThanOrEqual(290);
    rate.owe(1_000);
    const deep = performance.now();
    await turns.take(() => Promise.resolve());
    expect(performance.now() - deep).toBeLessThan(2_000);
  });

  test('a call that has nobody before it begins at once', async () => {
    const turns = new Turns(new CallRate(database.db, randomUUID(), 1), 8, () => 1);
    const startedAt = performance.now();
    await turns.take(() => Promise.resolve());
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('a pause that the HIS asked one process for holds for all, and then they go on', async () => {
    const connectionId = randomUUID();
    const [asked, other] = [1, 2].map(() => new CallRate(database.db, connectionId, 100));
    const startedAt = performance.now();
    await asked?.throttle(700);
    await other?.throttle(100);
    const turns = new Turns(other ?? new CallRate(database.db, connectionId, 100), 8, () => 1);
    await turns.take(() => Promise.resolve());
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(690);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('a database that is away refuses the calls of then, and no later one', async () => {
    let away = true;
    const sql: Sql = {
      query: (text, values) => (away ? Promise.reject(new Error('away')) : database.db.query(text, values)),
    };
    const turns = new Turns(new CallRate(sql, randomUUID(), 100), 8, () => 1);
    await expect(Promise.all([1, 2].map(() => turns.take(() => Promise.resolve())))).rejects.toThrow('away');
    away = false;
    await turns.take(() => Promise.resolve());
    expect([turns.waiting, turns.inUse]).toEqual([0, 0]);
  });
});

describe('calls at once', () => {
  test('are shared out among the processes that are alive, at least one to each', async () => {
    const [first, second, api] = await Promise.all(
      [true, true, false].map((works) => startPresence(database.db, works, silent)),
    );
    const third = await startPresence(database.db, true, silent);
    expect(third.workers).toBe(3);
    const rate = new CallRate(database.db, randomUUID(), 10_000);
    expect([32, 2].map((limit) => new Turns(rate, limit, () => third.workers).share)).toEqual([10, 1]);
    await Promise.all([first?.stop(), second?.stop(), api?.stop()]);
    // One that was killed says nothing: it is forgotten after ten seconds.
    await database.db.query(
      `insert into process_presence (id, works, seen_at) values ($1, true, now() - interval '11 seconds')`,
      [randomUUID()],
    );
    for (const deadline = Date.now() + 10_000; third.workers !== 1 && Date.now() < deadline;) await delay(50);
    expect(third.workers).toBe(1);
    await third.stop();
  }, 20_000);

  test('are no more than the share, and what has begun is not cut short when the process stops', async () => {
    const turns = new Turns(new CallRate(database.db, randomUUID(), 10_000), 4, () => 2);
    const gate = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    let most = 0;
    const calls = Array.from({ length: 6 }, () =>
      turns.take(() => {
        most = Math.max(most, turns.inUse);
        if (turns.inUse === 2) begun.resolve();
        return gate.promise;
      }),
    );
    await begun.promise;
    expect([turns.inUse, turns.waiting]).toEqual([2, 4]);
    turns.end();
    const refused = await Promise.allSettled(calls.slice(2));
    expect(refused.map((each) => each.status === 'rejected' && each.reason instanceof TurnRefused)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    await expect(turns.take(() => Promise.resolve())).rejects.toThrow(TurnRefused);
    gate.resolve('done');
    expect(await Promise.all(calls.slice(0, 2))).toEqual(['done', 'done']);
    expect(most).toBe(2);
  });

  test('who has no turn in time leaves the queue, and takes none of those who wait on', async () => {
    const turns = new Turns(new CallRate(database.db, randomUUID(), 10_000), 1, () => 1);
    const gate = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const first = turns.take(() => {
      begun.resolve();
      return gate.promise;
    });
    await begun.promise;
    const impatient = turns.take(() => Promise.resolve('never'), 50);
    const patient = turns.take(() => Promise.resolve('waited'));
    await expect(impatient).rejects.toMatchObject({ name: 'TurnRefused', reason: 'deadline' });
    expect([turns.inUse, turns.waiting]).toEqual([1, 1]);
    gate.resolve('done');
    expect(await Promise.all([first, patient])).toEqual(['done', 'waited']);
    // One that has begun in time runs to its end.
    expect(await turns.take(() => delay(1_500, 'long'), 1_000)).toBe('long');
  });

  test('who would have to wait out a pause of the HIS is refused, and makes it no longer for the others', async () => {
    const connectionId = randomUUID();
    const rate = new CallRate(database.db, connectionId, 2);
    await rate.throttle(60_000);
    const turns = new Turns(rate, 4, () => 1);
    for (let nth = 0; nth < 5; nth += 1) {
      const tired = turns.take(() => Promise.resolve('never'), 1_000);
      await expect(tired).rejects.toMatchObject({ name: 'TurnRefused', reason: 'deadline' });
    }
    const { rows } = await database.db.query(
      'select (extract(epoch from next_at - throttled_until) * 2)::int as announced from call_rate where connection_id = $1',
      [connectionId],
    );
    // By the first, which did not know of the pause.
    expect(rows).toEqual([{ announced: 1 }]);
    expect([turns.inUse, turns.waiting]).toEqual([0, 0]);
  });

  test('what waits out a long pause of the HIS is refused at once when the process stops', async () => {
    const connectionId = randomUUID();
    const rate = new CallRate(database.db, connectionId, 10);
    await rate.throttle(60_000);
    const turns = new Turns(rate, 4, () => 1);
    const calls = Array.from({ length: 8 }, () => turns.take(() => Promise.resolve()));
    const refused = Promise.allSettled(calls);
    // Those that have their turn wait for their time.
    const reserved = async (): Promise<boolean> =>
      (
        await database.db.query('select 1 from call_rate where connection_id = $1 and next_at > throttled_until', [
          connectionId,
        ])
      ).rowCount === 1;
    while (!(await reserved())) await delay(10);
    const stoppedAt = performance.now();
    turns.end();
    expect((await refused).map((each) => each.status)).toEqual(Array.from({ length: 8 }, () => 'rejected'));
    expect(performance.now() - stoppedAt).toBeLessThan(1_000);
  });
});
