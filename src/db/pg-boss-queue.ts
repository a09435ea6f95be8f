/** The default queue: pg-boss, in the same Postgres as the ledger, so that a job is part of the ledger's transaction. */
import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss, type ConstructorOptions } from 'pg-boss';
import { afterCommit, ANSWER_TIMEOUT_MS, openDatabase, type Sql } from './database.ts';
import { QueueRuns } from './queue-runs.ts';
import type { Queue, Wake } from './queue.ts';

const NAME = 'dispatch';
/** How often to look when nobody woke us: another process may have enqueued, or a delay may be over. */
const POLL_MS = 100;
/** After a failed look: the database is away. */
const TROUBLED_POLL_MS = 1_000;
const FETCH_MAX = 100;
/** A wake-up later than this is left to the poll: timers are for those somebody may be waiting for. */
const TIMER_MAX_MS = 60_000;
/** Chosen at random, once. */
const LOCK = 8_830_215_446;
const RETENTION_SECONDS = 400 * 24 * 3600;

/** `url`: of the owner of pg-boss's tables, which are made where they are missing; or of another, once they are there. */
export async function openPgBossQueue(url: string, onError: (error: Error) => void): Promise<Queue> {
  const boss = await startPgBoss(url, onError);
  return new PgBossQueue(boss, onError);
}

/**
 * Makes pg-boss's tables, or brings them up to date, and lets the hub's roles use them. Jobs hold ids only, and who sends one reads
 * none: the API may add to them, and see the ids of what it added. Needs the roles of migration 0040.
 */
export async function preparePgBoss(owner: string, onError: (error: Error) => void): Promise<void> {
  const boss = await startPgBoss(owner, onError, { max: 1, supervise: false, schedule: false });
  await boss.stop({ graceful: false });
  const db = openDatabase(owner, { max: 1, onError });
  try {
    await db.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
      // Granting locks rows of the catalogue that another process may be reading as it starts: only when there is something new.
      const { rowCount } = await tx.query(
        `select from pg_class where relnamespace = 'pgboss'::regnamespace and relkind in ('r', 'p')
           and not has_table_privilege('tessera_hub', oid, 'delete') limit 1`,
      );
      if (rowCount === 0) return;
      await tx.query(
        `grant usage on schema pgboss to tessera_hub, tessera_app;
         grant select, insert, update, delete on all tables in schema pgboss to tessera_hub;
         grant select on pgboss.queue, pgboss.version to tessera_app;
         grant insert, select (id) on pgboss.job, pgboss.job_common to tessera_app`,
      );
    });
  } finally {
    await db.close();
  }
}

async function startPgBoss(url: string, onError: (error: Error) => void, more: Partial<ConstructorOptions> = {}) {
  const connectionString = new URL(url);
  // pg reads it from here; pg-boss has no option for it.
  connectionString.searchParams.set('query_timeout', String(ANSWER_TIMEOUT_MS));
  const boss = new PgBoss({ connectionString: connectionString.href, max: 4, ...more });
  boss.on('error', onError);
  try {
    await boss.start();
    await makeQueue(boss);
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
}

async function makeQueue(boss: PgBoss): Promise<void> {
  // `short`: of one key, one job waits (the sweeper may call as often as it likes) while another runs.
  await boss.createQueue(NAME, {
    policy: 'short',
    retryLimit: 0,
    // pg-boss deletes waiting jobs after 14 days by default; a hospital may be away for longer.
    retentionSeconds: RETENTION_SECONDS,
    deleteAfterSeconds: 60,
    expireInSeconds: 300,
  });
}

class PgBossQueue implements Queue {
  readonly #boss: PgBoss;
  readonly #onError: (error: Error) => void;
  #runs: QueueRuns | undefined;
  #signal = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(boss: PgBoss, onError: (error: Error) => void) {
    this.#boss = boss;
    this.#onError = onError;
  }

  async send(tx: Sql, ...wakes: Wake[]): Promise<void> {
    afterCommit(tx, () => {
      for (const { dueAt } of wakes) this.#lookAt(dueAt);
    });
    const db = { executeSql: (text: string, values?: unknown[]) => tx.query(text, values ?? []) };
    const jobs = wakes.map(({ transactionId, dueAt }) => ({
      data: { transactionId },
      singletonKey: `${transactionId}@${dueAt}`,
      startAfter: new Date(dueAt),
    }));
    await this.#boss.insert(NAME, jobs, { db });
  }

  #lookAt(dueAt: string): void {
    const inMs = Date.parse(dueAt) - Date.now();
    if (inMs <= 0) this.#look();
    else if (inMs < TIMER_MAX_MS) setTimeout(() => this.#look(), inMs + 5).unref();
  }

  hasRoom(): boolean {
    return (this.#runs?.room ?? 0) > 0;
  }

  begin(transactionId: string): void {
    this.#runs?.startSoon(transactionId);
  }

  /** Looks for jobs now rather than at the next poll. */
  #look(): void {
    this.#signal.resolve();
  }

  work(handle: (transactionId: string) => Promise<void>, concurrency: number): void {
    this.#runs = new QueueRuns(handle, concurrency, this.#onError);
    this.#loop = this.#run(this.#runs);
  }

  async #run(runs: QueueRuns): Promise<void> {
    while (await runs.untilRoom()) {
      this.#signal = Promise.withResolvers();
      let pause = POLL_MS;
      try {
        if ((await this.#take(runs)) > 0) continue;
      } catch (error) {
        this.#onError(error as Error);
        pause = TROUBLED_POLL_MS;
      }
      await Promise.race([this.#signal.promise, delay(pause, undefined, { ref: false })]);
    }
  }

  /** How many jobs there were. They are deleted as soon as they are begun: from there on the ledger's lease counts. */
  async #take(runs: QueueRuns): Promise<number> {
    const jobs = await this.#boss.fetch<{ transactionId: string }>(NAME, { batchSize: Math.min(runs.room, FETCH_MAX) });
    if (jobs.length === 0) return 0;
    for (const job of jobs) runs.start(job.data.transactionId);
    await this.#boss.deleteJob(
      NAME,
      jobs.map((job) => job.id),
    );
    return jobs.length;
  }

  stop(graceMs: number): Promise<void> {
    return (this.#stopped ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    const drained = this.#runs?.drain(graceMs);
    this.#look();
    // A look at a database that does not answer must not outlast the grace.
    await Promise.race([this.#loop, delay(graceMs, undefined, { ref: false })]);
    await drained;
    await this.#boss.stop({ graceful: false });
  }
}
