/**
 * The queue on Redis: BullMQ. Redis is another system than the ledger's database, so a job is relayed to it after the commit.
 * A relay that is lost, or a Redis that has forgotten, costs seconds: the sweeper of any worker sends again what is due, and
 * what is overdue, or sent while Redis is away, a worker begins itself. docs/decisions/0008-bullmq.md
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Queue as BullQueue, WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterCommit, type Sql } from './database.ts';
import type { Queue, Wake } from './queue.ts';
import { QueueRuns } from './queue-runs.ts';
import { RedisConnection, redisAddress } from './redis.ts';
import { RedisWatch } from './redis-watch.ts';

const NAME = 'dispatch';
/** A command that Redis has not answered by then has failed: nobody waits for a relay, but the sweeper counts on it. */
const COMMAND_MS = 2_000;
const RETRY_MS = 500;
/** For a step of closing that waits for Redis. */
const CLOSE_MS = 2_000;
/** A job is active only while it waits for room in its process; of a process that died it is free again after these. */
const LOCK_MS = 5_000;
const STALLED_LOOK_MS = 5_000;
/** What is sent only so long after its time was lost on the way, or Redis does not deliver: the sweeper sends it. */
const OVERDUE_MS = 2_000;
const DONE = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

export interface BullmqOptions {
  /** redis:// or rediss://, with user and password where needed. */
  readonly redisUrl: string;
  /** The ledger's database: its identity keeps hubs that share one Redis apart. */
  readonly sql: Sql;
  readonly onError: (error: Error) => void;
  /** Told what a person should know: a setting that is unsafe, Redis gone and back. */
  readonly warn: (message: string) => void;
}

/**
 * Throws when Redis refuses the credentials, or could drop jobs by its settings. A Redis that cannot be reached is only warned
 * about: bookings go on without it.
 */
export async function openBullmqQueue(options: BullmqOptions): Promise<Queue> {
  const prefix = `{tessera-${await databaseIdentity(options.sql)}}`;
  // Commands fail at once while Redis is away, instead of waiting for it.
  const redis = new RedisConnection(options.redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    lazyConnect: true,
  });
  const watch = new RedisWatch(redis, redisAddress(options.redisUrl), options.warn);
  try {
    await watch.connect();
  } catch (error) {
    watch.disconnect();
    throw error;
  }
  return new BullmqQueue(redis, watch, options, prefix);
}

/** The same for every process of one hub, however it names its database. */
async function databaseIdentity(sql: Sql): Promise<string> {
  const found = await sql.query<{ id: string }>(
    `select c.system_identifier || '-' || d.oid as id from pg_control_system() c, pg_database d where d.datname = current_database()`,
  );
  return found.rows[0]?.id ?? '';
}

