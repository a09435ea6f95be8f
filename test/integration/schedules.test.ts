import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { updateLocation } from '../../src/commands/locations.ts';
import { deleteHold } from '../../src/commands/holds.ts';
import { extendSchedules, materialiseSchedule } from '../../src/commands/schedule-materialise.ts';
import { updateSchedule } from '../../src/commands/schedules.ts';
import { createSlot, updateSlot } from '../../src/commands/slots.ts';
import type { Schedule, ScheduleRule, Slot } from '../../src/domain/index.ts';
import { claimSlot, releaseSlot } from '../../src/ledger/slot-claim.ts';
import { readSchedule } from '../../src/queries/schedules.ts';
import { readSlot } from '../../src/queries/slots.ts';
import { slotConflict } from '../../src/queries/slot-conflict.ts';
import { readAvailability } from '../support/read-availability.ts';
import { nextClockChanges } from '../support/clock-changes.ts';
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
  // Without daylight-saving time, so that any 24 hours hold each wall time once; the changes of clocks have tests of their own.
  clinic = await createClinic(database.db, 'UTC');
});
afterAll(() => database.drop());

const DAY = 86_400_000;
const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
const iso = (inDays: number): string => new Date(Date.now() + inDays * DAY).toISOString();
const rule = (more: Partial<ScheduleRule> = {}): ScheduleRule => ({
  rrule: 'FREQ=DAILY',
  start: '09:00',
  end: '11:00',
  slotMinutes: 30,
  mode: 'in-person',
  capacity: 1,
  locationId: clinic.locationId,
  ...more,
});
const put = (rules: ScheduleRule[], exceptions: Schedule['exceptions'] = [], expectedVersion?: number): Promise<void> =>
  updateSchedule(database.db, clinic.caller('admin'), clinic.providerId, { rules, exceptions }, expectedVersion);
const offered = async (fromDay = 1, toDay = 15): Promise<readonly Slot[]> => {
  const slots: Slot[] = [];
  let after: readonly string[] | undefined;
  do {
    const page = await readAvailability(
      database.db,
      clinic.caller(),
      clinic.providerId,
      { from: iso(fromDay), to: iso(toDay) },
      { limit: 200, after },
    );
    slots.push(...page.items);
    after = page.next ?? undefined;
  } while (after);
  return slots;
};
const rows = async (): Promise<readonly { status: string; hub_managed: boolean; seat: number; n: number }[]> =>
  (
    await database.db.query<{ status: string; hub_managed: boolean; seat: number; n: number }>(
      `select status, hub_managed, seat, count(*) as n from slot where provider_id = $1 group by 1, 2, 3 order by 1, 2, 3`,
      [clinic.providerId],
    )
  ).rows;

