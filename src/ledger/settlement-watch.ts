/**
 * Lets a request wait for the end of its transaction: at once when a worker of this process ends it, within a poll when
 * another process does.
 */
import { SETTLED_STATES } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';

const POLL_MS = 100;

export class SettlementWatch {
  readonly #sql: Sql;
  readonly #waiting = new Map<string, Set<() => void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** A worker of this process has just worked on the transaction: whoever waits looks again. */
  announce(transactionId: string): void {
    if (this.#waiting.has(transactionId)) void this.#look([transactionId]);
  }

  /** Resolves when the transaction is settled, when `timeoutMs` is over, or when `signal` aborts; true when it is settled. */
  async wait(transactionId: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (timeoutMs <= 0) return false;
    const settled = Promise.withResolvers<boolean>();
    const wake = (): void => settled.resolve(true);
    const waiters = this.#waiting.get(transactionId) ?? new Set();
    waiters.add(wake);
    this.#waiting.set(transactionId, waiters);
    this.#timer ??= setInterval(() => void this.#look([...this.#waiting.keys()]), POLL_MS).unref();
    const timeout = setTimeout(() => settled.resolve(false), timeoutMs);
    const gone = (): void => settled.resolve(false);
    signal.addEventListener('abort', gone);
    // It may have been settled before this wait began.
    void this.#look([transactionId]);
    try {
      return await settled.promise;
    } finally {
      clearTimeout(timeout);
      signal.removeEventListener('abort', gone);
      waiters.delete(wake);
      if (waiters.size === 0) this.#waiting.delete(transactionId);
      if (this.#waiting.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
  }

  async #look(ids: readonly string[]): Promise<void> {
    try {
      const settled = await this.#sql.query<{ id: string }>(
        'select id from transaction where id = any($1) and state = any($2)',
        [ids, SETTLED_STATES],
      );
      for (const { id } of settled.rows) this.#waiting.get(id)?.forEach((wake) => wake());
    } catch {
      // The database is away: the next poll looks again, and the wait ends by its own time-out.
    }
  }
}
