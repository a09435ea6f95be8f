import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createSlot, updateSlot } from '../../src/commands/slots.ts';
import type { Slot } from '../../src/domain/index.ts';
import { Availability } from '../../src/queries/availability.ts';
import { listSlots, readSlot, type SlotFilter } from '../../src/queries/slots.ts';
import { readAvailability } from '../support/read-availability.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { holdSlot } from '../support/hold-slot.ts';
import { thrown } from '../support/thrown.ts';

let database: TestDatabase;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const iso = (inHours: number): string =>
  new Date(Math.ceil(Date.now() / MINUTE) * MINUTE + inHours * HOUR).toISOString();
const availability = async (filter: object = {}, providerId = clinic.providerId): Promise<readonly Slot[]> =>
  (await readAvailability(database.db, clinic.caller(), providerId, filter)).items;
const ids = (slots: readonly Slot[]): string[] => slots.map((slot) => slot.id);

describe('availability of a provider', () => {
  test('shows a slot with the wall time and the offset of its location, in summer and in winter, west and east', async () => {
    const kolkata = await clinic.addLocation('Asia/Kolkata');
    const newfoundland = await clinic.addLocation('America/St_Johns');
    const year = new Date().getUTCFullYear() + 1;
    const expected = [
      [clinic.locationId, `${year}-01-12T14:00:00Z`, `${year}-01-12T09:00:00-05:00`, `${year}-01-12T09:30:00-05:00`],
      [kolkata, `${year}-01-12T18:15:00Z`, `${year}-01-12T23:45:00+05:30`, `${year}-01-13T00:15:00+05:30`],
      [newfoundland, `${year}-01-12T20:00:00Z`, `${year}-01-12T16:30:00-03:30`, `${year}-01-12T17:00:00-03:30`],
    ] as const;
    for (const [locationId, start] of expected) await clinic.addSlot({ locationId, start });
    const winter = await availability({ from: `${year}-01-12T00:00:00Z`, to: `${year}-01-14T00:00:00Z` });
    expect(winter.map((slot) => [slot.locationId, slot.start, slot.end])).toEqual(
      expected.map(([location, , start, end]) => [location, start, end]),
    );
    const summer = await clinic.addSlot({ start: `${year}-07-12T14:00:00Z` });
    expect(await readSlot(database.db, clinic.caller(), summer)).toEqual({
      id: summer,
      externalId: null,
      providerId: clinic.providerId,
      locationId: clinic.locationId,
      start: `${year}-07-12T10:00:00-04:00`,
      end: `${year}-07-12T10:30:00-04:00`,
      timeZone: 'America/New_York',
      mode: 'in-person',
      status: 'free',
      asOf: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      stale: false,
    });
  });

  test('shows of each slot what the slot by itself shows, whatever its connection, location, mode and name at the HIS', async () => {
    const his = await clinic.addConnection('his');
    const there = await clinic.addLocation('Asia/Kolkata', his);
    const made = [
      await clinic.addSlot({ inHours: 1 }),
      await clinic.addSlot({ inHours: 2, mode: 'telemedicine' }),
      await clinic.addSlot({ inHours: 3, connectionId: his, hubManaged: false, externalId: 'Ünï"1', asOf: iso(-100) }),
      await clinic.addSlot({ inHours: 4, connectionId: his, hubManaged: false, locationId: there, externalId: '2' }),
      await clinic.addSlot({ inHours: 5 }),
    ];
    await database.db.query(`update slot set as_of = as_of + interval '123456 microseconds' where id = any($1)`, [
      made,
    ]);
    const alone = await Promise.all(made.map((id) => readSlot(database.db, clinic.caller(), id)));
    expect(await availability()).toEqual(alone);
    expect(alone.map(({ externalId, mode, stale }) => [externalId, mode, stale])).toEqual([
      [null, 'in-person', false],
      [null, 'telemedicine', false],
      ['Ünï"1', 'in-person', true],
      ['2', 'in-person', false],
      [null, 'in-person', false],
    ]);
  });

  test('a slot that cannot be shown fails whoever asked for it, and nobody who asked at the same time', async () => {
    const nowhere = await clinic.addLocation('Nowhere/At_all');
    const other = await clinic.addProvider();
    await clinic.addSlot({ locationId: nowhere });
    const fine = await clinic.addSlot({ providerId: other });
    const questions = new Availability(database.db);
    const asked = [other, clinic.providerId, other].map((id) =>
      questions.read(clinic.caller(), id, {}, { limit: 9 }, false),
    );
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((await asked[2])?.items.join()).toContain(fine);
  });

  test('is ascending, and holds neither booked nor blocked nor held nor past slots', async () => {
    const later = await clinic.addSlot({ inHours: 5 });
    const sooner = await clinic.addSlot({ inHours: 1 });
    await clinic.book(await clinic.addSlot({ inHours: 2 }));
    await clinic.addSlot({ inHours: 3, status: 'blocked' });
    const held = await clinic.addSlot({ inHours: 4 });
    await holdSlot(database.db, clinic.caller(), { slotId: held });
    await clinic.addSlot({ inHours: -0.25 });
    expect(ids(await availability())).toEqual([sooner, later]);
  });

  test('reaches 14 days ahead unless told otherwise, 31 at most, and by mode', async () => {
    const near = await clinic.addSlot({ inHours: 13 * 24 });
    const far = await clinic.addSlot({ inHours: 30 * 24, mode: 'telemedicine' });
    expect(ids(await availability())).toEqual([near]);
    expect(ids(await availability({ to: iso(31 * 24 - 1) }))).toEqual([near, far]);
    expect(ids(await availability({ to: iso(31 * 24 - 1), mode: 'telemedicine' }))).toEqual([far]);
    for (const window of [{ to: iso(32 * 24) }, { from: iso(48), to: iso(24) }, { to: iso(-1) }]) {
      const error = await thrown(availability(window));
      expect(error.code).toBe('validation');
      expect(error.errors[0]?.pointer).toBe('#/query/to');
    }
  });

  test('of a provider that is unknown, malformed or of another organization is not found', async () => {
    const elsewhere = (await createClinic(database.db)).providerId;
    for (const id of [elsewhere, randomUUID(), 'nonsense']) {
      expect((await thrown(availability({}, id))).code).toBe('not-found');
    }
    expect(await availability()).toEqual([]);
  });

  test('says that a slot is stale when its HIS has not confirmed it for longer than the policy allows', async () => {
    const connectionId = await clinic.addConnection('his', { staleAfterMs: 60_000 });
    const locationId = await clinic.addLocation('Europe/Berlin', connectionId);
    const providerId = await clinic.addProvider({ connectionId, locationId });
    const slot = { connectionId, locationId, providerId, hubManaged: false };
    await clinic.addSlot({ ...slot, inHours: 1, asOf: new Date(Date.now() - 90_000).toISOString(), externalId: 'S1' });
    await clinic.addSlot({ ...slot, inHours: 2, asOf: new Date(Date.now() - 30_000).toISOString(), externalId: 'S2' });
    await clinic.addSlot({ inHours: 3, asOf: '2020-01-01T00:00:00Z' });
    const shown = (await availability({}, providerId)).map(({ externalId, stale }) => ({ externalId, stale }));
    expect(shown).toEqual([
      { externalId: 'S1', stale: true },
      { externalId: 'S2', stale: false },
    ]);
    expect(await availability()).toMatchObject([{ externalId: null, stale: false }]);
  });

  test('shows a slot of three seats once, until the third is booked', async () => {
    const start = iso(3);
    const seats = [
      await clinic.addSlot({ start, seat: 1 }),
      await clinic.addSlot({ start, seat: 2 }),
      await clinic.addSlot({ start, seat: 3 }),
    ];
    for (const seat of seats) {
      expect(ids(await availability())).toEqual([seat]);
      await clinic.book(seat);
    }
    expect(await availability()).toEqual([]);
  });
});

