/** Was this write executed? Reads only; says "absent" only on proof. */
import type { Call, CancelRequest, Finding, LookupRequest, RescheduleRequest } from '#adapter-kit';
import type { CernerClient } from './client.ts';
import {
  appointmentsAt,
  isAt,
  isLive,
  looking,
  noteIn,
  readAppointment,
  type HisAppointment,
  type Look,
} from './his-appointment.ts';
import { readSlot } from './slots.ts';

type BookLookup = Extract<LookupRequest, { kind: 'book' }>;

export function lookUp(client: CernerClient, call: Call, request: LookupRequest): Promise<Finding> {
  switch (request.kind) {
    case 'book':
      return lookUpBooking(client, call, request);
    case 'cancel':
      return lookUpChange(client, call, request, isOver);
    case 'reschedule':
      return lookUpChange(client, call, request, (seen) => hasMoved(seen, request));
    default:
      return request satisfies never;
  }
}

async function lookUpBooking(client: CernerClient, call: Call, request: BookLookup): Promise<Finding> {
  const { patient, slot, knownExternalIds } = request;
  const look = await looking(appointmentsAt(client, call, patient, slot));
  if (look.kind !== 'seen') return withoutAnswer(look);
  const live = look.it.filter(isLive);
  const noted = live.find((each) => noteIn(each, call.transactionId) === 'ours');
  if (noted !== undefined) return found(noted);

  const candidates = live.filter(
    (each) =>
      isAt(each, slot) && noteIn(each, call.transactionId) === 'unsaid' && !knownExternalIds.includes(each.externalId),
  );
  const [only, another] = candidates;
  if (another !== undefined) return { kind: 'inconclusive', reason: 'several-appointments' };
  return only === undefined ? absentOrTaken(client, call, slot.externalId) : found(only);
}

/**
 * No appointment of ours is shown: the slot says whether one could still be hidden. A slot that is held is not booked: neither
 * by us, nor by whoever holds it.
 */
async function absentOrTaken(client: CernerClient, call: Call, slotId: string): Promise<Finding> {
  const look = await looking(readSlot(client, call, slotId));
  if (look.kind !== 'seen') return withoutAnswer(look);
  const isOpen = look.it?.status === 'free' || look.it?.status === 'busy-tentative';
  return { kind: isOpen ? 'absent' : 'taken' };
}

/** The appointment itself says whether it was changed. */
async function lookUpChange(
  client: CernerClient,
  call: Call,
  { externalId, identifiers }: CancelRequest,
  isDone: (seen: HisAppointment | undefined) => boolean,
): Promise<Finding> {
  const look = await looking(readAppointment(client, call, externalId));
  if (look.kind !== 'seen') return withoutAnswer(look);
  return isDone(look.it) ? { kind: 'found', externalId, identifiers } : { kind: 'absent' };
}

/** What is not there any more has nothing left to cancel. */
const isOver = (seen: HisAppointment | undefined): boolean =>
  seen === undefined || seen.status === 'cancelled' || seen.status === 'entered-in-error';

const hasMoved = (seen: HisAppointment | undefined, { to }: RescheduleRequest): boolean =>
  seen !== undefined && isLive(seen) && isAt(seen, to);

const found = ({ externalId }: HisAppointment): Finding => ({ kind: 'found', externalId });

function withoutAnswer(look: Exclude<Look<unknown>, { kind: 'seen' }>): Finding {
  if (look.kind === 'refused') return { kind: 'inconclusive', reason: 'lookup-not-permitted', never: true };
  return { kind: 'inconclusive', reason: look.reason };
}
