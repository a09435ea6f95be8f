/**
 * What waits for its turn in this process. A HIS that is slow fills its own room, and nobody else's; what finds the room full
 * stays in the ledger, and is fetched from there, the longest due first, once half of the room is empty.
 */
import { prepared, type Sql } from '../db/database.ts';
import { IS_OLDEST_OPEN } from '../ledger/hand-over.ts';

/** Transactions that wait at one connection, in one process. */
const SIZE = 1_000;

/** A connection, as far as it matters here. */
interface Place {
  readonly waiting: number;
  readonly row: { readonly id: string };
}

const DUE = prepared(`
  select id from transaction t
  where connection_id = $1 and state in ('queued', 'retrying', 'parked', 'unknown') and due_at <= now() and ${IS_OLDEST_OPEN}
  order by due_at limit $2`);

export class WaitingRoom {
  readonly #sql: Sql;
  readonly #begin: (transactionId: string) => void;
  readonly #size: number;
  readonly #inside = new Set<string>();
  /** The connections at which more is due than was let in. */
  readonly #overflowing = new Set<string>();

  /** `begin`: dispatches it in this process, without a job. */
  constructor(sql: Sql, begin: (transactionId: string) => void, size = SIZE) {
    this.#sql = sql;
    this.#begin = begin;
    this.#size = size;
  }

  /** Called for, and not done yet: a second call for it has nothing to add. */
  has(transactionId: string): boolean {
    return this.#inside.has(transactionId);
  }

  async whileInside(transactionId: string, work: () => Promise<void>): Promise<void> {
    if (this.#inside.has(transactionId)) return;
    this.#inside.add(transactionId);
    try {
      await work();
    } finally {
      this.#inside.delete(transactionId);
    }
  }

  /** False when its room is full: the transaction is fetched later. */
  admits(connection: Place): boolean {
    if (connection.waiting < this.#size) return true;
    this.#overflowing.add(connection.row.id);
    return false;
  }

  /** More may be due at this connection than anybody was called for. */
  overflows(connectionId: string): void {
    this.#overflowing.add(connectionId);
  }

  /** One of the connection's has had its turn. */
  async refill({ waiting, row }: Place): Promise<void> {
    if (waiting > this.#size / 2 || !this.#overflowing.delete(row.id)) return;
    try {
      const due = await this.#sql.query<{ id: string }>(DUE, [row.id, this.#size]);
      if (due.rows.length === this.#size) this.#overflowing.add(row.id);
      for (const { id } of due.rows) if (!this.#inside.has(id)) this.#begin(id);
    } catch (error) {
      this.#overflowing.add(row.id);
      throw error;
    }
  }
}
