/** Injected differences of known cause: hundreds of edits, and every cause there is. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FoundSlot, Notice } from '#adapter-kit';
import { nextClockChanges } from '../support/clock-changes.ts';
import { DriftBench, type DriftRow, type Hospital, type HubSlotRow } from '../support/drift-bench.ts';
import { driftingHis, slotOf, type DriftingHis } from '../support/drifting-his.ts';

/** Of each of five ways to differ. `TESSERA_EDITS=200` makes it a thousand, in a minute or so. */
const EDITS = Number(process.env['TESSERA_EDITS'] ?? 45);
/** Slots of one provider that are not neighbours, in a day. */
const A_DAY = 16 / 3;
const HOUR_MS = 3_600_000;
let bench: DriftBench;

beforeAll(async () => {
  bench = await DriftBench.open();
});
afterAll(() => bench.close());

interface Injected {
  readonly cause: string;
  readonly kind: string;
  /** How the difference is found again: the HIS's key. */
  readonly key: string;
  /** The event that should have told it. */
  readonly notice: Notice;
  /** The slot that is free no more. */
  readonly slot?: FoundSlot | undefined;
}

const told = (slot: HubSlotRow | { external_id: string; start_at: string; provider: string }) => ({
  providerExternalId: slot.provider,
  start: slot.start_at,
  end: new Date(Date.parse(slot.start_at) + HOUR_MS / 2).toISOString(),
});

/** Five kinds of edits in turn, each of another slot or appointment. */
async function edit(
  his: DriftingHis,
  slots: HubSlotRow[],
  booked: { id: string; key: string; slot: HubSlotRow }[],
  cause: string,
  nth: number,
): Promise<Injected> {
  const at = new Date().toISOString();
  const slot = slots.pop();
  if (!slot) throw new Error('the hospital is too small');
  const kinds = ['ghost-slot', 'booked-outside', 'missing-slot', 'cancelled-outside', 'moved-outside'];
  const kind = kinds[nth % kinds.length] ?? '';
  switch (kind) {
    case 'ghost-slot': {
      const gone = his.slots.get(slot.external_id);
      his.slots.delete(slot.external_id);
      const key = `B-${slot.external_id}`;
      return {
        cause,
        kind,
        key: slot.external_id,
        slot: gone,
        notice: { kind: 'slot', status: 'busy', at, externalId: key, time: told(slot) },
      };
    }
    case 'booked-outside': {
      const key = `X-${slot.external_id}`;
      his.appointments.set(key, {
        externalId: key,
        status: 'booked',
        ...told(slot),
        slotExternalId: slot.external_id,
      });
      return {
        cause,
        kind,
        key,
        slot: his.slots.get(slot.external_id),
        notice: { kind: 'appointment', at, event: 'booked', externalId: key, time: told(slot) },
      };
    }
    case 'missing-slot': {
      // Beside those there are: a quarter past.
      const added = slotOf(slot.provider, Date.parse(slot.start_at) + HOUR_MS / 4);
      his.slots.set(added.externalId, added);
      return { cause, kind, key: added.externalId, notice: { kind: 'slot', status: 'free', at, slot: added } };
    }
    case 'cancelled-outside': {
      const appointment = booked.pop();
      const seen = appointment && his.appointments.get(appointment.key);
      if (!appointment || !seen) throw new Error('too few appointments');
      his.appointments.set(appointment.key, { ...seen, status: 'cancelled' });
      return {
        cause,
        kind,
        key: appointment.key,
        notice: {
          kind: 'appointment',
          at,
          event: 'cancelled',
          externalId: appointment.key,
          time: told(appointment.slot),
        },
      };
    }
    default: {
      const appointment = booked.pop();
      const seen = appointment && his.appointments.get(appointment.key);
      if (!appointment || !seen) throw new Error('too few appointments');
      his.appointments.set(appointment.key, { ...seen, ...told(slot), slotExternalId: slot.external_id });
      return {
        cause,
        kind: 'moved-outside',
        key: appointment.key,
        notice: { kind: 'appointment', at, event: 'moved', externalId: appointment.key, time: told(slot) },
      };
    }
  }
}

