/** Changes of an appointment: move it, cancel it, say what became of the visit. */
import { ATTENDANCE, HubError, isId, notFound, type AppointmentStatus, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { appointmentVisibleTo } from '../identity/visible-appointments.ts';
import { appendEvents } from '../ledger/event.ts';
import { openTransaction, type NewTransaction, type Opener } from '../ledger/open-transaction.ts';
import { CLOSED } from '../ledger/state-lists.ts';
import type { Opened } from './book-appointment.ts';
import { checkVersion } from './stale-version.ts';
import { takeSlot, type WantedSlot } from './take-slot.ts';

interface Held {
  readonly id: string;
  readonly connection_id: string;
  readonly slot_id: string;
  readonly status: AppointmentStatus;
  readonly version: number;
  /** The transaction of another change that is not settled. */
  readonly openChange: string | undefined;
}

/** The appointment's row, locked until the end of the transaction: changes of one appointment are decided one after the other. */
async function lockAppointment(tx: Sql, caller: Caller, id: string, version: number | undefined): Promise<Held> {
  if (!isId(id)) throw notFound('appointment');
  const values: unknown[] = [id];
  const found = await tx.query<Omit<Held, 'openChange'> & Record<string, unknown>>(
    `select a.id, a.connection_id, a.slot_id, a.status, a.version
     from appointment a where a.id = $1 and ${appointmentVisibleTo(caller, 'a', values)} for update of a`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('appointment');
  checkVersion(row.version, version);
  // A statement of its own: the one that waited for the lock sees only of the row itself what has become of it meanwhile.
  const changes = await tx.query<{ id: string }>(
    `select id from transaction where appointment_id = $1 and kind <> 'book'
       and state not in ${CLOSED} and released_at is null limit 1`,
    [row.id],
  );
  return { ...row, openChange: changes.rows[0]?.id };
}

function checkChangeable(appointment: Held, change: string): void {
  if (appointment.status !== 'pending' && appointment.status !== 'booked') {
    throw new HubError(
      'state-conflict',
      `A${appointment.status === 'arrived' ? 'n' : ''} ${appointment.status} appointment cannot be ${change}: only a pending or booked one can.`,
      { members: { status: appointment.status } },
    );
  }
  checkNoOpenChange(appointment);
}

function checkNoOpenChange(appointment: Held): void {
  if (appointment.openChange !== undefined) {
    throw new HubError(
      'state-conflict',
      'Another change of this appointment is still with the HIS. Wait until it is settled, then read the appointment again.',
      {
        members: { transactionIds: [appointment.openChange] },
        retryAfterSeconds: 2,
      },
    );
  }
}

async function open(
  tx: Sql,
  opener: Opener,
  caller: Caller,
  transactionId: string,
  appointment: Held,
  change: Pick<NewTransaction, 'kind' | 'slotId' | 'fromSlotId' | 'agreed' | 'reason'>,
): Promise<Opened> {
  await tx.query('update appointment set version = version + 1, updated_at = now() where id = $1', [appointment.id]);
  const opened = await openTransaction(tx, opener, {
    id: transactionId,
    organizationId: caller.organizationId,
    connectionId: appointment.connection_id,
    appointmentId: appointment.id,
    clientId: caller.clientId,
    ...change,
  });
  return { appointmentId: appointment.id, transactionId: opened };
}

/**
 * Errors: not-found, stale-version, state-conflict, slot-taken, hold-expired, hold-not-yours, validation (a slot of another
 * connection, a hold of another slot).
 */
export async function rescheduleAppointment(
  tx: Sql,
  opener: Opener,
  caller: Caller,
  transactionId: string,
  change: { readonly id: string; readonly version?: number } & WantedSlot,
): Promise<Opened> {
  const appointment = await lockAppointment(tx, caller, change.id, change.version);
  checkChangeable(appointment, 'moved');
  if (!isId(change.slotId)) throw notFound('slot', '/slotId');
  if (change.slotId === appointment.slot_id) {
    throw new HubError('state-conflict', 'The appointment is in this slot already. Choose another slot.');
  }
  const found = await tx.query<{ connection_id: string }>(
    'select connection_id from slot where id = $1 and organization_id = $2',
    [change.slotId, caller.organizationId],
  );
  const [target] = found.rows;
  if (!target) throw notFound('slot', '/slotId');
  if (target.connection_id !== appointment.connection_id) {
    throw new HubError(
      'validation',
      'The slot belongs to another HIS. Cancel this appointment and book that slot anew.',
      {
        errors: [{ pointer: '/slotId', detail: 'expected a slot of the same connection as the appointment' }],
      },
    );
  }
  const slot = await takeSlot(tx, caller, change, appointment.id);
  return open(tx, opener, caller, transactionId, appointment, {
    kind: 'reschedule',
    slotId: slot.id,
    fromSlotId: appointment.slot_id,
    agreed: slot,
  });
}

/** Errors: not-found, stale-version, state-conflict. */
export async function cancelAppointment(
  tx: Sql,
  opener: Opener,
  caller: Caller,
  transactionId: string,
  change: { readonly id: string; readonly version?: number; readonly reason?: string },
): Promise<Opened> {
  const appointment = await lockAppointment(tx, caller, change.id, change.version);
  checkChangeable(appointment, 'cancelled');
  if (appointment.status === 'pending') await wakeBooking(tx, opener, appointment.id);
  return open(tx, opener, caller, transactionId, appointment, {
    kind: 'cancel',
    slotId: appointment.slot_id,
    ...(change.reason === undefined ? {} : { reason: change.reason }),
  });
}

/** A booking that waits for its HIS need not wait to learn that nobody wants it any more. */
async function wakeBooking(tx: Sql, { queue }: Opener, appointmentId: string): Promise<void> {
  const waiting = await tx.query<{ id: string }>(
    `select id from transaction where appointment_id = $1 and kind = 'book' and state in ('queued', 'retrying', 'parked')`,
    [appointmentId],
  );
  for (const { id } of waiting.rows) await queue.send(tx, { transactionId: id, dueAt: new Date().toISOString() });
}

/** What became of the visit is the hub's own record; no HIS is asked. Errors: not-found, stale-version, state-conflict. */
export async function recordAttendance(
  tx: Sql,
  caller: Caller,
  change: { readonly id: string; readonly version?: number; readonly status: keyof typeof ATTENDANCE },
): Promise<void> {
  const appointment = await lockAppointment(tx, caller, change.id, change.version);
  checkNoOpenChange(appointment);
  const allowed = ATTENDANCE[change.status];
  if (!allowed.includes(appointment.status)) {
    throw new HubError(
      'state-conflict',
      `Only an appointment that is ${allowed.join(' or ')} can become ${change.status}; this one is ${appointment.status}.`,
      {
        members: { status: appointment.status },
      },
    );
  }
  await tx.query('update appointment set status = $2, version = version + 1, updated_at = now() where id = $1', [
    appointment.id,
    change.status,
  ]);
  await appendEvents(tx, [
    {
      organizationId: caller.organizationId,
      connectionId: appointment.connection_id,
      appointmentId: appointment.id,
      type: `appointment.${change.status}`,
    },
  ]);
}
