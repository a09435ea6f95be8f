/**
 * Bookings that wait to be sent, and stand at the HIS already: a restored backup has forgotten that they were sent. They are looked
 * up before anything is sent.
 */
import type { Sql } from '../db/database.ts';
import { keepPatientKey } from '../ledger/patient-key.ts';
import type { Ledger } from '../ledger/settle.ts';
import { takeEdge, type TransactionRef } from '../ledger/transition.ts';
import type { SeenAppointment } from './see-appointments.ts';

interface Booking extends TransactionRef {
  readonly dueAt: string;
  readonly patientId: string;
  readonly keyVersion: number;
  readonly wrapped: Buffer;
}

export async function lookUpFirst(
  tx: Sql,
  { queue, keys }: Pick<Ledger, 'queue' | 'keys'>,
  connectionId: string,
  pending: readonly { readonly appointmentId: string; readonly seen: SeenAppointment }[],
): Promise<void> {
  for (const { appointmentId, seen } of pending) {
    const found = await tx.query<Booking & Record<string, unknown>>(
      `select t.id, t.organization_id as "organizationId", t.connection_id as "connectionId", t.appointment_id as "appointmentId",
         t.state, t.lease_token as "leaseToken", now() as "dueAt", a.patient_id as "patientId", k.version as "keyVersion", k.wrapped
       from transaction t join appointment a on a.id = t.appointment_id join patient_key k on k.patient_id = a.patient_id
       where t.appointment_id = $1 and t.kind = 'book' and t.state in ('queued', 'retrying', 'parked') for update of t`,
      [appointmentId],
    );
    const [booking] = found.rows;
    if (!booking) continue;
    // Without it the look-up would ask about a patient whom the HIS does not know.
    if (seen.patientExternalId !== undefined) {
      const { organizationId, patientId, keyVersion: version, wrapped } = booking;
      const seal = await keys.sealOf(organizationId, patientId, { version, wrapped });
      const at = { organizationId, connectionId };
      await keepPatientKey(tx, keys, at, { id: patientId, seal }, seen.patientExternalId);
    }
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