describe('slots across providers', () => {
  const all = async (filter: SlotFilter = {}): Promise<string[]> =>
    ids((await listSlots(database.db, clinic.caller(), filter, { limit: 200 })).items);

  test('are found by specialty, language, insurance, location, provider and mode, whatever the case of letters', async () => {
    const berlin = await clinic.addLocation('Europe/Berlin');
    const providerId = await clinic.addProvider({
      specialties: ['Cardiology'],
      languages: ['de'],
      insurances: ['Blue Cross'],
      locationId: berlin,
    });
    const heart = await clinic.addSlot({ providerId, locationId: berlin, inHours: 5, mode: 'telemedicine' });
    const plain = await clinic.addSlot({ inHours: 4 });
    await (await createClinic(database.db)).addSlot({ inHours: 1 });
    expect(await all()).toEqual([plain, heart]);
    const filters: SlotFilter[] = [
      { specialty: 'cardiology' },
      { language: 'DE' },
      { insurance: 'blue cross' },
      { location: berlin },
      { provider: providerId },
      { mode: 'telemedicine' },
      { specialty: 'cardiology', language: 'de', location: berlin, provider: providerId, mode: 'telemedicine' },
    ];
    for (const filter of filters) expect([filter, await all(filter)]).toEqual([filter, [heart]]);
    for (const filter of [{ specialty: 'cardio' }, { location: 'nonsense' }, { provider: randomUUID() }])
      expect(await all(filter)).toEqual([]);
  });

  test('are paged without loss or repetition, though slots are inserted and booked meanwhile', async () => {
    const other = await clinic.addProvider();
    const slots: string[] = [];
    for (let hour = 1; hour <= 6; hour++) {
      const start = iso(hour);
      const pair = [await clinic.addSlot({ start }), await clinic.addSlot({ start, providerId: other })];
      slots.push(...pair.toSorted());
    }
    const read: string[] = [];
    let after: readonly string[] | undefined;
    do {
      const page = await listSlots(database.db, clinic.caller(), {}, { limit: 5, after });
      read.push(...ids(page.items));
      if (after === undefined) {
        await clinic.addSlot({ inHours: 0.5 });
        await clinic.book(slots[0] ?? '');
      }
      after = page.next ?? undefined;
    } while (after);
    expect(read).toEqual(slots);
  });

  test('refuse a cursor that they did not give out', async () => {
    for (const after of [
      ['nonsense', 'nonsense'],
      ['2027-01-01'],
      ['2027-01-01', randomUUID(), 'more'],
      ['2027-01-01', 'x'],
    ]) {
      const error = await thrown(listSlots(database.db, clinic.caller(), {}, { limit: 5, after }));
      expect([error.code, error.errors[0]?.pointer]).toEqual(['validation', '#/query/cursor']);
    }
  });
});

