/**
 * The port that every queue driver fills. A job is a wake-up call that carries one transaction id: the ledger is the record,
 * and a queue may be flushed without loss (the sweeper calls again).
 */
import type { Sql } from './database.ts';

export interface Wake {
  readonly transactionId: string;
  /** Not before; RFC 3339. */
  readonly dueAt: string;
}

export interface Queue {
  /** Enqueues inside the caller's database transaction: rolled back with it, visible with its commit. */
  send(tx: Sql, wake: Wake): Promise<void>;
  /** Looks for jobs now rather than at the next poll; call after commit. */
  wake(): void;
  /** Calls `handle` for each job, `concurrency` at once. A handler that throws is logged by the driver; the sweeper comes back to it. */
  work(handle: (transactionId: string) => Promise<void>, concurrency: number): void;
  /** Takes no new job, waits for the running ones at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}
