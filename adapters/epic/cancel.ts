/** Cancelling by the Interconnect service: public FHIR has no way. Source: Penn-Medicine-CHCI/cobalt-api@6c76970. */
import type { Call, CancelRequest, Outcome } from '#adapter-kit';
import { Refused, type EpicClient } from './client.ts';
import { lookById } from './find-appointment.ts';
import { csnOf } from './his-appointment.ts';

const NOT_FOUND: Outcome = { class: 'not-found', reason: 'unknown-appointment' };

export async function cancel(client: EpicClient, call: Call, request: CancelRequest): Promise<Outcome> {
  const key = client.patientKey(request.patient);
  if (client.settings.interconnect === undefined) return { class: 'unsupported', reason: 'service-not-licensed' };
  if (key === undefined) return { class: 'invalid', reason: 'patient-id-missing' };
  const done: Outcome = { class: 'success', externalId: request.externalId, identifiers: request.identifiers };

  let csn = csnOf(request.identifiers);
  if (csn === undefined) {
    const read = await lookById(client, call, request.externalId);
    if (read.kind === 'failed') return { class: 'transient', reason: read.reason };
    if (read.kind === 'refused') return { class: 'invalid', reason: 'csn-unknown' };
    const [appointment] = read.appointments;
    if (appointment === undefined) return NOT_FOUND;
    if (appointment.status === 'cancelled') return done;
    csn = csnOf(appointment.identifiers);
    if (csn === undefined) return { class: 'invalid', reason: 'csn-unknown' };
  }

  try {
    await client.service(call, 'cancel', call.map('cancel-request', { ...key, csn, reason: request.reason }), 'write');
    return done;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return (await alreadyOver(client, call, request, error, done)) ?? error.refusal;
  }
}

/** The service refuses with words that nobody has published; the appointment itself says it in a code. */
async function alreadyOver(
  client: EpicClient,
  call: Call,
  { externalId }: CancelRequest,
  { refusal }: Refused,
  done: Outcome,
): Promise<Outcome | undefined> {
  if (refusal.vendorCode !== 'http-400') return undefined;
  const read = await lookById(client, call, externalId);
  if (read.kind !== 'seen') return undefined;
  const [appointment] = read.appointments;
  if (appointment === undefined) return NOT_FOUND;
  return appointment.status === 'cancelled' ? done : undefined;
}
