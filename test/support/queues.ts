/** The queue drivers, each on a real server of its own, for tests that run over all of them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase, type PooledDatabase } from '../../src/db/database.ts';
import { openBullmqQueue } from '../../src/db/bullmq-queue.ts';
import { openPgBossQueue } from '../../src/db/pg-boss-queue.ts';
import type { Queue } from '../../src/db/queue.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import type { TestRedis } from './redis.ts';

export interface QueueDriver {
  readonly name: 'pg-boss' | 'bullmq';
  /** What a hub under this driver has in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  open(db: PooledDatabase, onError: (error: Error) => void): Promise<Queue>;
  /** The queue forgets everything. */
  flush(db: PooledDatabase): Promise<void>;
}

/** pg-boss always, bullmq where there is a Redis. */
export function queueDrivers(redis: TestRedis | undefined): QueueDriver[] {
  const pgBoss: QueueDriver = {
    name: 'pg-boss',
    environment: {},
    open: (db, onError) => openPgBossQueue(db.url, onError),
    flush: async (db) => void (await db.query('delete from pgboss.job')),
  };
  if (!redis) return [pgBoss];
  const bullmq: QueueDriver = {
    name: 'bullmq',
    environment: { TESSERA_QUEUE: 'bullmq', REDIS_URL: redis.url },
    open: (db, onError) => openBullmqQueue({ redisUrl: redis.url, sql: db, onError, warn: () => {} }),
    flush: async () => void (await redis.command('FLUSHALL')),
  };
  return [pgBoss, bullmq];
}

/** A database and any number of queues on it, as processes of one hub have them. */
export class QueueBench {
  readonly database: TestDatabase;
  /** Its idle connections may break without a word. */
  readonly db: PooledDatabase;
  readonly errors: string[] = [];
  readonly #driver: QueueDriver;
  readonly #queues: Queue[] = [];

  private constructor(driver: QueueDriver, database: TestDatabase) {
    this.#driver = driver;
    this.database = database;
    this.db = openDatabase(database.url, { onError: () => {} });
  }

  static async open(driver: QueueDriver): Promise<QueueBench> {
    return new QueueBench(driver, await createTestDatabase());
  }

  async queue(): Promise<Queue> {
    const queue = await this.#driver.open(this.db, (error) => this.errors.push(error.message));
    this.#queues.push(queue);
    return queue;
  }

  /** Sends a wake in a transaction of its own; due now unless told otherwise. */
  async send(queue: Queue, transactionId: string = randomUUID(), dueAt = new Date().toISOString()): Promise<string> {
    await this.db.transaction((tx) => queue.send(tx, { transactionId, dueAt }));
    return transactionId;
  }

  async close(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.stop(0)));
    await this.db.close();
    await this.database.drop();
  }
}

/** Waits for a state; fails, saying `what`, when it has not come after `timeoutMs`. */
export async function until(
  what: string,
  reached: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await reached()); await delay(10)) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
  }
}
