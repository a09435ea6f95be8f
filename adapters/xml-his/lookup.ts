/** Was this write executed? Reads only; says "absent" only on proof. */
import {
  AdapterError,
  type BookRequest,
  type Call,
  type CancelRequest,
  type Finding,
  type LookupRequest,
  type RescheduleRequest,
  type SlotAtHis,
} from '#adapter-kit';
import type { XmlClient } from './client.ts';
import { isOffered } from './directory.ts';
import { isAt, isMarked, isMarkedByAnother, isUnmarked, lookAt, stands, type Look, type Visit } from './visits.ts';

export function lookUp(client: XmlClient, call: Call, request: LookupRequest): Promise<Finding> {
  switch (request.kind) {
    case 'book':
      return lookUpBooking(client, call, request);
    case 'cancel':
      return lookUpCancelling(client, call, request);
    case 'reschedule':
      return lookUpRescheduling(client, call, request);
    default:
      return request satisfies never;
  }
}

async function lookUpBooking(
  client: XmlClient,
  call: Call,
  request: BookRequest & { readonly knownExternalIds: readonly string[] },
): Promise<Finding> {
  const { patient, slot, knownExternalIds } = request;
  const look = await lookAt(client, call, patient, slot);
  if (look.kind !== 'seen') return blind(look);
  const marked = look.visits.find((visit) => isMarked(call, visit));
  if (marked !== undefined) return found(marked);
  // The weak sign, where no reference is shown: same time, same provider, and nobody else's as far as is known.
  const [only, another] = look.visits.filter(
    (visit) => stands(visit) && isAt(visit, slot) && !knownExternalIds.includes(visit.externalId) && isUnmarked(visit),
  );
  if (another !== undefined) return { kind: 'inconclusive', reason: 'several-appointments' };
  return only === undefined ? absentOrTaken(client, call, slot) : found(only);
}

/** No appointment of ours: what became of the slot says whether it is worth another try. */
async function absentOrTaken(client: XmlClient, call: Call, slot: SlotAtHis): Promise<Finding> {
  try {
    return { kind: (await isOffered(client, call, slot)) ? 'absent' : 'taken' };
  } catch (error) {
    if (error instanceof AdapterError && (error.kind === 'unavailable' || error.kind === 'protocol'))
      return { kind: 'inconclusive', reason: error.reason };
    throw error;
  }
}

async function lookUpCancelling(client: XmlClient, call: Call, request: CancelRequest): Promise<Finding> {
  const { externalId, identifiers, patient, slot } = request;
  const look = await lookAt(client, call, patient, slot);
  if (look.kind !== 'seen') return blind(look);
  const shown =
    look.visits.find((visit) => visit.externalId === externalId) ??
    look.visits.find((visit) => stands(visit) && isAt(visit, slot));
  if (shown !== undefined) return stands(shown) ? { kind: 'absent' } : { kind: 'found', externalId, identifiers };
  // Some show only what is still to come: a visit that is not shown is over, if its time is offered again.
  const free = await absentOrTaken(client, call, slot);
  if (free.kind === 'absent') return { kind: 'found', externalId, identifiers };
  return free.kind === 'taken' ? { kind: 'inconclusive', reason: 'appointment-not-shown' } : free;
}

async function lookUpRescheduling(client: XmlClient, call: Call, request: RescheduleRequest): Promise<Finding> {
  const { externalId, patient, slot, to } = request;
  const there = await lookAt(client, call, patient, to);
  if (there.kind !== 'seen') return blind(there);
  // Known by its ticket only, when nothing could be read after it was booked: then its own key is new to us, and the mark on it
  // is that of its booking. Both slots are kept for this one appointment.
  const isKnownByTicket = externalId === slot.externalId;
  const isOurs = (visit: Visit): boolean =>
    isKnownByTicket ||
    visit.externalId === externalId ||
    visit.externalId === to.externalId ||
    !isMarkedByAnother(call, visit);
  const moved = there.visits.find((visit) => stands(visit) && isAt(visit, to) && isOurs(visit));
  if (moved !== undefined) return found(moved);
  const here = await lookAt(client, call, patient, slot);
  if (here.kind !== 'seen') return blind(here);
  const stayed = here.visits.some((visit) => stands(visit) && isAt(visit, slot) && isOurs(visit));
  if (!stayed) return { kind: 'inconclusive', reason: 'appointment-not-shown' };
  // Where it was, and wanted elsewhere: somebody else may have that place by now.
  return absentOrTaken(client, call, to);
}

const found = ({ externalId, identifiers }: Visit): Finding => ({ kind: 'found', externalId, identifiers });

function blind(look: Exclude<Look, { kind: 'seen' }>): Finding {
  return look.kind === 'refused'
    ? { kind: 'inconclusive', reason: 'lookup-not-permitted', never: true }
    : { kind: 'inconclusive', reason: look.reason };
}