/** Free slots that are not neighbours, so that no edit hides another; and appointments of the hub. */
async function material(hospital: Hospital, his: DriftingHis, appointments: number) {
  const all = await hospital.slots();
  const slots = all.filter((_, index) => index % 3 === 0);
  const booked: { id: string; key: string; slot: HubSlotRow }[] = [];
  for (const slot of all.filter((_, index) => index % 3 === 1).slice(0, appointments)) {
    const id = await hospital.book(his, slot);
    const key = [...his.appointments.keys()].at(-1) ?? '';
    booked.push({ id, key, slot });
  }
  return { slots, booked };
}

const labels = (rows: readonly DriftRow[], injected: readonly Injected[]) =>
  injected.map(({ kind, cause, key }) => {
    const found = rows.filter((row) => row.external_id === key);
    return {
      wanted: `${kind} by ${cause}`,
      got: [...new Set(found.map((row) => `${row.kind} by ${row.cause}`))].join(' and '),
    };
  });

const rightOnes = (all: readonly { wanted: string; got: string }[]): number =>
  all.filter(({ wanted, got }) => wanted === got).length;

/** Enough for so many edits, and some to spare. */
const providersFor = (edits: number, days: number): number => 2 + Math.ceil(edits / (days * A_DAY));

test('of hundreds of edits with six causes at least 95 % are labelled with their cause', async () => {
  const all: { wanted: string; got: string }[] = [];

  // Nobody tells: every edit is one at the HIS.
  const quiet = driftingHis('UTC', providersFor(EDITS, 10), 10);
  const alone = await bench.hospital(quiet);
  await alone.synchronise();
  const first = await material(alone, quiet, EDITS);
  await settled(alone);
  const edits: Injected[] = [];
  for (let nth = 0; nth < EDITS; nth += 1) edits.push(await edit(quiet, first.slots, first.booked, 'edit-at-his', nth));
  all.push(...labels(await alone.reconcile(), edits));

  // A feed that tells, some of it never, some of it late; and slots of a provider whom nobody lists.
  const talking = driftingHis('UTC', providersFor(3 * EDITS, 12), 12);
  const feed = await bench.hospital(talking, {}, true);
  await feed.synchronise();
  const second = await material(feed, talking, 3 * EDITS);
  await settled(feed);
  const heard = second.slots.pop();
  if (!heard) throw new Error('the hospital is too small');
  const now = new Date().toISOString();
  await feed.tell(
    { kind: 'slot', status: 'busy', at: now, externalId: 'block-1', time: told(heard) },
    { kind: 'appointment', at: now, event: 'booked', externalId: 'someone', time: told(heard) },
  );
  talking.slots.delete(heard.external_id);
  const missed: Injected[] = [];
  const late: Injected[] = [];
  const unordered: Injected[] = [];
  for (let nth = 0; nth < EDITS; nth += 1) {
    missed.push(await edit(talking, second.slots, second.booked, 'missed-event', nth));
    late.push(await edit(talking, second.slots, second.booked, 'late-event', nth));
    unordered.push(await edit(talking, second.slots, second.booked, 'late-event', nth));
  }
  // The sender's clock was put back: what it told before seems newer, so that what it tells now is not applied.
  const ahead = new Date(Date.now() + HOUR_MS).toISOString();
  for (const { notice, slot } of unordered) {
    const before = newer(notice, ahead, slot);
    if (before) await feed.tell(before);
    await feed.tell(notice);
  }
  const unlisted = Array.from({ length: EDITS }, (_, nth) =>
    slotOf('P-unlisted', Date.parse(heard.start_at) + nth * HOUR_MS),
  );
  for (const slot of unlisted) talking.slots.set(slot.externalId, slot);
  await feed.reconcile();
  for (const { notice } of late) await feed.tell(notice);
  await feed.reconcile();
  const rows = await feed.drift();
  all.push(...labels(rows, missed), ...labels(rows, late), ...labels(rows, unordered));
  all.push(
    ...labels(
      rows,
      unlisted.map(({ externalId: key }) => ({
        kind: 'missing-slot',
        cause: 'mapping',
        key,
        notice: missed[0]?.notice as Notice,
      })),
    ),
  );

  const share = rightOnes(all) / all.length;
  const wrong = Map.groupBy(
    all.filter(({ wanted, got }) => wanted !== got),
    ({ wanted, got }) => `${wanted}: ${got || 'nothing'}`,
  );
  const mistakes = [...wrong].map(([what, some]) => `${some.length} ${what}`);
  // Shown when it fails.
  expect({ isEnough: share >= 0.95, mistakes }).toEqual({ isEnough: true, mistakes });
  expect(all).toHaveLength(5 * EDITS);
}, 600_000);

