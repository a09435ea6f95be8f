/** Books a slot for a patient: the claim, the appointment, the transaction, the event and the job, in the caller's database transaction. */
import { newId } from '../db/new-id.ts';
import { HubError, isId, notFound, type Caller, type Mode } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { patientVisibleTo } from '../identity/visible-patients.ts';
import { openTransaction, type Opener } from '../ledger/open-transaction.ts';
import { sealReason } from '../ledger/seal.ts';
import { takeSlot } from './take-slot.ts';

export interface Booking {
  readonly slotId: string;
  readonly patientId: string;
  readonly holdId?: string;
  readonly reason?: string;
  readonly mode?: Mode;
}

export interface Opened {
  readonly appointmentId: string;
  readonly transactionId: string;
}

/** Errors: not-found (patient, slot), slot-taken, hold-expired, hold-not-yours, validation (mode). */
export async function bookAppointment(
  tx: Sql,
  opener: Opener,
  caller: Caller,
  transactionId: string,
  booking: Booking,
): Promise<Opened> {
  await checkPatient(tx, caller, booking.patientId);
  await checkSlot(tx, caller, booking);
  const appointmentId = newId();
  const slot = await takeSlot(tx, caller, booking, appointmentId);
  await tx.query(
    `insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id,
       start_at, end_at, mode, reason, status, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', $12)`,
    [
      appointmentId,
      caller.organizationId,
      slot.connection_id,
      booking.patientId,
      slot.id,
      slot.provider_id,
      slot.location_id,
      slot.start_at,
      slot.end_at,
      slot.mode,
      sealReason(opener.seal, appointmentId, booking.reason),
      caller.clientId,
    ],
  );
  const opened = await openTransaction(tx, opener, {
    id: transactionId,
    organizationId: caller.organizationId,
    connectionId: slot.connection_id,
    appointmentId,
    clientId: caller.clientId,
    kind: 'book',
    slotId: slot.id,
  });
  return { appointmentId, transactionId: opened };
}

async function checkPatient(tx: Sql, caller: Caller, patientId: string): Promise<void> {
  if (!isId(patientId)) throw notFound('patient', '/patientId');
  const values: unknown[] = [patientId];
  // A provider may book for any patient of its organization, not only for those it has seen.
  const asked = caller.role === 'provider' ? { ...caller, role: 'app' as const } : caller;
  const found = await tx.query(
    `select 1 from patient p where p.id = $1 and p.sealed is not null and ${patientVisibleTo(asked, 'p', values)} for key share of p`,
    values,
  );
  if (found.rowCount === 0) throw notFound('patient', '/patientId');
}

async function checkSlot(tx: Sql, caller: Caller, booking: Booking): Promise<void> {
  if (!isId(booking.slotId)) throw notFound('slot', '/slotId');
  const found = await tx.query<{ mode: Mode; provider_id: string }>(
    'select mode, provider_id from slot where id = $1 and organization_id = $2',
    [booking.slotId, caller.organizationId],
  );
  const [slot] = found.rows;
  if (!slot || (caller.role === 'provider' && slot.provider_id !== caller.providerId))
    throw notFound('slot', '/slotId');
  if (booking.mode && booking.mode !== slot.mode) {
    throw new HubError(
      'validation',
      `The slot is ${slot.mode}. Leave "mode" out, or choose a slot of the mode you want.`,
      {
        errors: [{ pointer: '/mode', detail: `expected ${slot.mode}, as the slot offers` }],
      },
    );
  }
}
