/** What every queue driver promises, each against its real server. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { QueueBench, queueDrivers, until } from '../support/queues.ts';
import { startRedis } from '../support/redis.ts';

const redis = await startRedis();
afterAll(() => redis?.stop());

const ahead = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe.each(queueDrivers(redis))('the queue $name', (driver) => {
  let bench: QueueBench;
  beforeEach(async () => {
    bench = await QueueBench.open(driver);
  });
  afterEach(() => bench.close());

  /** Handles by writing down; the ids in the order in which they came. */
  const recorder = () => {
    const ran: string[] = [];
    const handle = (id: string): Promise<void> => Promise.resolve(void ran.push(id));
    return { ran, handle };
  };

  test('the job of a transaction that is rolled back never runs', async () => {
    const queue = await bench.queue();
    const { ran, handle } = recorder();
    queue.work(handle, 4);
    const rolledBack = randomUUID();
    const failing = bench.db.transaction(async (tx) => {
      await queue.send(tx, { transactionId: rolledBack, dueAt: ahead(0) });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    // Sent later: when it has run, the first would have.
    const marker = await bench.send(queue);
    await until('the job after it ran', () => ran.length > 0);
    expect(ran).toEqual([marker]);
  });

  test('before the commit a job does not run, after it soon, also in another process', async () => {
    const [sender, worker] = [await bench.queue(), await bench.queue()];
    const { ran, handle } = recorder();
    worker.work(handle, 4);
    const early = randomUUID();
    let committedAt = 0;
    await bench.db.transaction(async (tx) => {
      await sender.send(tx, { transactionId: early, dueAt: ahead(0) });
      const marker = await bench.send(sender);
      await until('the job of a transaction that has ended ran', () => ran.includes(marker));
      expect(ran).not.toContain(early);
      committedAt = Date.now();
    });
    await until('the committed job ran', () => ran.includes(early));
    expect(Date.now() - committedAt).toBeLessThan(1_000);
  });

  test('a delayed job runs at its time, not before', async () => {
    const queue = await bench.queue();
    const lateness: number[] = [];
    const due = new Map<string, number>();
    queue.work((id) => Promise.resolve(void lateness.push(Date.now() - (due.get(id) ?? 0))), 4);
    for (const ms of [700, 300, 500]) {
      const dueAt = ahead(ms);
      const id = randomUUID();
      due.set(id, Date.parse(dueAt));
      await bench.send(queue, id, dueAt);
    }
    await until('all three ran', () => lateness.length === 3);
    // 50 ms early is early enough for a lease (src/ledger/lease.ts).
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(-50);
    expect(Math.max(...lateness)).toBeLessThan(1_000);
  });

  test('the same wake sent twice waits once, and may be sent again after it has run', async () => {
    const queue = await bench.queue();
    const { ran, handle } = recorder();
    const dueAt = ahead(0);
    const twice = await bench.send(queue, randomUUID(), dueAt);
    await bench.send(queue, twice, dueAt);
    const marker = await bench.send(queue);
    queue.work(handle, 1);
    await until('the job after it ran', () => ran.includes(marker));
    expect(ran).toEqual([twice, marker]);
    await bench.send(queue, twice, dueAt);
    await until('it ran again', () => ran.length === 3);
    expect(ran[2]).toBe(twice);
  });

  test('no more jobs run at once than were asked for, and as many', async () => {
    const queue = await bench.queue();
    let [active, most, done] = [0, 0, 0];
    queue.work(async () => {
      most = Math.max(most, (active += 1));
      // Work that takes its time, in which one too many could begin.
      await bench.db.query('select pg_sleep(0.1)');
      active -= 1;
      done += 1;
    }, 3);
    for (let count = 0; count < 12; count += 1) await bench.send(queue);
    await until('all 12 ran', () => done === 12);
    expect(most).toBe(3);
  });

  test('of one transaction one job runs at a time; calls meanwhile come to one more run', async () => {
    const queue = await bench.queue();
    const gate = Promise.withResolvers<void>();
    const runs = new Map<string, number>();
    let [active, most] = [0, 0];
    const busy = randomUUID();
    queue.work(async (id) => {
      runs.set(id, (runs.get(id) ?? 0) + 1);
      if (id !== busy) return;
      most = Math.max(most, (active += 1));
      await gate.promise;
      active -= 1;
    }, 4);
    await bench.send(queue, busy);
    await until('the first run began', () => active === 1);
    for (const ms of [-3, -2, -1]) await bench.send(queue, busy, ahead(ms));
    const marker = await bench.send(queue);
    await until('the calls meanwhile were heard', () => runs.has(marker));
    gate.resolve();
    await until('it ran once more', () => runs.get(busy) === 2 && active === 0);
    const last = await bench.send(queue);
    await until('a later job ran', () => runs.has(last));
    expect(runs.get(busy)).toBe(2);
    expect(most).toBe(1);
  });

  test('a handler that throws is told of, and stops no other', async () => {
    const queue = await bench.queue();
    const ran: string[] = [];
    queue.work((id) => {
      ran.push(id);
      return Promise.reject(new Error(`handler of ${id}`));
    }, 2);
    const ids = [];
    for (let count = 0; count < 6; count += 1) ids.push(await bench.send(queue));
    await until('all ran', () => ran.length === 6);
    expect(ran.toSorted()).toEqual(ids.toSorted());
    await until('all were told of', () => bench.errors.length === 6);
    expect(bench.errors.toSorted()).toEqual(ids.map((id) => `handler of ${id}`).toSorted());
  });

  test('stop lets the running job end and takes no new one; the next process has it', async () => {
    const [stopping, sender] = [await bench.queue(), await bench.queue()];
    const gate = Promise.withResolvers<void>();
    const events: string[] = [];
    stopping.work(async () => {
      events.push('began');
      await gate.promise;
      events.push('ended');
    }, 2);
    await bench.send(sender);
    await until('the job began', () => events.length === 1);
    const stopped = stopping.stop(10_000).then(() => events.push('stopped'));
    const later = await bench.send(sender);
    const { ran, handle } = recorder();
    const next = await bench.queue();
    next.work(handle, 2);
    await until('the next process ran the later job', () => ran.length > 0);
    expect([ran, events]).toEqual([[later], ['began']]);
    gate.resolve();
    await stopped;
    expect(events).toEqual(['began', 'ended', 'stopped']);
  });

  test('stop waits no longer than its grace for a job that does not end', async () => {
    const queue = await bench.queue();
    const gate = Promise.withResolvers<void>();
    let began = false;
    queue.work(() => {
      began = true;
      return gate.promise;
    }, 1);
    await bench.send(queue);
    await until('the job began', () => began);
    const from = Date.now();
    await Promise.all([queue.stop(300), queue.stop(300)]);
    expect(Date.now() - from).toBeGreaterThanOrEqual(290);
    expect(Date.now() - from).toBeLessThan(2_000);
    gate.resolve();
  });

  test('two workers share the jobs, and each job runs once', async () => {
    const queues = [await bench.queue(), await bench.queue()];
    const ran: string[][] = [[], []];
    const all = (): string[] => ran.flat();
    for (const [worker, queue] of queues.entries()) {
      queue.work(async (id) => {
        ran[worker]?.push(id);
        // One at a time: the other one has to take the next.
        await until('the other took one too', () => ran.every((ids) => ids.length > 0));
      }, 1);
    }
    const ids = [];
    for (const queue of [...queues, ...queues, ...queues, ...queues]) ids.push(await bench.send(queue));
    await until('all ran', () => all().length === 8);
    const marker = await bench.send(queues[0] ?? (await bench.queue()));
    await until('a later job ran', () => all().includes(marker));
    expect(all().toSorted()).toEqual([...ids, marker].toSorted());
  });

  test('a process that only sends may stop, and sends in one transaction what belongs together', async () => {
    const [sender, worker] = [await bench.queue(), await bench.queue()];
    const { ran, handle } = recorder();
    const ids = Array.from({ length: 150 }, () => randomUUID());
    await bench.db.transaction(async (tx) => {
      for (const transactionId of ids) await sender.send(tx, { transactionId, dueAt: ahead(0) });
    });
    await sender.stop(5_000);
    worker.work(handle, 256);
    await until('all ran', () => ran.length >= ids.length);
    expect(ran.toSorted()).toEqual(ids.toSorted());
  });

  test('a wake outside a database transaction is refused, for it could be rolled back by nobody', async () => {
    const queue = await bench.queue();
    await expect(queue.send(bench.db, { transactionId: randomUUID(), dueAt: ahead(0) })).rejects.toThrow(
      'only inside Database.transaction',
    );
  });
});
