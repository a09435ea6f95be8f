/** A person sets aside what blocks an appointment, so that what was asked later goes on. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, type Caller, type TransactionKind, type TransactionState } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { handOver } from '../ledger/hand-over.ts';
import { CLOSED } from '../ledger/state-lists.ts';
import type { ReplayParts } from './replay.ts';

interface Head {
  readonly id: string;
  readonly connection_id: string;
  readonly kind: TransactionKind;
  readonly state: TransactionState;
  readonly released: boolean;
}

/**
 * Returns the id of the transaction that was set aside, now or before: asked again, nothing changes.
 * Errors: not-found, state-conflict (nothing blocks; or what does cannot be set aside, and what to do instead).
 */
export async function releaseAppointment(
  { db, queue, seal }: ReplayParts,
  caller: Caller,
  appointmentId: string,
  reason: string,
): Promise<string> {
  if (!isId(appointmentId)) throw notFound('appointment');
  return db.transaction(async (tx) => {
    const head = await lockHead(tx, caller, appointmentId);
    if (head.released) return head.id;
    refuseUnsafe(head);
    await tx.query('update transaction set released_at = now() where id = $1', [head.id]);
    const id = newId();
    await tx.query('insert into transaction_release (id, transaction_id, client_id, reason) values ($1, $2, $3, $4)', [
      id,
      head.id,
      caller.clientId,
      seal.close(`transaction_release/${id}`, reason),
    ]);
    await appendEvents(tx, [
      {
        type: 'appointment.released',
        organizationId: caller.organizationId,
        connectionId: head.connection_id,
        appointmentId,
        transactionId: head.id,
        data: { by: caller.clientId, kind: head.kind },
      },
    ]);
    await handOver(tx, queue, appointmentId);
    return head.id;
  });
}

/** The oldest change that holds others up; without one, the last that was released. Lock order: appointment, transaction. */
async function lockHead(tx: Sql, caller: Caller, appointmentId: string): Promise<Head> {
  const appointment = await tx.query('select 1 from appointment where id = $1 and organization_id = $2 for update', [
    appointmentId,
    caller.organizationId,
  ]);
  if (appointment.rowCount === 0) throw notFound('appointment');
  const found = await tx.query<Head & Record<string, unknown>>(
    `select id, connection_id, kind, state, released_at is not null as released from transaction
     where appointment_id = $1 and state not in ${CLOSED}
     order by released_at is not null, sequence limit 1 for update`,
    [appointmentId],
  );
  const [head] = found.rows;
  if (head) return head;
  throw new HubError('state-conflict', 'Nothing holds up the changes of this appointment.');
}

function refuseUnsafe({ id, kind, state }: Head): void {
  const why =
    state !== 'needs_review'
      ? `Transaction ${id} is ${state}: it is still worked on by itself, and what was asked later must not overtake it. Look at its connection; resume it when it is paused.`
      : kind === 'book'
        ? `Transaction ${id} is the booking itself: what was asked later needs the key that its HIS gave it. Look there, and resolve it as booked (with the key) or as absent.`
        : undefined;
  if (why) throw new HubError('state-conflict', why, { members: { transactionId: id, state } });
}
