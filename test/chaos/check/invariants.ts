/** The invariants of docs/reliability.md, decided by evidence from outside. Each check yields what is wrong, in ids and states. */
import type { SlotPool } from '../slot-pool.ts';
import type { AppointmentBody, Story } from '../story.ts';
import type { Effect } from '../hospital.ts';
import type { Evidence } from './evidence.ts';

export interface Finding {
  readonly invariant: string;
  readonly detail: string;
}

export function* check(evidence: Evidence, stories: readonly Story[], pool: SlotPool): Generator<Finding> {
  yield* notDoubled(evidence);
  yield* ledgerComplete(evidence);
  yield* oneEach(evidence);
  for (const story of stories) {
    const present = evidence.present.get(story);
    if (story.appointmentId === undefined) continue;
    if (!present) {
      yield { invariant: 'I1', detail: `appointment ${story.appointmentId} was promised, and cannot be read` };
      continue;
    }
    yield* settled(present);
    yield* honest(evidence, story, present);
    yield* same(evidence, story, present, pool);
    yield* inOrder(evidence, story, present);
  }
}

/** I2: a slot has one living appointment, in the hub and at each HIS. */
function* notDoubled(evidence: Evidence): Generator<Finding> {
  for (const slot of evidence.doubled) yield { invariant: 'I2', detail: `the hub has slot ${slot} twice` };
  for (const [key, { appointments }] of evidence.effects) {
    const taken = new Set<string>();
    for (const { slotId, status } of appointments) {
      if (status !== 'booked') continue;
      if (taken.has(slotId)) yield { invariant: 'I2', detail: `${key} has slot ${slotId} twice` };
      taken.add(slotId);
    }
  }
}

/** I4: no request of a transaction left before an attempt of it was committed; nothing is at the HIS that the ledger does not know. */
function* ledgerComplete(evidence: Evidence): Generator<Finding> {
  for (const [key, { appointments, requests }] of evidence.effects) {
    for (const { transactionId } of appointments) {
      if (transactionId !== null && !evidence.known.has(transactionId)) {
        yield {
          invariant: 'I4',
          detail: `${key} holds an appointment of transaction ${transactionId}, unknown to the ledger`,
        };
      }
    }
    const seen = new Set<string>();
    for (const { transactionId, at } of requests) {
      // Reads of slots and holds go by references of their own.
      if (transactionId === null || seen.has(transactionId) || !evidence.known.has(transactionId)) continue;
      seen.add(transactionId);
      const attempts = evidence.attempts.get(transactionId);
      if (!attempts || attempts.firstAt > Date.parse(at) + 1) {
        yield {
          invariant: 'I4',
          detail: `${key} saw a request of ${transactionId} at ${at}, before any attempt of it`,
        };
      }
    }
  }
}

/** I3: at most one appointment at the HIS per transaction. */
function* oneEach(evidence: Evidence): Generator<Finding> {
  for (const [key, { appointments }] of evidence.effects) {
    const seen = new Set<string>();
    for (const { transactionId } of appointments) {
      if (transactionId === null) continue;
      if (seen.has(transactionId))
        yield { invariant: 'I3', detail: `${key} holds two appointments of ${transactionId}` };
      seen.add(transactionId);
    }
  }
}

const SETTLED = new Set(['succeeded', 'rejected', 'superseded']);

/** I1: what was promised came to its end. */
function* settled(present: AppointmentBody): Generator<Finding> {
  for (const { id, kind, state } of present.transactions) {
    if (!SETTLED.has(state)) yield { invariant: 'I1', detail: `${kind} ${id} is ${state} at the end` };
  }
  if (present.status === 'pending')
    yield { invariant: 'I1', detail: `appointment ${present.id} is pending at the end` };
}

const LEAVES_TO: Readonly<Record<string, readonly string[]>> = {
  pending: ['booked', 'rejected', 'cancelled'],
  booked: ['cancelled', 'arrived', 'noshow'],
  rejected: [],
  cancelled: [],
};

/** I10: what was shown never went back, and `booked` never came before the HIS had it. */
function* honest(evidence: Evidence, story: Story, present: AppointmentBody): Generator<Finding> {
  let last: { status: string; version: number } | undefined;
  for (const sighting of story.sightings.toSorted((a, b) => a.at - b.at)) {
    const way = last ? (LEAVES_TO[last.status] ?? []) : [];
    if (last && sighting.status !== last.status && !way.includes(sighting.status)) {
      yield { invariant: 'I10', detail: `appointment ${present.id} was ${last.status}, then ${sighting.status}` };
    }
    if (last && sighting.version < last.version) {
      yield {
        invariant: 'I10',
        detail: `appointment ${present.id} went from version ${last.version} to ${sighting.version}`,
      };
    }
    last = sighting;
  }
  const booked = story.sightings.find(({ status }) => status === 'booked');
  if (!booked || !evidence.effects.has(story.connection)) return;
  const at = effectsOf(evidence, story).map(({ createdAt }) => Date.parse(createdAt));
  if (!(Math.min(...at) <= booked.at)) {
    yield { invariant: 'I10', detail: `appointment ${present.id} was shown booked before ${story.connection} had it` };
  }
}

/** I3, I6: the HIS holds what the hub says, no more and no less. */
function* same(evidence: Evidence, story: Story, present: AppointmentBody, pool: SlotPool): Generator<Finding> {
  const wanted = present.status === 'booked' ? 1 : 0;
  if (!evidence.effects.has(story.connection)) {
    const own = present.transactions.filter(({ id }) => evidence.ownEntries.has(id)).length;
    if (own !== wanted)
      yield { invariant: 'I6', detail: `appointment ${present.id} is ${present.status}; the book has ${own}` };
    return;
  }
  const living = effectsOf(evidence, story).filter(({ status }) => status === 'booked');
  if (living.length !== wanted) {
    const states = present.transactions.map(({ id, kind, state }) => `${kind} ${state} ${id}`).join(', ');
    yield {
      invariant: living.length > wanted ? 'I3' : 'I6',
      detail: `appointment ${present.id} is ${present.status}; ${story.connection} holds ${living.length} of it (${states})`,
    };
  }
  const [effect] = living;
  if (!effect || wanted === 0) return;
  const slot = pool.find(present.slotId);
  if (slot?.externalId && slot.externalId !== effect.slotId) {
    yield {
      invariant: 'I6',
      detail: `appointment ${present.id} is at ${slot.externalId} here, at ${effect.slotId} at ${story.connection}`,
    };
  }
}

/** I6: the HIS saw nothing of a later change before the last of an earlier one. */
function* inOrder(evidence: Evidence, story: Story, present: AppointmentBody): Generator<Finding> {
  let before: { readonly id: string; readonly last: number } | undefined;
  for (const { id, kind } of present.transactions) {
    const place = evidence.order.get(id);
    if (!place) continue;
    if (before && place.first < before.last) {
      yield { invariant: 'I6', detail: `${story.connection} saw ${kind} ${id} before the end of ${before.id}` };
    }
    before = { id, last: place.last };
  }
}

function effectsOf(evidence: Evidence, story: Story): Effect[] {
  const ids = new Set(story.transactionIds);
  const { appointments = [] } = evidence.effects.get(story.connection) ?? {};
  return appointments.filter(({ transactionId }) => transactionId !== null && ids.has(transactionId));
}
