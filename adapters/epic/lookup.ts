/** Was this write executed? Reads only; says "absent" only on proof. */
import type { BookRequest, Call, CancelRequest, Finding, Identifier, LookupRequest } from '#adapter-kit';
import { failedBeforeWriting, type EpicClient } from './client.ts';
import { lookByCsn, lookById, lookBySearch, lookByService, type Look } from './find-appointment.ts';
import { csnOf, type HisAppointment } from './his-appointment.ts';
import { bookTokenOf } from './slots.ts';

type BookLookup = Extract<LookupRequest, { kind: 'book' }>;
interface Found {
  readonly externalId: string;
  readonly identifiers: readonly Identifier[];
}

export function lookUp(client: EpicClient, call: Call, request: LookupRequest): Promise<Finding> {
  switch (request.kind) {
    case 'book':
      return lookUpBooking(client, call, request);
    case 'cancel':
      return lookUpCancelling(client, call, request);
    case 'reschedule':
      return Promise.resolve({ kind: 'inconclusive', reason: 'never-rescheduled-in-place', never: true });
    default:
      return request satisfies never;
  }
}

async function lookUpBooking(client: EpicClient, call: Call, request: BookLookup): Promise<Finding> {
  const service = await lookByService(client, call, request.patient, request.slot);
  const noted = foundByNote(call, service);
  if (noted !== undefined) return { kind: 'found', ...(await noted.resolve(client)) };

  const search = await lookBySearch(client, call, request.patient, request.slot);
  const candidates = candidatesIn(search, service, request);
  const [only, another] = candidates;
  if (only !== undefined && another === undefined)
    return { kind: 'found', externalId: only.externalId, identifiers: only.identifiers };
  if (another !== undefined) return { kind: 'inconclusive', reason: 'several-appointments' };
  return whyNotAbsent(search, service) ?? absentOrTaken(client, call, request);
}

const hubNote = (call: Call): string => `hub:${call.transactionId}`;

/**
 * The strong match: an appointment that carries the hub's reference. A cancelled one proves nothing: a transaction that was
 * undone and replayed left it behind.
 */
export function foundByNote(
  call: Call,
  look: Look,
): { readonly resolve: (client: EpicClient) => Promise<Found> } | undefined {
  if (look.kind !== 'seen') return undefined;
  const noted = look.appointments.find(
    ({ status, notes }) => status !== 'cancelled' && notes?.some((note) => note.includes(hubNote(call))),
  );
  if (noted === undefined) return undefined;
  return {
    // The service knows no FHIR id. Where it cannot be had, the CSN is the key: all that is needed to cancel.
    resolve: async (client) => {
      const byCsn = await lookByCsn(client, call, noted.externalId);
      const known = byCsn.kind === 'seen' ? byCsn.appointments[0] : undefined;
      return {
        externalId: known?.externalId ?? noted.externalId,
        identifiers: known?.identifiers ?? noted.identifiers,
      };
    },
  };
}

/**
 * The weak match, where no note can be read: same patient, start and provider, and known to no other transaction. What the service shows
 * has had its notes read, and none was ours: it is another transaction's, or was made at the desk.
 */
function candidatesIn(search: Look, service: Look, { patient, slot, knownExternalIds }: BookLookup): HisAppointment[] {
  if (search.kind !== 'seen') return [];
  const notOurs = service.kind === 'seen' ? service.appointments.map(({ externalId }) => externalId) : [];
  return search.appointments.filter(
    (appointment) =>
      appointment.status === 'booked' &&
      Date.parse(appointment.start) === Date.parse(slot.start) &&
      (appointment.patientExternalId ?? patient.externalId) === patient.externalId &&
      (appointment.providerExternalId ?? slot.providerExternalId) === slot.providerExternalId &&
      !knownExternalIds.includes(appointment.externalId) &&
      !notOurs.includes(csnOf(appointment.identifiers) ?? ''),
  );
}

/** Nothing was found; undefined when that is proof enough that there is nothing. */
function whyNotAbsent(search: Look, service: Look): Finding | undefined {
  // The service shows all appointments of the patient, with their notes.
  if (service.kind === 'seen' || (search.kind === 'seen' && !search.partial)) return undefined;
  if (search.kind === 'refused' && service.kind === 'refused') {
    return { kind: 'inconclusive', reason: 'lookup-not-permitted', never: true };
  }
  if (search.kind === 'seen') return { kind: 'inconclusive', reason: 'partial-data' };
  const failed = [search, service].find((look) => look.kind === 'failed');
  return { kind: 'inconclusive', reason: failed?.reason ?? 'lookup-failed' };
}

/** No appointment of ours: what became of the slot says whether it is worth another try. */
async function absentOrTaken(client: EpicClient, call: Call, { slot, patient }: BookRequest): Promise<Finding> {
  try {
    const token = await bookTokenOf(client, call, slot, patient.externalId);
    return { kind: token === undefined ? 'taken' : 'absent' };
  } catch (error) {
    return { kind: 'inconclusive', reason: failedBeforeWriting(error).reason };
  }
}

/** The appointment itself says whether it is cancelled. One that is not there any more has nothing left to cancel. */
async function lookUpCancelling(client: EpicClient, call: Call, request: CancelRequest): Promise<Finding> {
  const { externalId } = request;
  const csn = csnOf(request.identifiers);
  // Where the FHIR id could not be had, the key is the CSN, which no FHIR read knows.
  const read: Look = csn === externalId ? { kind: 'refused' } : await lookById(client, call, externalId);
  if (read.kind === 'seen') return cancelledOrNot(read.appointments[0], request);
  const service = await lookByService(client, call, request.patient, request.slot);
  if (service.kind === 'seen') {
    const shown = service.appointments.find((each) => each.externalId === csn);
    return shown === undefined
      ? { kind: 'inconclusive', reason: 'appointment-not-shown' }
      : cancelledOrNot(shown, request);
  }
  if (read.kind === 'refused' && service.kind === 'refused') {
    return { kind: 'inconclusive', reason: 'lookup-not-permitted', never: true };
  }
  return { kind: 'inconclusive', reason: read.kind === 'failed' ? read.reason : 'lookup-failed' };
}

function cancelledOrNot(appointment: HisAppointment | undefined, { externalId, identifiers }: CancelRequest): Finding {
  const over =
    appointment === undefined || appointment.status === 'cancelled' || appointment.status === 'entered-in-error';
  return over ? { kind: 'found', externalId, identifiers } : { kind: 'absent' };
}
