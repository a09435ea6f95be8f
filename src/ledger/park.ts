/** Parks a transaction that is not leased. One whose outcome is unknown stays unknown, and is looked up later. */
import type { TransactionState } from '../domain/index.ts';
import type { Ledger } from './settle.ts';
import { takeEdge } from './transition.ts';

export async function parkTransaction(
  ledger: Ledger,
  transactionId: string,
  dueAt: string,
  reason: string,
): Promise<void> {
  await ledger.db.transaction(async (tx) => {
    const found = await tx.query<{
      organization_id: string;
      connection_id: string;
      appointment_id: string;
      state: TransactionState;
    }>(
      `select organization_id, connection_id, appointment_id, state from transaction
       where id = $1 and state in ('queued', 'retrying', 'parked', 'unknown') for update skip locked`,
      [transactionId],
    );
    const [row] = found.rows;
    if (!row) return;
    const ref = {
      id: transactionId,
      organizationId: row.organization_id,
      connectionId: row.connection_id,
      appointmentId: row.appointment_id,
      state: row.state,
      leaseToken: null,
    };
    if (ref.state === 'retrying') ref.state = await takeEdge(tx, ref, 'due', {});
    if (ref.state === 'queued') await takeEdge(tx, ref, 'held-back', { due_at: dueAt, error_code: reason }, { reason });
    else await tx.query('update transaction set due_at = $2 where id = $1', [transactionId, dueAt]);
    await ledger.queue.send(tx, { transactionId, dueAt });
  });
}