describe('a single slot', () => {
  const input = (inHours: number, more: object = {}) => ({
    providerId: clinic.providerId,
    locationId: clinic.locationId,
    start: iso(inHours),
    end: iso(inHours + 1),
    ...more,
  });

  test('is made, offered, blocked and freed, and each change is announced', async () => {
    const admin = clinic.caller('admin');
    const id = await createSlot(database.db, admin, input(2, { mode: 'telemedicine' }));
    expect(await availability()).toMatchObject([{ id, mode: 'telemedicine', status: 'free' }]);
    await updateSlot(database.db, admin, id, 'blocked');
    await updateSlot(database.db, admin, id, 'blocked');
    expect(await availability()).toEqual([]);
    expect((await readSlot(database.db, admin, id)).status).toBe('blocked');
    await updateSlot(database.db, admin, id, 'free');
    expect(ids(await availability())).toEqual([id]);
    const events = await database.db.query(
      'select type, data from event where organization_id = $1 order by sequence',
      [clinic.organizationId],
    );
    const changed = (status: string) => ({
      type: 'slot.changed',
      data: { slotId: id, providerId: clinic.providerId, status },
    });
    expect(events.rows).toEqual([changed('free'), changed('blocked'), changed('free')]);
  });

  test('that overlaps others is refused, and they are named', async () => {
    const admin = clinic.caller('admin');
    const first = await createSlot(database.db, admin, input(2));
    const second = await createSlot(database.db, admin, input(3));
    const error = await thrown(createSlot(database.db, admin, input(2.5)));
    expect(error.code).toBe('state-conflict');
    expect(error.members).toEqual({ overlapping: [first, second] });
    await createSlot(database.db, admin, input(4));
  });

  test('wanted 10 times at once is made once', async () => {
    const one = input(2);
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => createSlot(database.db, clinic.caller('admin'), one)),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'state-conflict' });
  });

  test('has to be in the future, end after it begins, and be at a location of the provider’s connection', async () => {
    const other = await clinic.addLocation('UTC', await clinic.addConnection('hub'));
    const wrong: [object, string][] = [
      [{ start: iso(-2) }, '/start'],
      [{ end: iso(1) }, '/end'],
      [{ end: iso(40) }, '/end'],
      [{ locationId: other }, '/locationId'],
      [{ locationId: 'nonsense' }, '/locationId'],
    ];
    for (const [more, pointer] of wrong) {
      const error = await thrown(createSlot(database.db, clinic.caller('admin'), input(2, more)));
      expect([error.code, error.errors.map((each) => each.pointer)]).toEqual(['validation', [pointer]]);
    }
    expect(
      (await thrown(createSlot(database.db, clinic.caller('admin'), input(2, { providerId: 'nonsense' })))).code,
    ).toBe('not-found');
  });

  test('cannot be changed while it is booked or held', async () => {
    const booked = await clinic.addSlot({ inHours: 1 });
    await clinic.book(booked);
    const held = await clinic.addSlot({ inHours: 2 });
    await holdSlot(database.db, clinic.caller(), { slotId: held });
    for (const id of [booked, held]) {
      for (const status of ['blocked', 'free'] as const) {
        expect((await thrown(updateSlot(database.db, clinic.caller('admin'), id, status))).code).toBe('state-conflict');
      }
    }
    expect((await readSlot(database.db, clinic.caller(), booked)).status).toBe('busy');
  });

  test('of a HIS, of another provider, or of another organization is not the caller’s to make or change', async () => {
    const connectionId = await clinic.addConnection('his');
    const locationId = await clinic.addLocation('UTC', connectionId);
    const providerId = await clinic.addProvider({ connectionId, locationId });
    const slot = await clinic.addSlot({ connectionId, locationId, providerId, hubManaged: false });
    const admin = clinic.caller('admin');
    expect((await thrown(createSlot(database.db, admin, input(2, { providerId, locationId })))).code).toBe(
      'managed-by-his',
    );
    expect((await thrown(updateSlot(database.db, admin, slot, 'blocked'))).code).toBe('managed-by-his');
    const own = await clinic.addSlot();
    const colleague = clinic.caller('provider', { providerId });
    expect((await thrown(createSlot(database.db, colleague, input(2)))).code).toBe('forbidden');
    expect((await thrown(updateSlot(database.db, colleague, own, 'blocked'))).code).toBe('forbidden');
    const stranger = (await createClinic(database.db)).caller('admin');
    for (const id of [own, randomUUID(), 'nonsense']) {
      expect((await thrown(updateSlot(database.db, stranger, id, 'blocked'))).code).toBe('not-found');
      expect((await thrown(readSlot(database.db, stranger, id))).code).toBe('not-found');
    }
    expect((await thrown(createSlot(database.db, stranger, input(2)))).code).toBe('not-found');
  });
});
