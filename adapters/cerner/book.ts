/** Booking by POST Appointment. No client identifier is possible, and no condition: what is known is in the answer's headers. */
import type { BookRequest, Call, Outcome } from '#adapter-kit';
import { BUSINESS_RULE } from './classify.ts';
import { Refused, type CernerClient, type Created } from './client.ts';
import { appointmentsAt, isAt, isLive, looking, noteIn, readAppointment } from './his-appointment.ts';
import { patientRefusal } from './patients.ts';
import { SLOT_TAKEN, tellTaken } from './refusal-of-slot.ts';

/** Longer ones are refused with 400. */
const REASON_MAX = 255;

export async function book(client: CernerClient, call: Call, request: BookRequest): Promise<Outcome> {
  const body = call.map('book-request', {
    ...request,
    reason: request.reason === null ? null : shortened(request.reason),
    transactionId: call.transactionId,
  });
  try {
    return await confirmed(client, call, await client.create(call, 'Appointment', body));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return explained(client, call, request, error);
  }
}

/**
 * The 201 is the proof, and the read after it brings the version of now. That it fails changes nothing; that the domain does not
 * know the appointment which it has just named does: something between answered in its place, or it is not to be seen yet.
 */
async function confirmed(client: CernerClient, call: Call, { id, version }: Created): Promise<Outcome> {
  const read = await looking(readAppointment(client, call, id)).catch(() => undefined);
  if (read?.kind === 'seen' && read.it === undefined) return { class: 'unknown', reason: 'not-there-after-create' };
  const present = read?.kind === 'seen' ? read.it : undefined;
  if (present === undefined) call.log('a booked appointment could not be read again', { appointmentId: id });
  const known = present?.version ?? version;
  return { class: 'success', externalId: id, ...(known === undefined ? {} : { version: known }) };
}

/** Nothing was booked by this request; why not? */
async function explained(client: CernerClient, call: Call, request: BookRequest, refused: Refused): Promise<Outcome> {
  const outcome = await tellTaken(client, call, refused, request.slot);
  if (outcome === SLOT_TAKEN) return (await alreadyOurs(client, call, request)) ?? SLOT_TAKEN;
  if (outcome.class !== 'invalid' || outcome.reason !== BUSINESS_RULE) return outcome;
  return (await patientRefusal(client, call, request.patient)) ?? outcome;
}

/**
 * The slot may be gone because this very transaction has it: "taken" is final, so one more look before it is said. Our note is
 * believed; without one, only an attempt that followed another can have left an appointment behind.
 */
async function alreadyOurs(
  client: CernerClient,
  call: Call,
  { patient, slot }: BookRequest,
): Promise<Outcome | undefined> {
  const look = await looking(appointmentsAt(client, call, patient, slot));
  if (look.kind === 'failed') return { class: 'transient', reason: look.reason };
  if (look.kind === 'refused') return undefined;
  const live = look.it.filter((each) => isLive(each) && isAt(each, slot));
  const ours = live.find((each) => {
    const note = noteIn(each, call.transactionId);
    return note === 'ours' || (note === 'unsaid' && call.attempt > 1);
  });
  return ours && { class: 'success', externalId: ours.externalId, version: ours.version };
}

/** Cut, with a sign of it: better than an appointment that is refused for its wording. */
function shortened(reason: string): string {
  if (reason.length <= REASON_MAX) return reason;
  // Not in the middle of a character.
  return `${reason.slice(0, REASON_MAX - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
