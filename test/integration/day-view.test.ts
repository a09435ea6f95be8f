import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { listDriftDays } from '../../src/queries/drift-days.ts';
import { seeDay, type ProviderDay } from '../../src/reconcile/see-day.ts';
import { DriftBench, type Hospital, type HubSlotRow } from '../support/drift-bench.ts';
import { driftingHis, type DriftingHis } from '../support/drifting-his.ts';
import { thrown } from '../support/thrown.ts';

let bench: DriftBench;
let his: DriftingHis;
let hospital: Hospital;
let slots: readonly HubSlotRow[];
let providerId: string;
let date: string;

beforeAll(async () => {
  bench = await DriftBench.open();
  his = driftingHis('UTC', 2, 2);
  hospital = await bench.hospital(his, { drift: { 'ghost-slot': 'ask', 'cancelled-outside': 'ask' } });
  await hospital.synchronise();
  slots = (await hospital.slots()).filter(({ provider }) => provider === 'P-0');
  const { rows } = await hospital.parts.db.query<{ id: string }>('select provider_id as id from slot where id = $1', [
    nth(0).id,
  ]);
  providerId = rows[0]?.id ?? '';
  date = new Date(nth(0).start_at).toISOString().slice(0, 10);
});
afterAll(() => bench.close());

function nth(index: number): HubSlotRow {
  const slot = slots[index];
  if (!slot) throw new Error('too few slots');
  return slot;
}

const see = (): Promise<ProviderDay> => seeDay(hospital.parts, hospital.clinic, providerId, date);

/** [time, hub, his, difference] of each row that is not free on both sides. */
const told = ({ rows }: ProviderDay): unknown[] =>
  rows
    .filter((row) => row.hub?.status !== 'free' || row.his?.status !== 'free')
    .map((row) => [row.start.slice(11, 16), row.hub?.status ?? null, row.his?.status ?? null, row.difference]);

/** What the hub has done by now is older than what it reads next. */
async function past(): Promise<void> {
  await hospital.parts.db.query(`update slot set as_of = as_of - interval '1 minute'`);
  await hospital.parts.db.query(`update appointment set updated_at = updated_at - interval '1 minute'`);
}

test('sides that agree are one row each, of this provider and day only, and nothing is marked', async () => {
  const day = await see();
  expect(day).toMatchObject({ date, timeZone: 'UTC', hisErrorCode: null, showsFreeTimes: true });
  expect(day.rows).toHaveLength(16);
  expect(told(day)).toEqual([]);
});

test('what differs is marked as a reconciliation names it, and nothing is written down by looking', async () => {
  const ids = [await hospital.book(his, nth(0)), await hospital.book(his, nth(1)), await hospital.book(his, nth(2))];
  const keys = [...his.appointments.keys()];
  const change = (index: number, what: object): void => {
    const [key, seen] = [...his.appointments][index] ?? [];
    if (key !== undefined && seen) his.appointments.set(key, { ...seen, ...what });
  };
  change(1, { status: 'cancelled' });
  const moved = new Date(Date.parse(nth(10).start_at)).toISOString();
  change(2, {
    start: moved,
    end: new Date(Date.parse(moved) + 1_800_000).toISOString(),
    slotExternalId: nth(10).external_id,
  });
  his.slots.delete(nth(5).external_id);
  his.appointments.set('theirs', {
    externalId: 'theirs',
    status: 'booked',
    start: new Date(Date.parse(nth(7).start_at)).toISOString(),
    providerExternalId: 'P-0',
    slotExternalId: nth(7).external_id,
    patientExternalId: `Q-${randomUUID()}`,
  });
  await past();
  const day = await see();
  expect(told(day)).toEqual([
    ['08:00', 'booked', 'booked', null],
    ['08:30', 'booked', 'cancelled', 'cancelled-outside'],
    ['09:00', 'booked', 'free', 'moved-outside'],
    ['10:30', 'free', null, 'ghost-slot'],
    ['11:30', 'free', 'booked', 'booked-outside'],
    ['13:00', 'free', 'booked', 'moved-outside'],
  ]);
  expect(day.rows.find(({ start }) => start.slice(11, 16) === '13:00')?.his?.externalId).toBe(keys[2]);
  expect(day.rows[0]?.hub?.appointmentId).toBe(ids[0]);
  expect(await hospital.drift()).toEqual([]);
});

test('a difference that waits for a person is named with its row, and counted for its provider and day', async () => {
  await hospital.reconcile();
  const open = await hospital.drift(`state = 'open'`);
  expect(open.length).toBeGreaterThan(0);
  const marked = (await see()).rows.filter(({ driftId }) => driftId !== null);
  expect(open.map(({ id }) => id)).toEqual(expect.arrayContaining(marked.map(({ driftId }) => driftId)));
  expect(marked.map(({ difference }) => difference)).toContain('cancelled-outside');
  const caller = { organizationId: hospital.clinic.organizationId, clientId: 'test', role: 'support' } as const;
  const [day, ...others] = await listDriftDays(hospital.parts.db, caller, {});
  expect(others).toEqual([]);
  expect(day).toMatchObject({ providerId, providerName: 'Grace Provider 0', day: date, open: open.length });
  const stranger = { ...caller, organizationId: randomUUID() };
  expect(await listDriftDays(hospital.parts.db, stranger, {})).toEqual([]);
});

test('of a hospital that cannot be read nothing is claimed: its side is unknown, with why', async () => {
  his.isAway = true;
  const day = await see();
  his.isAway = false;
  expect(day).toMatchObject({ hisAsOf: null, hisErrorCode: expect.stringMatching(/^[a-z-]+$/) });
  expect(day.rows.every((row) => row.his === null)).toBe(true);
});

test('the provider of another organization is nobody', async () => {
  const refused = await thrown(seeDay(hospital.parts, { organizationId: randomUUID() }, providerId, date));
  expect(refused).toMatchObject({ code: 'not-found' });
});

test('of a hospital that shows what is free, and not what is booked, the free times are shown, and no appointment is missed', async () => {
  his.hidesAppointments = true;
  const day = await see();
  his.hidesAppointments = false;
  expect(day).toMatchObject({
    hisAsOf: expect.any(String),
    hisErrorCode: expect.any(String),
    showsAllAppointments: false,
  });
  expect(day.rows.filter((row) => row.his?.status === 'free').length).toBeGreaterThan(5);
  expect(day.rows.map(({ difference }) => difference)).not.toContain('unknown-to-his');
});
