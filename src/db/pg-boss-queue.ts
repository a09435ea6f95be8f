/** The default queue: pg-boss, in the same Postgres as the ledger, so that a job is part of the ledger's transaction. */
import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import type { Sql } from './database.ts';
import type { Queue, Wake } from './queue.ts';

const NAME = 'dispatch';
/** How often to look when nobody woke us: another process may have enqueued, or a delay may be over. */
const POLL_MS = 500;
const FETCH_MAX = 100;
const RETENTION_SECONDS = 400 * 24 * 3600;

export async function openPgBossQueue(url: string, onError: (error: Error) => void): Promise<Queue> {
  const boss = new PgBoss({ connectionString: url, max: 4 });
  boss.on('error', onError);
  await boss.start();
  // `short`: of one key, one job waits (the sweeper may call as often as it likes) while another runs.
  await boss.createQueue(NAME, {
    policy: 'short',
    retryLimit: 0,
    // pg-boss deletes waiting jobs after 14 days by default; a hospital may be away for longer.
    retentionSeconds: RETENTION_SECONDS,
    deleteAfterSeconds: 60,
    expireInSeconds: 300,
  });
  return new PgBossQueue(boss, onError);
}

class PgBossQueue implements Queue {
  readonly #boss: PgBoss;
  readonly #onError: (error: Error) => void;
  readonly #running = new Set<Promise<void>>();
  #done: string[] = [];
  #stopping = false;
  #signal = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;

  constructor(boss: PgBoss, onError: (error: Error) => void) {
    this.#boss = boss;
    this.#onError = onError;
  }

  async send(tx: Sql, { transactionId, dueAt }: Wake): Promise<void> {
    const db = { executeSql: (text: string, values?: unknown[]) => tx.query(text, values ?? []) };
    const singletonKey = `${transactionId}@${dueAt}`;
    await this.#boss.send(NAME, { transactionId }, { db, singletonKey, startAfter: new Date(dueAt) });
    const inMs = Date.parse(dueAt) - Date.now();
    if (inMs < 60_000) setTimeout(() => this.wake(), Math.max(inMs, 0) + 5).unref();
  }

  wake(): void {
    this.#signal.resolve();
  }

  work(handle: (transactionId: string) => Promise<void>, concurrency: number): void {
    this.#loop = this.#run(handle, concurrency);
  }

  async #run(handle: (transactionId: string) => Promise<void>, concurrency: number): Promise<void> {
    while (!this.#stopping) {
      this.#signal = Promise.withResolvers();
      try {
        await this.#complete();
        const room = concurrency - this.#running.size;
        const jobs =
          room > 0
            ? await this.#boss.fetch<{ transactionId: string }>(NAME, { batchSize: Math.min(room, FETCH_MAX) })
            : [];
        for (const job of jobs) this.#start(job.id, handle(job.data.transactionId));
        if (jobs.length > 0) continue;
      } catch (error) {
        this.#onError(error as Error);
      }
      await Promise.race([this.#signal.promise, delay(POLL_MS, undefined, { ref: false })]);
    }
  }

  #start(jobId: string, work: Promise<void>): void {
    const running = work
      .catch(this.#onError)
      .then(() => {
        this.#done.push(jobId);
      })
      .finally(() => {
        this.#running.delete(running);
        this.wake();
      });
    this.#running.add(running);
  }

  async #complete(): Promise<void> {
    if (this.#done.length === 0) return;
    const done = this.#done;
    this.#done = [];
    await this.#boss.complete(NAME, done);
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#loop;
    await Promise.race([Promise.allSettled(this.#running), delay(graceMs, undefined, { ref: false })]);
    await this.#complete().catch(this.#onError);
    await this.#boss.stop({ graceful: false });
  }
}
