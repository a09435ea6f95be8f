/** The queue may forget, its server may die, connections may break: what the ledger holds is done, by the sweeper if need be. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import type { Queue } from '../../src/db/queue.ts';
import { startSweeper } from '../../src/dispatch/sweeper.ts';
import type { Log } from '../../src/domain/index.ts';
import { lease } from '../../src/ledger/lease.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { settle, type Ledger } from '../../src/ledger/settle.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { testKeys } from '../support/keys.ts';
import { QueueBench, queueDrivers, until } from '../support/queues.ts';
import { startRedis } from '../support/redis.ts';

const redis = await startRedis();
afterAll(() => redis?.stop());

const LEASE_MS = 5_000;
/** What takes less was not found by the sweeper. */
const SWEPT_MS = 3_000;
const seal = createSeal(randomBytes(32));
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Nothing else in the ledger, and each told once. */
const confirmed = (count: number) => ({ succeeded: count, told: count });

/** A hub's ledger, queue and sweeper; its HIS confirms every booking at once. */
class Hub {
  readonly bench: QueueBench;
  readonly clinic: Clinic;
  readonly #api: Queue;
  readonly #cleanUps: (() => Promise<void>)[] = [];
  #booked = 0;

  constructor(bench: QueueBench, clinic: Clinic, api: Queue) {
    this.bench = bench;
    this.clinic = clinic;
    this.#api = api;
  }

