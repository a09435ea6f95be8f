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
  /**
   * Enqueues with the caller's database transaction `tx` (of `Database.transaction`): a job of a transaction that is rolled
   * back never runs, one of a committed transaction runs soon. The same wake sent twice waits once. Never fails because the
   * queue's own server is away.
   */
  send(tx: Sql, ...wakes: Wake[]): Promise<void>;
  /**
   * True while this process works and has a hand free: then it may begin by itself what it has just committed. Should it die at that
   * moment, the sweeper comes back to it. Absent where all jobs are shared out.
   */
  hasRoom?(): boolean;
  /** Begins it in this process as soon as there is room, without a job. Nothing happens where nobody works. */
  begin(transactionId: string): void;
  /**
   * Calls `handle` for each job, `concurrency` at once, and for one transaction once at a time. A handler that throws is
   * logged by the driver; the sweeper comes back to it. A job is gone from the queue when its handler is called.
   */
  work(handle: (transactionId: string) => Promise<void>, concurrency: number): void;
  /** Takes no new job, waits for the running ones at most `graceMs`. Calling it again waits for the same end. */
  stop(graceMs: number): Promise<void>;
}
