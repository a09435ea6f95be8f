/** Moving an appointment in place: PATCH of its slot, the id stays. Source: docs.oracle.com mfrap, Appointment "Patch" (R4). */
import type { Call, Outcome, RescheduleRequest } from '#adapter-kit';
import { NOT_FOUND, operationsOf } from './cancel.ts';
import { change } from './change.ts';
import type { CernerClient } from './client.ts';
import { isAt, isLive, readAppointment } from './his-appointment.ts';
import { tellTaken } from './refusal-of-slot.ts';

export function reschedule(
  client: CernerClient,
  call: Call,
  { externalId, slot, to }: RescheduleRequest,
): Promise<Outcome> {
  return change(client, call, {
    type: 'Appointment',
    id: externalId,
    read: () => readAppointment(client, call, externalId),
    decide(seen) {
      if (seen === undefined) return NOT_FOUND;
      if (!isLive(seen)) return { class: 'conflict', reason: 'appointment-cancelled' };
      if (isAt(seen, to)) return { class: 'success', externalId, version: seen.version };
      // Somebody has moved it meanwhile: what the patient wanted to leave is not where the appointment is.
      if (!isAt(seen, slot)) return { class: 'conflict', reason: 'moved-elsewhere' };
      if (seen.isReschedulable === false) return { class: 'invalid', reason: 'not-reschedulable' };
      return { send: operationsOf(call.map('reschedule-request', { to })) };
    },
    explain: (refused) => tellTaken(client, call, refused, to),
  });
}
