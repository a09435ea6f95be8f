/**
 * Holds at the HIS, where it has them: a slot that a client holds in the hub is reserved there too, as long as the hold lives.
 * The hub's own hold is what the promise rests on; the HIS's keeps other people's hands off the slot meanwhile.
 */
import { newId } from '../db/new-id.ts';
import { AdapterError, type Outcome } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections, OpenConnection } from '../connections/open-connections.ts';
import { elapsedMs, makeCall, thisMoment, type Moment } from '../connections/make-call.ts';
import { TurnRefused } from '../connections/turns.ts';
import type { Database } from '../db/database.ts';
import { repeat, type Log, type Repeated } from '../domain/index.ts';
import { confirmHisHold, forgetHisHold, noteHisHold, takeEndedHisHolds, type HisHold } from '../ledger/his-hold.ts';
import { readWorkSlot } from '../ledger/work-order.ts';
import { whyHeldBack } from './hold-back.ts';

/** Who has noted a hold, or taken one to give it back, is alone with it for so long: much longer than a call takes. */
const LEASE_MS = 30_000;
const DEADLINE_MS = 5_000;
/** From the lease on. Half of it at most is waited for the turn: a call that has no time left would count as a failure of the HIS. */
const WITHIN_MS = {
  /** Somebody waits for it, and it is worth less the longer it takes. */
  hold: 5_000,
  release: 20_000,
};
const RELEASES_AT_ONCE = 50;
const SWEEP_MS = 1_000;

export interface HisHoldParts {
  readonly db: Database;
  readonly connections: Connections;
  readonly log: Log;
}

/** taken: the HIS says that somebody else has it. Anything but a clear no leaves the hub's hold standing. */
export type HoldAnswer = 'held' | 'taken' | 'not-held';

export async function holdAtHis(parts: HisHoldParts, slotId: string, expiresAt: string): Promise<HoldAnswer> {
  const found = await parts.db.query<{ connection_id: string }>('select connection_id from slot where id = $1', [
    slotId,
  ]);
  const [row] = found.rows;
  if (!row) return 'not-held';
  const open = await openedFor(parts, row.connection_id);
  if (!open?.connection.connector.hold || whyHeldBack(open)) return 'not-held';
  const hold = { slotId, connectionId: row.connection_id, transactionId: newId() };
  const since = thisMoment();
  const noted = await noteHisHold(parts.db, hold, expiresAt);
  if (noted !== 'new') return noted === 'taken-over' ? 'held' : 'not-held';
  const outcome = await ask(parts, open.connection, hold, 'hold', since);
  if (outcome.class === 'success') return (await confirmHisHold(parts.db, hold)) ? 'held' : 'not-held';
  // A lost answer may have reserved the slot: the row stays, and the reservation is given back when the hold ends.
  if (outcome.class === 'unknown' || outcome.class === 'uncategorised') return 'not-held';
  await forgetHisHold(parts.db, hold);
  return outcome.class === 'conflict' && outcome.reason === 'slot-taken' ? 'taken' : 'not-held';
}

/** Gives back what has ended. A release that fails is due again after a while. */
export async function releaseEndedHolds(parts: HisHoldParts): Promise<void> {
  const since = thisMoment();
  const ended = await takeEndedHisHolds(parts.db, LEASE_MS, RELEASES_AT_ONCE);
  await Promise.all(
    ended.map(async (hold) => {
      const open = await openedFor(parts, hold.connectionId);
      if (!open) return;
      const outcome = await ask(parts, open.connection, hold, 'release', since);
      // Conflict: it is not reserved any more, somebody has booked it.
      if (['success', 'conflict', 'not-found'].includes(outcome.class)) await forgetHisHold(parts.db, hold);
    }),
  );
}

/** Releases every second, until stopped. */
export const startReleasingHolds = (parts: HisHoldParts): Repeated =>
  repeat(() => releaseEndedHolds(parts), {
    everyMs: SWEEP_MS,
    firstAfterMs: SWEEP_MS,
    onError: (error) => parts.log.warn({ err: error }, 'holds at a HIS were not released; tried again soon'),
  });

function notBegun(error: unknown): Outcome {
  if (!(error instanceof TurnRefused)) throw error;
  return { class: 'transient', reason: error.reason };
}

/** Undefined when its settings cannot be used: a person is told by its check. */
async function openedFor(
  { connections, log }: HisHoldParts,
  connectionId: string,
): Promise<OpenConnection | undefined> {
  try {
    return await connections.get(connectionId);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    log.warn({ connectionId, code: error.reason }, 'a HIS whose settings cannot be used is asked for no slots');
    return undefined;
  }
}

async function ask(
  parts: HisHoldParts,
  connection: Connection,
  hold: HisHold,
  operation: keyof typeof WITHIN_MS,
  since: Moment,
): Promise<Outcome> {
  const slot = await readWorkSlot(parts.db, hold.slotId);
  const { connector, row } = connection;
  if (!slot || !connector.hold) return { class: 'unsupported', reason: 'no-holds' };
  const release = operation === 'release';
  const withinMs = WITHIN_MS[operation];
  const begin = (): Promise<Outcome> =>
    connection.guarded(async () => {
      const made = await makeCall<Outcome>(
        {
          operation,
          connection,
          transactionId: hold.transactionId,
          attempt: 1,
          deadlineMs: Math.min(row.policy.writeDeadlineMs, DEADLINE_MS, withinMs - elapsedMs(since)),
          log: parts.log,
        },
        (call) =>
          connector.hold?.(call, { slot, release }) ?? Promise.resolve({ class: 'unsupported', reason: 'no-holds' }),
        (refusal) => refusal,
      );
      return made.value;
    });
  const waitMs = Math.max(0, withinMs / 2 - elapsedMs(since));
  const outcome = await connection.takeTurn(begin, waitMs).catch(notBegun);
  parts.log.info(
    { connectionId: row.id, transactionId: hold.transactionId, class: outcome.class },
    release ? 'a slot was given back at the HIS' : 'a slot was reserved at the HIS',
  );
  return outcome;
}
