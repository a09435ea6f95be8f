/** Puts a new transaction into the ledger and, when nothing older of its appointment is open, into the queue. */
import { newId } from '../db/new-id.ts';
import type { TransactionKind } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { appendEvents } from './event.ts';
import { handOver } from './hand-over.ts';
import type { Seal } from './seal.ts';
import type { ClaimedSlot } from './slot-claim.ts';

export interface Opener {
  readonly queue: Queue;
  readonly seal: Seal;
}

/** The name under which the reason of a cancellation is sealed. */
export const reasonRow = (appointmentId: string): string => `appointment/${appointmentId}/cancel-reason`;

export interface NewTransaction {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
  readonly appointmentId: string;
  readonly clientId: string;
  readonly kind: TransactionKind;
  readonly slotId: string;
  readonly fromSlotId?: string;
  /** Of a move: when the slot is that it goes to. A booking's appointment says so itself. */
  readonly agreed?: Pick<ClaimedSlot, 'start_at' | 'end_at'>;
  /** Why an appointment is cancelled. */
  readonly reason?: string;
}

/**
 * The caller holds the appointment's row (it has just inserted it, or selected it for update), so that order is decided.
 * Returns the id: the wished one, or a new one when the wished one is in the ledger already (a client that sends the same
 * X-Transaction-Id twice).
 */
export async function openTransaction(tx: Sql, { queue, seal }: Opener, wished: NewTransaction): Promise<string> {
  const transaction = (await insert(tx, seal, wished)) ? wished : { ...wished, id: newId() };
  if (transaction !== wished) await insert(tx, seal, transaction);
  await appendEvents(tx, [
    {
      organizationId: transaction.organizationId,
      connectionId: transaction.connectionId,
      appointmentId: transaction.appointmentId,
      transactionId: transaction.id,
      type: 'transaction.queued',
      data: { kind: transaction.kind },
    },
  ]);
  await handOver(tx, queue, transaction.appointmentId);
  return transaction.id;
}

async function insert(tx: Sql, seal: Seal, transaction: NewTransaction): Promise<boolean> {
  const inserted = await tx.query(
    `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, from_slot_id, reason,
       agreed_start_at, agreed_end_at)
     values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, $10, $11) on conflict (id) do nothing`,
    [
      transaction.id,
      transaction.organizationId,
      transaction.connectionId,
      transaction.appointmentId,
      transaction.clientId,
      transaction.kind,
      transaction.slotId,
      transaction.fromSlotId ?? null,
      transaction.reason === undefined ? null : seal.close(reasonRow(transaction.appointmentId), transaction.reason),
      transaction.agreed?.start_at ?? null,
      transaction.agreed?.end_at ?? null,
    ],
  );
  return inserted.rowCount === 1;
}
