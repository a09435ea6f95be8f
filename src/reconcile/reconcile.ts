/**
 * Compares a whole HIS with the model: every difference is written down with its kind and its probable cause, and settled by the
 * policy of the connection. Reads only: nothing is sent to the HIS, whatever is found.
 */
import type { Connection } from '../connections/connection.ts';
import type { BlindIndex } from '../ledger/blind-index.ts';
import { tellChangedSlots } from '../connections/mirror-slots.ts';
import type { Sql } from '../db/database.ts';
import { DRIFT_KINDS, pollPlan, type DriftKind } from '../domain/index.ts';
import { keepDrift, markSettled, relabelLate, settleVanished } from '../ledger/drift.ts';
import { bandsDone, keepBands, wholeWindow, type PollLease } from '../ledger/poll.ts';
import { endReconciliation, type Run } from '../ledger/reconciliation-run.ts';
import type { Queue } from '../db/queue.ts';
import { changedProviders, providersAsTheyAre } from './changed-providers.ts';
import { compareAppointments, type Difference } from './compare-appointments.ts';
import { compareSlots, type SlotDifferences } from './compare-slots.ts';
import { withCauses, type Suspect } from './find-causes.ts';
import { findShift, type Shift } from './find-shift.ts';
import { withFreeTimes } from './free-times.ts';
import { writing } from './hold-lease.ts';
import { lookUpFirst } from './look-up-first.ts';
import { readDirectory, readSlots, type Window } from './read-his.ts';
import { seeAppointments, type SeeingParts, type SeenAppointments } from './see-appointments.ts';
import { followHis } from './settle-drift.ts';
import { databaseNow, pagesOf } from './synchronise.ts';
import { followSlots, leftOutMore, shiftDrift, type SlotReading } from './write-slots.ts';

export interface ReconcileParts extends SeeingParts {
  readonly queue: Queue;
}

export type Counts = Readonly<Record<string, number>>;

const SLOT_KINDS: ReadonlySet<DriftKind> = new Set(['ghost-slot', 'missing-slot', 'booked-outside']);

/** Throws NotRead when the HIS cannot be read: then nothing is said about what is there. */
export async function reconcile(
  parts: ReconcileParts,
  lease: PollLease,
  run: Run,
  connection: Connection,
): Promise<Counts> {
  const { db } = parts;
  const { row } = connection;
  const plan = pollPlan(row.policy);
  const readsSlots = connection.connector.findSlots !== undefined;
  const begunAt = await databaseNow(db);
  const window = wholeWindow(plan, begunAt);
  const before = await providersAsTheyAre(db, row.id);
  await readDirectory(parts, connection);
  const reading = readsSlots ? await readAllSlots(parts, connection, window, plan.pageDays, begunAt) : undefined;
  const seen = await seeAppointments(parts, connection, window, plan.pageDays);

  const index = await parts.keys.indexOf(row.organization_id);
  return writing(db, lease, async (tx) => {
    await relabelLate(tx, row.id);
    const found = await differences({ sql: tx, index }, connection, window, reading, seen, begunAt);
    const providers = await changedProviders(tx, row.id, before);
    const drift = [
      ...found.shifts.map(shiftDrift),
      ...(await withCauses(tx, connection, [...found.suspects, ...providers])),
    ];
    const place = { organizationId: run.organizationId, connectionId: row.id, runId: run.id };
    const open = await keepDrift(tx, place, drift);
    await lookUpFirst(tx, parts, row.id, found.pendingHere);
    if (reading && found.slots && !found.slotShift) {
      const incomplete = await leftOutMore(tx, row.id, reading, found.slots);
      await tellChangedSlots(tx, place, await followSlots(tx, place, row.policy, reading, found.slots, incomplete));
    }
    // What followSlots has done in one statement needs nothing more.
    const isWritten = (kind: DriftKind): boolean => SLOT_KINDS.has(kind);
    const followed = open.filter((each) => each.settlement === 'his-wins');
    await markSettled(
      tx,
      followed.filter(({ kind }) => isWritten(kind)),
      'his-wins',
      'policy',
    );
    let settled = followed.filter(({ kind }) => isWritten(kind)).length;
    for (const each of followed.filter(({ kind }) => !isWritten(kind))) {
      if (await followHis(tx, each, 'policy')) settled += 1;
    }
    const left = open.filter((each) => each.settlement === 'hub-wins');
    await markSettled(tx, left, 'hub-wins', 'policy');
    const ended =
      (await settleVanished(tx, row.id, comparedKinds(readsSlots, seen), begunAt)) +
      (readsSlots ? await settleVanished(tx, row.id, ['moved-outside'], begunAt, 'feed/') : 0);
    if (readsSlots) {
      await keepBands(tx, row.id, plan, readsSlots);
      await bandsDone(tx, row.id, plan);
    }
    const counts = {
      slots: reading?.items.length ?? 0,
      appointments: seen.appointments.length,
      found: open.length,
      settled: settled + left.length,
      open: open.length - settled - left.length,
      ended,
      ...countsOf(drift.map((each) => each.kind)),
    };
    await endReconciliation(tx, run, { counts });
    return counts;
  });
}

