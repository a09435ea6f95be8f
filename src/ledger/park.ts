/** Parks transactions that are not leased. One whose outcome is unknown stays unknown, and is looked up later. */
import type { Sql } from '../db/database.ts';
import type { TransactionState } from '../domain/index.ts';
import type { Ledger } from './settle.ts';
import { takeEdgeTogether } from './transition.ts';

interface Found extends Record<string, unknown> {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly state: TransactionState;
}

export interface Parking {
  readonly dueAt: string;
  readonly reason: string;
  /** Nothing is parked when this connection works again: whoever started it has woken what was parked by then. */
  readonly whileStopped: string | undefined;
}

/**
 * All in one database transaction: a HIS that goes away leaves thousands to be parked, and others must not feel it. False when
 * nothing was parked, because the connection works.
 */
export async function parkTransactions(
  ledger: Ledger,
  transactionIds: readonly string[],
  { dueAt, reason, whileStopped }: Parking,
): Promise<boolean> {
  return ledger.db.transaction(async (tx) => {
    if (whileStopped && !(await isStopped(tx, whileStopped))) return false;
    const found = await tx.query<Found>(
      `select id, organization_id as "organizationId", connection_id as "connectionId", appointment_id as "appointmentId", state
       from transaction
       where id = any($1) and state in ('queued', 'retrying', 'parked', 'unknown') for update skip locked`,
      [transactionIds],
    );
    if (found.rows.length === 0) return true;
    const these = (...states: TransactionState[]): Found[] => found.rows.filter(({ state }) => states.includes(state));
    await takeEdgeTogether(tx, 'retrying', these('retrying'), 'due', {});
    const parked = { due_at: dueAt, error_code: reason };
    await takeEdgeTogether(tx, 'queued', these('queued', 'retrying'), 'held-back', parked, { reason });
    const ids = these('parked', 'unknown').map(({ id }) => id);
    if (ids.length > 0) await tx.query('update transaction set due_at = $2 where id = any($1)', [ids, dueAt]);
    await ledger.queue.send(tx, ...found.rows.map(({ id }) => ({ transactionId: id, dueAt })));
    return true;
  });
}

/** It stays as it is until the end of `tx`. Lock order: connection, transaction. */
async function isStopped(tx: Sql, connectionId: string): Promise<boolean> {
  const found = await tx.query(`select 1 from connection where id = $1 and state <> 'active' for share`, [
    connectionId,
  ]);
  return found.rows.length > 0;
}
