/** Booking, cancelling, moving; and finding out whether a write whose answer was lost was executed. */
import type {
  BookRequest,
  Call,
  CancelRequest,
  Evidence,
  Finding,
  LookupRequest,
  Outcome,
  RescheduleRequest,
} from '#adapter-kit';
import { asError, Refused, type TemplateClient } from './client.ts';

/** mappings/_template/appointment.yaml */
interface AppointmentAtHis {
  readonly externalId: string;
  readonly status: 'booked' | 'cancelled';
  readonly version: number;
  readonly slotExternalId: string;
  /** Absent where the HIS does not show it. */
  readonly reference?: string;
}

export function book(client: TemplateClient, call: Call, request: BookRequest): Promise<Outcome> {
  return refusing(async () => {
    const body = call.map('book-request', { ...request, transactionId: call.transactionId });
    return evidenceIn(call, await client.send(call, { method: 'POST', path: 'appointments', body }));
  });
}

export function cancel(client: TemplateClient, call: Call, { externalId }: CancelRequest): Promise<Outcome> {
  return refusing(async () => {
    const { status, version } = await read(client, call, externalId);
    if (status === 'cancelled') return { class: 'success', externalId };
    await client.send(call, { method: 'DELETE', path: pathOf(externalId), version });
    return { class: 'success', externalId };
  });
}

export function reschedule(
  client: TemplateClient,
  call: Call,
  { externalId, to }: RescheduleRequest,
): Promise<Outcome> {
  return refusing(async () => {
    const { version } = await read(client, call, externalId);
    const body = { slot: to.externalId };
    return evidenceIn(call, await client.send(call, { method: 'PUT', path: pathOf(externalId), body, version }));
  });
}

/** Reads only. Says `absent` only when the HIS has shown everything in which our appointment would be. */
export async function lookUp(client: TemplateClient, call: Call, request: LookupRequest): Promise<Finding> {
  try {
    if (request.kind === 'book') return await lookUpBooking(client, call, request);
    const { status, slotExternalId } = await read(client, call, request.externalId);
    const done = request.kind === 'cancel' ? status === 'cancelled' : slotExternalId === request.to.externalId;
    return done ? { kind: 'found', externalId: request.externalId } : { kind: 'absent' };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { class: kind, reason } = error.refusal;
    return kind === 'auth' ? { kind: 'inconclusive', reason, never: true } : { kind: 'inconclusive', reason };
  }
}

async function lookUpBooking(
  client: TemplateClient,
  call: Call,
  { slot, patient, knownExternalIds }: Extract<LookupRequest, { kind: 'book' }>,
): Promise<Finding> {
  const query = new URLSearchParams({ patient: patient.externalId });
  const reply = await client.send(call, { path: `appointments?${query.toString()}` });
  const ours = appointmentsIn(call, reply).find(
    ({ externalId, status, slotExternalId, reference }) =>
      status === 'booked' &&
      // Where references are not shown: the same patient in the same slot, and no other transaction's.
      (reference ??
        (slotExternalId === slot.externalId && !knownExternalIds.includes(externalId) ? call.transactionId : '')) ===
        call.transactionId,
  );
  return ours === undefined ? { kind: 'absent' } : { kind: 'found', externalId: ours.externalId };
}

async function read(client: TemplateClient, call: Call, externalId: string): Promise<AppointmentAtHis> {
  const [appointment] = appointmentsIn(call, { appointments: [await client.send(call, { path: pathOf(externalId) })] });
  if (appointment === undefined) throw new Error('a list of one came back empty');
  return appointment;
}

const pathOf = (externalId: string): string => `appointments/${encodeURIComponent(externalId)}`;

/** The mapping names exactly these members, and fails where one that is required is missing. */
const appointmentsIn = (call: Call, reply: unknown): readonly AppointmentAtHis[] =>
  call.map('appointment', reply) as readonly AppointmentAtHis[];

/** Only a booked appointment in the answer is evidence. */
function evidenceIn(call: Call, reply: unknown): Evidence | Exclude<Outcome, Evidence> {
  const [appointment] = appointmentsIn(call, { appointments: [reply] });
  if (appointment?.status !== 'booked') return { class: 'uncategorised', reason: 'not-booked' };
  return { class: 'success', externalId: appointment.externalId };
}

/** A write returns what the HIS answered; what cannot be read is thrown. */
async function refusing(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && error.refusal.class !== 'auth') return error.refusal;
    throw asError(error);
  }
}