async function readAllSlots(
  parts: ReconcileParts,
  connection: Connection,
  window: Window,
  pageDays: number,
  begunAt: string,
): Promise<SlotReading> {
  const pages = [];
  for (const page of pagesOf(window, pageDays)) pages.push(await readSlots(parts, connection, page));
  const items = new Map(pages.flatMap((page) => page.items.map((slot) => [slot.externalId, slot])));
  return {
    begunAt,
    items: [...items.values()],
    leftOut: Math.max(0, ...pages.map((page) => page.leftOut)),
    exchanges: pages.reduce((sum, page) => sum + page.exchanges, 0),
  };
}

interface Found {
  readonly suspects: readonly Suspect[];
  readonly shifts: readonly Shift[];
  readonly slotShift: boolean;
  readonly slots: SlotDifferences | undefined;
  readonly pendingHere: Parameters<typeof lookUpFirst>[3];
}

async function differences(
  place: { readonly sql: Sql; readonly index: BlindIndex },
  { row }: Connection,
  window: Window,
  reading: SlotReading | undefined,
  seen: SeenAppointments,
  begunAt: string,
): Promise<Found> {
  const { sql: tx } = place;
  const appointments = await compareAppointments(place, row.id, window, seen, begunAt);
  const span = { fromMs: Date.parse(window.from), toMs: Date.parse(window.to) };
  const slots = reading && (await compareSlots(tx, row.id, window, { begunAt, offered: reading.items }));
  const zones = await zonesOf(tx, row.id);
  const appointmentShift = findShift(appointments.hubStands, appointments.hisStands, span, zones);
  const slotShift = slots?.shift;
  const incomplete =
    slots && reading ? slots.ghosts.length > 0 && (await leftOutMore(tx, row.id, reading, slots)) : false;
  const ofSlots = slots && !slotShift ? slotDifferences(slots, appointments.foreign) : [];
  const ofAppointments = await withFreeTimes(
    tx,
    row.id,
    appointments.differences.filter(({ kind }) => !(appointmentShift && kind === 'moved-outside')),
    reading?.items,
  );
  return {
    suspects: [
      ...ofSlots.map((difference) => ({
        difference,
        isUnreadable: difference.details['unplaced'] === true || (incomplete && difference.kind === 'ghost-slot'),
      })),
      ...ofAppointments.map((difference) => ({ difference, isUnreadable: false })),
    ],
    shifts: [slotShift, appointmentShift].flatMap((each) => each ?? []),
    slotShift: slotShift !== undefined,
    slots,
    pendingHere: appointments.pendingHere,
  };
}

/** Free slots that differ; where a stranger's appointment is at the HIS, they are booked there. */
export function slotDifferences(
  { ghosts, missing, unplaced }: SlotDifferences,
  foreign: SeenAppointments['appointments'],
): Difference[] {
  const booked = new Map(
    foreign.map((each) => [`${each.providerExternalId} ${Date.parse(each.start ?? '')}`, each.externalId]),
  );
  return [
    ...ghosts.map((slot): Difference => {
      const appointmentKey = booked.get(`${slot.providerExternalId} ${slot.startMs}`);
      return {
        kind: appointmentKey === undefined ? 'ghost-slot' : 'booked-outside',
        subject: `slot/${slot.id}`,
        slotId: slot.id,
        externalId: appointmentKey ?? slot.externalId ?? undefined,
        details: {
          start: new Date(slot.startMs).toISOString(),
          end: new Date(slot.endMs).toISOString(),
          providerExternalId: slot.providerExternalId,
        },
      };
    }),
    ...[...missing, ...unplaced.map((found) => ({ found, slot: undefined, unplaced: true }))].map(
      ({ found, slot, ...more }): Difference => ({
        kind: 'missing-slot',
        subject: `at-his/${found.externalId}`,
        slotId: slot?.id,
        externalId: found.externalId,
        details: {
          start: new Date(found.start).toISOString(),
          end: new Date(found.end).toISOString(),
          providerExternalId: found.providerExternalId,
          found,
          ...more,
        },
      }),
    ),
  ];
}

/** Of these every difference that there is was found. */
const comparedKinds = (readsSlots: boolean, { isComplete }: SeenAppointments): DriftKind[] =>
  DRIFT_KINDS.filter((kind) => (SLOT_KINDS.has(kind) ? readsSlots : isComplete));

async function zonesOf(sql: Sql, connectionId: string): Promise<string[]> {
  const found = await sql.query<{ time_zone: string }>(
    'select distinct time_zone from location where connection_id = $1',
    [connectionId],
  );
  return found.rows.map((row) => row.time_zone);
}

const countsOf = (kinds: readonly DriftKind[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]));