class BullmqQueue implements Queue {
  readonly #redis: Redis;
  readonly #watch: RedisWatch;
  readonly #options: BullmqOptions;
  readonly #prefix: string;
  #jobs: BullQueue;
  /** What the open database transactions want sent, to be relayed in one go. */
  readonly #unsent = new WeakMap<Sql, Wake[]>();
  readonly #relays = new Set<Promise<void>>();
  #runs: QueueRuns | undefined;
  #worker: { readonly bull: Worker; readonly redis: RedisConnection } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(redis: Redis, watch: RedisWatch, options: BullmqOptions, prefix: string) {
    this.#redis = redis;
    this.#watch = watch;
    this.#options = options;
    this.#prefix = prefix;
    this.#jobs = this.#openJobs();
  }

  #openJobs(): BullQueue {
    const jobs = new BullQueue(NAME, { connection: this.#redis, prefix: this.#prefix });
    jobs.on('error', () => {}); // RedisWatch tells of the connection, each relay of itself.
    return jobs;
  }

  begin(transactionId: string): void {
    this.#runs?.startSoon(transactionId);
  }

  async send(tx: Sql, ...wakes: Wake[]): Promise<void> {
    const unsent = this.#unsent.get(tx);
    if (unsent) return void unsent.push(...wakes);
    this.#unsent.set(tx, wakes);
    afterCommit(tx, () => {
      const relay = this.#relay(wakes).finally(() => this.#relays.delete(relay));
      this.#relays.add(relay);
    });
  }

  async #relay(wakes: readonly Wake[]): Promise<void> {
    const away = this.#redis.status !== 'ready';
    const elsewhere = wakes.filter((wake) => !this.#runHere(wake, away ? 0 : OVERDUE_MS));
    if (away || elsewhere.length === 0) return;
    try {
      // Twice does no harm: a job's id is taken from what it is for.
      await this.#add(elsewhere).catch(() => this.#add(elsewhere));
    } catch (error) {
      this.#options.onError(error as Error);
      for (const wake of elsewhere) this.#runHere(wake, 0);
    }
  }

  async #add(wakes: readonly Wake[]): Promise<void> {
    const jobs = this.#jobs;
    try {
      await jobs.addBulk(wakes.map(toJob));
    } catch (error) {
      // A BullMQ queue whose first look at Redis failed fails for ever.
      if (this.#jobs === jobs) this.#jobs = this.#openJobs();
      void jobs.close().catch(() => {});
      throw error;
    }
  }

  /**
   * Begins it without Redis when it has been due for `overdueMs` and there is room; true when it did. What finds no room, or
   * is not due yet, is sent again by the sweeper when its time has come.
   */
  #runHere({ transactionId, dueAt }: Wake, overdueMs: number): boolean {
    if (!this.#runs || this.#runs.room === 0 || Date.parse(dueAt) > Date.now() - overdueMs) return false;
    this.#runs.start(transactionId);
    return true;
  }

  work(handle: (transactionId: string) => Promise<void>, concurrency: number): void {
    const runs = new QueueRuns(handle, concurrency, this.#options.onError);
    // A worker waits for Redis as long as it takes. BullMQ gives up on a connection that it has to open itself.
    const redis = new RedisConnection(this.#options.redisUrl, { maxRetriesPerRequest: null, lazyConnect: false });
    redis.on('error', () => {});
    const take = async (job: Job<{ transactionId: string }>, token?: string): Promise<void> => {
      if (await runs.untilRoom()) return runs.start(job.data.transactionId);
      await job.moveToWait(token);
      throw new WaitingError();
    };
    // One at a time is taken, begun and gone from Redis: from there on the ledger's lease counts, not BullMQ's lock.
    const bull = new Worker(NAME, take, {
      connection: redis,
      prefix: this.#prefix,
      concurrency: 1,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_LOOK_MS,
      runRetryDelay: RETRY_MS,
    });
    bull.on('error', (error) => {
      if (redis.status === 'ready') this.#options.onError(error);
    });
    this.#runs = runs;
    this.#worker = { bull, redis };
  }

  stop(graceMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    const drained = this.#runs?.drain(graceMs);
    const relayed = Promise.allSettled(this.#relays);
    if (this.#worker) {
      const { bull, redis } = this.#worker;
      await within(CLOSE_MS, bull.close(redis.status !== 'ready'));
      // BullMQ leaves a connection behind that was about to reconnect.
      redis.closeAll();
    }
    await drained;
    await within(CLOSE_MS, relayed);
    await within(CLOSE_MS, this.#jobs.close());
    this.#watch.disconnect();
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, delay(ms, undefined, { ref: false })]);
}

/** A job id must not hold a colon, and not be a number (BullMQ, "Job Ids"). */
function toJob({ transactionId, dueAt }: Wake) {
  const dueMs = Date.parse(dueAt);
  return {
    name: NAME,
    data: { transactionId },
    opts: { ...DONE, jobId: `${transactionId}@${dueMs}`, delay: Math.max(dueMs - Date.now(), 0) },
  };
}