/** Something about the same thing that seems newer, and says the opposite. */
function newer(notice: Notice, at: string, slot: FoundSlot | undefined): Notice | undefined {
  if (slot) return { kind: 'slot', at, status: 'free', slot };
  if (notice.kind === 'appointment') return { ...notice, at, event: 'modified' };
  if (notice.kind === 'slot' && notice.status === 'free')
    return { kind: 'slot', at, status: 'busy', externalId: `Z-${notice.slot.externalId}`, time: notice.slot };
  return undefined;
}

/** What the hub has learnt by now is older than what it reads next. */
async function settled(hospital: Hospital): Promise<void> {
  await hospital.parts.db.query(`update slot set as_of = as_of - interval '1 minute' where connection_id = $1`, [
    hospital.connectionId,
  ]);
  await hospital.parts.db.query(
    `update appointment set updated_at = updated_at - interval '1 minute' where connection_id = $1`,
    [hospital.connectionId],
  );
}

test.each([60, -60, 120, 330, -480, 45])(
  'a feed that is off by %d minutes is one difference, and nothing of it is taken over',
  async (byMinutes) => {
    const his = driftingHis('Asia/Kolkata', 3, 6);
    const hospital = await bench.hospital(his);
    await hospital.synchronise();
    const slots = await hospital.slots();
    await settled(hospital);
    his.shiftOf = () => byMinutes * 60_000;
    const [only, ...others] = await hospital.reconcile();
    expect(others).toEqual([]);
    expect(only).toMatchObject({ kind: 'moved-outside', cause: 'zone-shift', state: 'open', details: { byMinutes } });
    expect(await hospital.slots()).toEqual(slots);
    expect(slots).toHaveLength(his.slots.size);
    // Mended by whoever runs the HIS: the difference is over by itself.
    his.shiftOf = () => 0;
    await hospital.reconcile();
    expect(await hospital.drift('state = $2', 'open')).toEqual([]);
  },
);

test.each(
  ['America/New_York', 'Europe/Berlin', 'Australia/Sydney'].flatMap((zone) =>
    nextClockChanges(zone).map((change) => ({ zone, ...change })),
  ),
)(
  'what is off from the change of clocks of $zone on $day is known as that',
  async ({ zone, atMs: stepMs, byMinutes }) => {
    const his = driftingHis(zone, 2, 6, stepMs - 4 * 86_400_000);
    const hospital = await bench.hospital(his, {
      poll: { bands: [{ untilDays: 400, everyMs: 60_000 }], pageDays: 400 },
    });
    await hospital.synchronise();
    await settled(hospital);
    his.shiftOf = (ms) => (ms >= stepMs ? byMinutes * 60_000 : 0);
    const [only, ...others] = await hospital.reconcile();
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      kind: 'moved-outside',
      cause: 'dst-shift',
      details: { byMinutes, step: new Date(stepMs).toISOString() },
    });
  },
);