describe('a schedule', () => {
  test('offers its slots for 90 days, and is read back as it was put', async () => {
    const exceptions = [{ from: '2030-12-24T00:00:00-05:00', to: '2030-12-27T00:00:00-05:00', reason: 'holidays' }];
    await put([rule()], exceptions);
    expect(await readSchedule(database.db, clinic.caller(), clinic.providerId)).toEqual({
      schedule: { rules: [rule()], exceptions },
      version: 2,
    });
    const made = (await rows())[0]?.n;
    expect(made).toBeGreaterThanOrEqual(4 * 89);
    expect(made).toBeLessThanOrEqual(4 * 91);
    for (const slot of await offered()) {
      expect(slot.start.slice(11, 16)).toMatch(/^(?:09:00|09:30|10:00|10:30)$/);
      expect(Date.parse(slot.end) - Date.parse(slot.start)).toBe(30 * 60_000);
    }
    expect(await offered(88, 89)).toHaveLength(4);
  });

  test('keeps its wall times across the change of the clocks, in New York and in Berlin', async () => {
    const nights = ['America/New_York', 'Europe/Berlin'].flatMap((zone) =>
      nextClockChanges(zone).map(({ day, before, after }) => ({
        zone,
        from: `${dayAfter(day, -1)}T00:00:00${before}`,
        to: `${dayAfter(day, 2)}T00:00:00${after}`,
      })),
    );
    for (const { zone, from, to } of nights) {
      const providerId = await clinic.addProvider();
      const locationId = await clinic.addLocation(zone);
      await database.db.query('update provider set schedule = $2 where id = $1', [
        providerId,
        JSON.stringify({ rules: [rule({ locationId, end: '10:00' })], exceptions: [] }),
      ]);
      await database.db.transaction((tx) =>
        materialiseSchedule(tx, providerId, { from: new Date(from), to: new Date(to) }),
      );
      const { items } = await readAvailability(database.db, clinic.caller(), providerId, { from, to });
      expect(items.map((slot) => slot.start.slice(11, 16))).toEqual([
        '09:00',
        '09:30',
        '09:00',
        '09:30',
        '09:00',
        '09:30',
      ]);
      expect(new Set(items.map((slot) => slot.start.slice(19))).size).toBe(2);
    }
  });

  test('put again unchanged leaves every slot as it is', async () => {
    await put([rule({ capacity: 2 })]);
    const before = await offered();
    await put([rule({ capacity: 2 })]);
    expect(await offered()).toEqual(before);
    expect((await rows()).map(({ status }) => status)).toEqual(['free', 'free']);
  });

  test('of capacity three takes three bookings of each slot, and no fourth', async () => {
    await put([rule({ capacity: 3 })]);
    const start = (await offered())[0]?.start;
    const same = async (): Promise<Slot | undefined> => (await offered()).find((slot) => slot.start === start);
    for (let seat = 1; seat <= 3; seat++) {
      const slot = await same();
      await clinic.book(slot?.id ?? '');
    }
    expect(await same()).toBeUndefined();
    // Fewer seats from now on: the three booked ones stay, the free third and second of other times go.
    await put([rule({ capacity: 1 })]);
    const busy = (await rows()).filter((row) => row.status === 'busy');
    expect(busy.map(({ seat, n, hub_managed }) => [seat, n, hub_managed])).toEqual([
      [1, 1, true],
      [2, 1, true],
      [3, 1, true],
    ]);
    expect((await rows()).filter((row) => row.status === 'free').map((row) => row.seat)).toEqual([1]);
  });

  test('that is changed keeps slots that are booked, held or blocked, and offers nothing that overlaps them', async () => {
    await put([rule()]);
    const [booked, held, blocked, gone] = await offered(2, 3);
    if (!booked || !held || !blocked || !gone) throw new Error('four slots a day were expected');
    await clinic.book(booked.id);
    const holder = clinic.caller();
    await holdSlot(database.db, holder, { slotId: held.id });
    await updateSlot(database.db, clinic.caller('admin'), blocked.id, 'blocked');
    await put([rule({ start: '09:15', end: '12:00', slotMinutes: 45, capacity: 2 })]);
    const status = async (slot: Slot): Promise<string> =>
      (await readSlot(database.db, clinic.caller(), slot.id)).status;
    expect(await Promise.all([booked, held, blocked, gone].map(status))).toEqual([
      'busy',
      'free',
      'blocked',
      'blocked',
    ]);
    for (const slot of await offered(1, 5)) {
      for (const other of [booked, held, blocked]) {
        expect(Date.parse(slot.start) >= Date.parse(other.end) || Date.parse(slot.end) <= Date.parse(other.start)).toBe(
          true,
        );
      }
    }
    expect((await offered(4, 5)).map((slot) => slot.start.slice(11, 16)).toSorted()).toEqual([
      '09:15',
      '10:00',
      '10:45',
    ]);
    // The hold is still its holder's.
    const holds = await database.db.query('select client_id from hold where slot_id = $1', [held.id]);
    expect(holds.rows).toEqual([{ client_id: holder.clientId }]);
  });

  test('that is changed takes away slots of cancelled appointments, whose history stays readable', async () => {
    await put([rule()]);
    const [slot] = await offered(2, 3);
    const appointment = await clinic.book(slot?.id ?? '');
    await database.db.query('delete from slot_claim where appointment_id = $1', [appointment]);
    await database.db.query(`update slot set status = 'free' where id = $1`, [slot?.id]);
    await put([]);
    expect(await offered()).toEqual([]);
    const found = await database.db.query(
      'select a.id from appointment a join slot s on s.id = a.slot_id where a.id = $1',
      [appointment],
    );
    expect(found.rowCount).toBe(1);
    await put([rule()]);
    expect(await offered(2, 3)).toHaveLength(4);
    expect((await thrown(updateSlot(database.db, clinic.caller('admin'), slot?.id ?? '', 'free'))).code).toBe(
      'state-conflict',
    );
  });

  test('that is changed leaves alone the slots that were made singly', async () => {
    const start = new Date(Math.ceil(Date.now() / DAY) * DAY + 3 * DAY + 3_600_000);
    const end = new Date(start.getTime() + 3_600_000);
    const input = {
      providerId: clinic.providerId,
      locationId: clinic.locationId,
      start: start.toISOString(),
      end: end.toISOString(),
    };
    const id = await createSlot(database.db, clinic.caller('admin'), input);
    await put([rule()]);
    await put([]);
    expect((await offered()).map((slot) => slot.id)).toEqual([id]);
  });

  test('offers nothing within an exception', async () => {
    await put([rule()], [{ from: iso(2), to: iso(4), reason: 'leave' }]);
    expect(await offered(2, 4)).toEqual([]);
    expect(await offered(5, 6)).toHaveLength(4);
    await put([rule()]);
    expect(await offered(2, 4)).toHaveLength(8);
  });

  describe('that no longer gives a slot that somebody has', () => {
    const leave = (slot: Slot) => [{ from: slot.start, to: slot.end, reason: 'leave' }];
    const first = async (): Promise<Slot> => {
      await put([rule()]);
      const [slot] = await offered(2, 3);
      if (!slot) throw new Error('four slots a day were expected');
      return slot;
    };
    const cancel = (slot: Slot, appointmentId: string): Promise<void> =>
      database.db.transaction((tx) => releaseSlot(tx, slot.id, appointmentId, 'free'));
    const expire = (slot: Slot): Promise<unknown> =>
      database.db.query(
        `with past as (update hold set expires_at = now() - interval '1 second' where slot_id = $1)
         update slot set held_until = now() - interval '1 second' where id = $1`,
        [slot.id],
      );
    const expectGone = async (slot: Slot): Promise<void> => {
      expect((await offered(2, 3)).map(({ start }) => start)).not.toContain(slot.start);
      expect((await readSlot(database.db, clinic.caller(), slot.id)).status).toBe('blocked');
      expect(await holdSlot(database.db, clinic.caller(), { slotId: slot.id })).toBeUndefined();
      const claim = { slotId: slot.id, holdId: null, appointmentId: randomUUID() };
      const { organizationId, clientId } = clinic.caller();
      expect(
        await database.db.transaction((tx) => claimSlot(tx, { ...claim, organizationId, clientId })),
      ).toBeUndefined();
      const { members } = await slotConflict(database.db, clinic.caller(), slot.id);
      expect(members['conflicts']).toEqual([{ kind: 'blocked', slotId: slot.id }]);
    };

    test('does not offer it when the booking is cancelled, but its time when it gives it again', async () => {
      const slot = await first();
      const appointment = await clinic.book(slot.id);
      await put([rule()], leave(slot));
      await cancel(slot, appointment);
      await expectGone(slot);
      await put([rule()]);
      expect((await offered(2, 3)).map(({ start }) => start)).toContain(slot.start);
    });

    test('offers it after all when the leave was called off before the booking was', async () => {
      const slot = await first();
      const appointment = await clinic.book(slot.id);
      await put([rule()], leave(slot));
      await put([rule()]);
      await cancel(slot, appointment);
      expect((await offered(2, 3)).map(({ id }) => id)).toContain(slot.id);
    });

    test.each(['expires', 'is let go'])('does not offer it when the hold %s', async (how) => {
      const slot = await first();
      const holder = clinic.caller();
      const hold = await holdSlot(database.db, holder, { slotId: slot.id });
      await put([rule()], leave(slot));
      if (how === 'expires') await expire(slot);
      else await deleteHold(database.db, holder, hold?.id ?? '');
      await expectGone(slot);
      // The daily run takes it away for good.
      await extendSchedules(database.db);
      await expectGone(slot);
    });

    test('lets the holder book it', async () => {
      const slot = await first();
      const { organizationId, clientId, ...holder } = clinic.caller();
      const hold = await holdSlot(database.db, { organizationId, clientId, ...holder }, { slotId: slot.id });
      await put([rule()], leave(slot));
      const taken = await database.db.transaction(async (tx) => {
        const appointmentId = randomUUID();
        const claim = { organizationId, clientId, slotId: slot.id, holdId: hold?.id ?? null, appointmentId };
        const claimed = await claimSlot(tx, claim);
        // The claim's appointment would follow here; without it the claim must not stay.
        await tx.query('delete from slot_claim where appointment_id = $1', [appointmentId]);
        return claimed;
      });
      expect(taken?.id).toBe(slot.id);
    });

    test('does not let it be put back into service', async () => {
      const slot = await first();
      const admin = clinic.caller('admin');
      await updateSlot(database.db, admin, slot.id, 'blocked');
      await put([rule()], leave(slot));
      expect((await thrown(updateSlot(database.db, admin, slot.id, 'free'))).code).toBe('state-conflict');
      await put([rule()]);
      await updateSlot(database.db, admin, slot.id, 'free');
      expect((await offered(2, 3)).map(({ id }) => id)).toContain(slot.id);
    });
  });

  test('moves with the time zone of its location', async () => {
    await put([rule()]);
    await updateLocation(database.db, clinic.caller('admin'), clinic.locationId, {
      name: 'Moved',
      timeZone: 'Europe/Berlin',
    });
    const slots = await offered();
    expect(slots.length).toBeGreaterThanOrEqual(4 * 13);
    for (const slot of slots) {
      expect(slot.timeZone).toBe('Europe/Berlin');
      expect(slot.start.slice(11, 16)).toMatch(/^(?:09:00|09:30|10:00|10:30)$/);
    }
  });

  test('is carried on by a day every day, for every organization', async () => {
    const other = await createClinic(database.db);
    await put([rule()]);
    await updateSchedule(database.db, other.caller('admin'), other.providerId, {
      rules: [rule({ locationId: other.locationId })],
      exceptions: [],
    });
    const count = async (): Promise<unknown> =>
      (
        await database.db.query('select count(*) as n from slot where provider_id = any($1)', [
          [clinic.providerId, other.providerId],
        ])
      ).rows[0];
    const full = await count();
    // As if the last ten days had never been made.
    await database.db.query('delete from slot where provider_id = any($1) and start_at > $2', [
      [clinic.providerId, other.providerId],
      iso(80),
    ]);
    expect(await count()).not.toEqual(full);
    expect(await extendSchedules(database.db)).toBeGreaterThanOrEqual(2);
    expect(await count()).toEqual(full);
    await extendSchedules(database.db);
    expect(await count()).toEqual(full);
  });

  test('that cannot be carried on does not keep the others from it, and is reported', async () => {
    await put([rule()]);
    const broken = await clinic.addProvider();
    const schedule = { rules: [rule({ locationId: randomUUID() })], exceptions: [] };
    await database.db.query('update provider set schedule = $2 where id = $1', [broken, JSON.stringify(schedule)]);
    await database.db.query('delete from slot where provider_id = $1', [clinic.providerId]);
    await expect(extendSchedules(database.db)).rejects.toThrow(/1 of \d+ schedules were not extended/);
    expect(await offered(80, 81)).toHaveLength(4);
    await database.db.query('delete from provider_location where provider_id = $1', [broken]);
    await database.db.query('delete from provider where id = $1', [broken]);
  });

  test('put by two at once ends as one of the two, whole', async () => {
    await Promise.all([
      put([rule({ slotMinutes: 30 })]),
      put([rule({ slotMinutes: 40 })]),
      put([rule({ slotMinutes: 30 })]),
    ]);
    const { schedule } = await readSchedule(database.db, clinic.caller(), clinic.providerId);
    expect(await offered(3, 4)).toHaveLength(schedule.rules[0]?.slotMinutes === 30 ? 4 : 3);
  });

  test('changed while its slots are being booked never takes a booked slot away', async () => {
    await put([rule()]);
    const slots = (await offered(2, 6)).slice(0, 12);
    const book = async (slot: Slot): Promise<boolean> => {
      const hold = await holdSlot(database.db, clinic.caller(), { slotId: slot.id });
      if (!hold) return false;
      await clinic.book(slot.id);
      return true;
    };
    const [booked] = await Promise.all([Promise.all(slots.map(book)), put([rule({ start: '14:00', end: '16:00' })])]);
    for (const [index, slot] of slots.entries()) {
      const { status } = await readSlot(database.db, clinic.caller(), slot.id);
      expect(status).toBe(booked[index] ? 'busy' : 'blocked');
    }
  });
});
