/**
 * Lets a request wait for the end of its transaction: at once when a worker of this process ends it, within a poll when
 * another process does.
 */
import { SETTLED_STATES } from '../domain/index.ts';
import { Grouped, lists, prepared, type Sql } from '../db/database.ts';

const POLL_MS = 100;
/** A look that takes longer may never be answered: another one is made beside it. Sooner, they would pile up while the database is away. */
const PATIENCE_MS = 5_000;

const SETTLED = prepared(
  `select id from transaction where id = any(${lists('$1::uuid[]')}::uuid[]) and state = any($2::text[])`,
);

export class SettlementWatch {
  readonly #looks: Grouped<string, boolean>;
  readonly #waiting = new Map<string, Set<() => void>>();
  /** When the last look that is not answered yet was asked for. */
  readonly #askedAt = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sql: Sql) {
    this.#looks = new Grouped(async (ids) => {
      const found = await sql.query<{ id: string }>(SETTLED, [ids, SETTLED_STATES]);
      const settled = new Set(found.rows.map(({ id }) => id));
      return ids.map((id) => settled.has(id));
    });
  }

  /** A worker of this process has just worked on the transaction: whoever waits looks again. */
  announce(transactionId: string): void {
    if (this.#waiting.has(transactionId)) void this.#look(transactionId);
  }

  /** The transaction is settled, and that is committed. */
  settled(transactionId: string): void {
    this.#waiting.get(transactionId)?.forEach((wake) => wake());
  }

  /** Resolves when the transaction is settled, when `timeoutMs` is over, or when `signal` aborts; true when it is settled. */
  async wait(transactionId: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (timeoutMs <= 0) return false;
    const settled = Promise.withResolvers<boolean>();
    const wake = (): void => settled.resolve(true);
    const waiters = this.#waiting.get(transactionId) ?? new Set();
    waiters.add(wake);
    this.#waiting.set(transactionId, waiters);
    this.#timer ??= setInterval(() => {
      const before = performance.now() - PATIENCE_MS;
      for (const id of this.#waiting.keys()) if ((this.#askedAt.get(id) ?? -Infinity) < before) void this.#look(id);
    }, POLL_MS).unref();
    const timeout = setTimeout(() => settled.resolve(false), timeoutMs);
    const gone = (): void => settled.resolve(false);
    signal.addEventListener('abort', gone);
    // It may have been settled before this wait began.
    void this.#look(transactionId);
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

  async #look(transactionId: string): Promise<void> {
    const now = performance.now();
    this.#askedAt.set(transactionId, now);
    try {
      if (await this.#looks.ask(transactionId)) this.settled(transactionId);
    } catch {
      // The database is away: the next poll looks again, and the wait ends by its own time-out.
    } finally {
      if (this.#askedAt.get(transactionId) === now) this.#askedAt.delete(transactionId);
    }
  }
}
