/**
 * Bookings that wait to be sent, and stand at the HIS already: a restored backup has forgotten that they were sent. They are looked
 * up before anything is sent.
 */
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import { takeEdge, type TransactionRef } from '../ledger/transition.ts';
import type { SeenAppointment } from './see-appointments.ts';

export async function lookUpFirst(
  tx: Sql,
  queue: Queue,
  connectionId: string,
  pending: readonly { readonly appointmentId: string; readonly seen: SeenAppointment }[],
): Promise<void> {
  for (const { appointmentId, seen } of pending) {
    const found = await tx.query<TransactionRef & { dueAt: string; patientId: string } & Record<string, unknown>>(
      `select t.id, t.organization_id as "organizationId", t.connection_id as "connectionId", t.appointment_id as "appointmentId",
         t.state, t.lease_token as "leaseToken", now() as "dueAt", a.patient_id as "patientId"
       from transaction t join appointment a on a.id = t.appointment_id
       where t.appointment_id = $1 and t.kind = 'book' and t.state in ('queued', 'retrying', 'parked') for update of t`,
      [appointmentId],
    );
    const [booking] = found.rows;
    if (!booking) continue;
    if (seen.patientExternalId !== undefined) await keepKey(tx, connectionId, booking, seen.patientExternalId);
    await takeEdge(
      tx,
      booking,
      'found-at-his',
      { step: 'book', unknown_since: booking.dueAt, looks: 0, absent_since: null, due_at: booking.dueAt },
      { reason: 'found-at-his' },
    );
    await queue.send(tx, { transactionId: booking.id, dueAt: booking.dueAt });
  }
}

/** Without it the look-up would ask about a patient whom the HIS does not know. */
async function keepKey(
  tx: Sql,
  connectionId: string,
  { organizationId, patientId }: { readonly organizationId: string; readonly patientId: string },
  externalId: string,
): Promise<void> {
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     values ($1, $2, 'patient', $3, $4, $5) on conflict do nothing`,
    [organizationId, connectionId, patientId, HIS_KEY, externalId],
  );
}