  /** Books another slot, as the API does. */
  async book(): Promise<void> {
    const { bench, clinic } = this;
    this.#booked += 1;
    const slotId = await clinic.addSlot({ inHours: 24 + this.#booked });
    const patientId = await clinic.addPatient();
    await bench.db.transaction((tx) =>
      bookAppointment(tx, { queue: this.#api, seal }, clinic.caller(), randomUUID(), { slotId, patientId }),
    );
  }

  async startWorker(): Promise<void> {
    const ledger: Ledger = { db: this.bench.db, queue: await this.bench.queue(), seal, keys: testKeys(this.bench.db) };
    ledger.queue.work((id) => this.#confirm(ledger, id), 16);
    const sweeper = startSweeper(ledger, quiet);
    this.#cleanUps.push(() => sweeper.stop());
  }

  async #confirm(ledger: Ledger, id: string): Promise<void> {
    const held = await lease(ledger.db, id, LEASE_MS);
    if (!held) return;
    const { rows } = await ledger.db.query<{ slot_id: string }>('select slot_id from transaction where id = $1', [id]);
    await settle(ledger, held, undefined, {
      on: 'confirmed',
      kind: 'book',
      slotId: rows[0]?.slot_id ?? '',
      fromSlotId: null,
      externalId: null,
      identifiers: [],
      slotTaken: false,
      errorClass: null,
      errorCode: null,
    });
  }

  async states(): Promise<Record<string, number>> {
    const found = await this.bench.db.query<{ state: string; count: number }>(
      'select state, count(*) from transaction group by state',
    );
    return Object.fromEntries(found.rows.map((row) => [row.state, row.count]));
  }

  /** What has become of the bookings when `count` are confirmed: their states, and how often a confirmation was told. */
  async outcome(count: number): Promise<Record<string, number>> {
    await until(
      `${count} bookings confirmed`,
      async () => {
        try {
          return (await this.states())['succeeded'] === count;
        } catch {
          return false; // A connection that a test has broken.
        }
      },
      20_000,
    );
    const told = await this.bench.db.query(`select 1 from event where type = 'appointment.booked'`);
    return { ...(await this.states()), told: told.rowCount ?? 0 };
  }

  /** Makes the `count`th booking while a worker waits in Redis; how many milliseconds until it was confirmed. */
  async quickBooking(count: number): Promise<number> {
    await until('a worker waits in Redis', async () =>
      String(await redis?.command('CLIENT', 'LIST')).includes('cmd=bzpopmin'),
    );
    const from = Date.now();
    await this.book();
    await this.outcome(count);
    return Date.now() - from;
  }

  async stop(): Promise<void> {
    for (const cleanUp of this.#cleanUps) await cleanUp();
    await this.bench.close();
  }
}

describe.each(queueDrivers(redis))('the queue $name', (driver) => {
  let hub: Hub;
  beforeEach(async () => {
    const bench = await QueueBench.open(driver);
    hub = new Hub(bench, await createClinic(bench.db), await bench.queue());
  });
  afterEach(() => hub.stop());

  test('a queue that was flushed before any worker came loses no booking', async () => {
    for (let count = 0; count < 30; count += 1) await hub.book();
    await driver.flush(hub.bench.db);
    await hub.startWorker();
    expect(await hub.outcome(30)).toEqual(confirmed(30));
  }, 60_000);

  test('a queue that is flushed again and again in mid-stream loses no booking', async () => {
    await hub.startWorker();
    for (let count = 0; count < 30; count += 1) {
      await hub.book();
      if (count % 5 === 0) await driver.flush(hub.bench.db);
    }
    expect(await hub.outcome(30)).toEqual(confirmed(30));
  }, 60_000);

  test('database connections that break in mid-stream, of the queue too, lose no booking', async () => {
    await hub.startWorker();
    let accepted = 0;
    for (let count = 0; count < 30; count += 1) {
      if (count % 10 === 5) {
        await hub.bench.database.db.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        );
      }
      // What is not accepted was not promised.
      await hub.book().then(
        () => (accepted += 1),
        () => {},
      );
    }
    const { rows } = await hub.bench.database.db.query<{ count: number }>('select count(*) from transaction');
    expect(rows[0]?.count).toBeGreaterThanOrEqual(accepted);
    expect(await hub.outcome(rows[0]?.count ?? 0)).toEqual(confirmed(rows[0]?.count ?? 0));
  }, 60_000);
});

const server = redis?.server;
const [, bullmq] = queueDrivers(redis);

(server ? describe : describe.skip)('a Redis that dies', () => {
  let hub: Hub;
  beforeEach(async () => {
    if (!bullmq) throw new Error('there is a Redis and no driver for it');
    const bench = await QueueBench.open(bullmq);
    hub = new Hub(bench, await createClinic(bench.db), await bench.queue());
  });
  afterEach(async () => {
    await hub.stop();
    await server?.kill();
    await server?.start();
  });

  test('kill -9 of Redis in mid-stream, and its return with nothing in it, loses no booking', async () => {
    await hub.startWorker();
    for (let count = 0; count < 30; count += 1) {
      await hub.book();
      if (count === 10) await server?.kill();
      if (count === 20) await server?.start();
    }
    expect(await hub.outcome(30)).toEqual(confirmed(30));
    // And from then on Redis is in use again.
    const from = Date.now();
    await until('the queue has its Redis back', async () => Boolean(await redis?.command('KEYS', '*meta')));
    await hub.book();
    expect(await hub.outcome(31)).toEqual(confirmed(31));
    expect(Date.now() - from).toBeLessThan(3_000);
  }, 60_000);

  test('while Redis is away bookings are accepted without delay, and dispatched all the same', async () => {
    await hub.startWorker();
    await server?.kill();
    const durations: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const from = Date.now();
      await hub.book();
      durations.push(Date.now() - from);
    }
    expect(Math.max(...durations)).toBeLessThan(1_000);
    expect(await hub.outcome(20)).toEqual(confirmed(20));
  }, 60_000);

  test('a hub that starts while Redis is away works, and uses Redis when it comes', async () => {
    await server?.kill();
    await hub.startWorker();
    await hub.book();
    expect(await hub.outcome(1)).toEqual(confirmed(1));
    await server?.start();
    expect(await hub.quickBooking(2)).toBeLessThan(SWEPT_MS);
  }, 60_000);

  test('a hub whose Redis is away stops all the same', async () => {
    await hub.startWorker();
    await hub.book();
    await server?.kill();
    const from = Date.now();
    const extra = await hub.bench.queue();
    extra.work(() => Promise.resolve(), 4);
    await extra.stop(5_000);
    expect(Date.now() - from).toBeLessThan(5_000);
  }, 60_000);
});
