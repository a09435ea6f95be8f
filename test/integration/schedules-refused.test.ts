import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { updateSchedule } from '../../src/commands/schedules.ts';
import type { Schedule, ScheduleRule } from '../../src/domain/index.ts';
import { readSchedule } from '../../src/queries/schedules.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
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
describe('a schedule is refused', () => {
  test.each<[string, (clinic: Clinic) => [Partial<ScheduleRule>[], string]]>([
    ['when a rule ends before it begins', () => [[{ start: '11:00', end: '09:00' }], '/rules/0/end']],
    [
      'when no slot fits',
      () => [[{}, { rrule: 'FREQ=WEEKLY;BYDAY=SU', start: '12:00', end: '12:20' }], '/rules/1/slotMinutes'],
    ],
    ['when the recurrence is none', () => [[{ rrule: 'FREQ=SOMETIMES' }], '/rules/0/rrule']],
    ['when the location is unknown', () => [[{ locationId: randomUUID() }], '/rules/0/locationId']],
    ['when the location is no id', () => [[{ locationId: 'nonsense' }], '/rules/0/locationId']],
    ['when rules overlap', () => [[{}, { rrule: 'FREQ=WEEKLY;BYDAY=WE', start: '10:30', end: '12:00' }], '/rules/1']],
    [
      'when it gives more seats than anybody can sit on',
      () => [[{ start: '00:00', end: '23:59', slotMinutes: 5, capacity: 50 }], '/rules'],
    ],
  ])('%s', async (_, wrong) => {
    const [rules, pointer] = wrong(clinic);
    const error = await thrown(put(rules.map(rule)));
    expect([error.code, error.errors.map((each) => each.pointer)]).toEqual(['validation', [pointer]]);
    expect((await readSchedule(database.db, clinic.caller(), clinic.providerId)).schedule.rules).toEqual([]);
  });

  test('when rules overlap only across time zones', async () => {
    const berlin = await clinic.addLocation('Europe/Berlin');
    await put([rule(), rule({ locationId: berlin, start: '06:00', end: '08:00' })]);
    const error = await thrown(put([rule(), rule({ locationId: berlin, start: '11:15', end: '11:45' })]));
    expect(error.errors.map((each) => each.pointer)).toEqual(['/rules/1']);
  });

  test('when an exception ends before it begins', async () => {
    const error = await thrown(put([rule()], [{ from: iso(2), to: iso(1), reason: '' }]));
    expect(error.errors.map((each) => each.pointer)).toEqual(['/exceptions/0/to']);
  });

  test('when somebody has changed it meanwhile', async () => {
    await put([rule()], [], 1);
    expect((await thrown(put([], [], 1))).code).toBe('stale-version');
    expect((await readSchedule(database.db, clinic.caller(), clinic.providerId)).schedule.rules).toEqual([rule()]);
  });

  test('when it is a colleague’s, a HIS’s, or another organization’s', async () => {
    const connectionId = await clinic.addConnection('his');
    const locationId = await clinic.addLocation('UTC', connectionId);
    const theirs = await clinic.addProvider({ connectionId, locationId });
    const empty = { rules: [], exceptions: [] };
    const colleague = clinic.caller('provider', { providerId: theirs });
    const own = clinic.caller('provider', { providerId: clinic.providerId });
    const stranger = (await createClinic(database.db)).caller('admin');
    expect((await thrown(updateSchedule(database.db, clinic.caller('admin'), theirs, empty))).code).toBe(
      'managed-by-his',
    );
    expect((await thrown(readSchedule(database.db, clinic.caller('admin'), theirs))).code).toBe('managed-by-his');
    expect((await thrown(updateSchedule(database.db, colleague, clinic.providerId, empty))).code).toBe('forbidden');
    expect((await thrown(updateSchedule(database.db, stranger, clinic.providerId, empty))).code).toBe('not-found');
    expect((await thrown(readSchedule(database.db, stranger, clinic.providerId))).code).toBe('not-found');
    expect((await thrown(readSchedule(database.db, stranger, 'nonsense'))).code).toBe('not-found');
    await updateSchedule(database.db, own, clinic.providerId, { rules: [rule()], exceptions: [] });
    expect((await readSchedule(database.db, own, clinic.providerId)).schedule.rules).toEqual([rule()]);
  });
});
