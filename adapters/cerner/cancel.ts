/** Cancelling by PATCH. Source: docs.oracle.com mfrap, Appointment "Patch" (R4). */
import type { Call, CancelRequest, Outcome } from '#adapter-kit';
import { change } from './change.ts';
import type { CernerClient } from './client.ts';
import { readAppointment } from './his-appointment.ts';

export const NOT_FOUND: Outcome = { class: 'not-found', reason: 'unknown-appointment' };

export function cancel(client: CernerClient, call: Call, { externalId }: CancelRequest): Promise<Outcome> {
  const { cancellationReason } = client.settings;
  return change(client, call, {
    type: 'Appointment',
    id: externalId,
    read: () => readAppointment(client, call, externalId),
    decide(seen) {
      if (seen === undefined) return NOT_FOUND;
      if (seen.status === 'cancelled' || seen.status === 'entered-in-error')
        return { class: 'success', externalId, version: seen.version };
      // The domain says beforehand that it will refuse, e.g. because the patient has been seen.
      if (seen.isCancelable === false) return { class: 'invalid', reason: 'not-cancelable' };
      const request = call.map('cancel-request', cancellationReason === undefined ? {} : { cancellationReason });
      return { send: operationsOf(request) };
    },
  });
}

/** What every request mapping of a PATCH makes: `{ operations }`. */
export const operationsOf = (request: unknown): unknown => (request as { readonly operations: unknown }).operations;
