import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ScheduleRule } from '../../src/domain/index.ts';
import { slotsOf, withoutExceptions, type Interval } from '../../src/commands/schedule-intervals.ts';

const rule = (more: Partial<ScheduleRule> = {}): ScheduleRule => ({
  rrule: 'FREQ=DAILY',
  start: '09:00',
  end: '10:00',
  slotMinutes: 30,
  mode: 'in-person',
  capacity: 1,
  locationId: 'here',
  ...more,
});

const within = (from: string, to: string): Interval => ({ start: Date.parse(from), end: Date.parse(to) });
const starts = (slots: readonly Interval[]): string[] => slots.map(({ start }) => new Date(start).toISOString());

describe('slots of a rule', () => {
  test('keep their wall time when New York puts its clocks forward and back', () => {
    const weekly = rule({ rrule: 'FREQ=WEEKLY;BYDAY=SA,SU,MO', end: '09:30' });
    expect(starts(slotsOf(weekly, 'America/New_York', within('2027-03-13T00:00:00Z', '2027-03-16T00:00:00Z')))).toEqual(
      ['2027-03-13T14:00:00.000Z', '2027-03-14T13:00:00.000Z', '2027-03-15T13:00:00.000Z'],
    );
    expect(starts(slotsOf(weekly, 'America/New_York', within('2027-11-06T00:00:00Z', '2027-11-09T00:00:00Z')))).toEqual(
      ['2027-11-06T13:00:00.000Z', '2027-11-07T14:00:00.000Z', '2027-11-08T14:00:00.000Z'],
    );
  });

  test('keep their wall time when Berlin puts its clocks forward and back', () => {
    const daily = rule({ end: '09:30' });
    expect(starts(slotsOf(daily, 'Europe/Berlin', within('2027-03-27T00:00:00Z', '2027-03-29T00:00:00Z')))).toEqual([
      '2027-03-27T08:00:00.000Z',
      '2027-03-28T07:00:00.000Z',
    ]);
    expect(starts(slotsOf(daily, 'Europe/Berlin', within('2027-10-30T00:00:00Z', '2027-11-01T00:00:00Z')))).toEqual([
      '2027-10-30T07:00:00.000Z',
      '2027-10-31T08:00:00.000Z',
    ]);
  });

  test('that fall into the hour that a night skips are left out, and the others stay', () => {
    const night = rule({ start: '01:00', end: '04:00' });
    // 14 March 2027, New York: 02:00 to 03:00 does not exist.
    expect(starts(slotsOf(night, 'America/New_York', within('2027-03-14T05:00:00Z', '2027-03-15T04:00:00Z')))).toEqual([
      '2027-03-14T06:00:00.000Z',
      '2027-03-14T06:30:00.000Z',
      '2027-03-14T07:00:00.000Z',
      '2027-03-14T07:30:00.000Z',
    ]);
  });

  test('are offered on a day whose first minute does not exist', () => {
    const night = rule({ start: '02:30', end: '04:00' });
    expect(starts(slotsOf(night, 'Europe/Berlin', within('2027-03-28T00:00:00Z', '2027-03-29T00:00:00Z')))).toEqual([
      '2027-03-28T01:00:00.000Z',
      '2027-03-28T01:30:00.000Z',
    ]);
  });

  test('that only partly fall into a skipped hour are left out too', () => {
    const night = rule({ start: '01:45', end: '03:45', slotMinutes: 40 });
    // 01:45 to 02:25, 02:25 to 03:05 touch the gap; 03:05 to 03:45 does not.
    expect(starts(slotsOf(night, 'Europe/Berlin', within('2027-03-28T00:00:00Z', '2027-03-28T22:00:00Z')))).toEqual([
      '2027-03-28T01:05:00.000Z',
    ]);
  });

  test('in the hour that a night repeats are offered once, the first time', () => {
    const night = rule({ start: '01:00', end: '03:00' });
    // 7 November 2027, New York: 01:00 to 02:00 happens twice, first at 05:00Z.
    expect(starts(slotsOf(night, 'America/New_York', within('2027-11-07T04:00:00Z', '2027-11-08T05:00:00Z')))).toEqual([
      '2027-11-07T05:00:00.000Z',
      '2027-11-07T05:30:00.000Z',
      '2027-11-07T07:00:00.000Z',
      '2027-11-07T07:30:00.000Z',
    ]);
  });

  test('end with the day on which the rule ends', () => {
    const until = rule({ rrule: 'FREQ=DAILY;UNTIL=20270602', end: '09:30' });
    expect(starts(slotsOf(until, 'UTC', within('2027-06-01T00:00:00Z', '2027-06-05T00:00:00Z')))).toEqual([
      '2027-06-01T09:00:00.000Z',
      '2027-06-02T09:00:00.000Z',
    ]);
  });

  test('that an exception touches are not offered', () => {
    const slots = slotsOf(rule(), 'UTC', within('2027-06-01T00:00:00Z', '2027-06-02T00:00:00Z'));
    const exception = { from: '2027-06-01T09:29:00Z', to: '2027-06-01T09:30:00Z', reason: 'meeting' };
    expect(starts(withoutExceptions(slots, [exception]))).toEqual(['2027-06-01T09:30:00.000Z']);
  });

  test('never overlap, always last as long as the rule says, and begin at a wall time of the rule, in any zone on any day', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'America/New_York',
          'Europe/Berlin',
          'Australia/Lord_Howe',
          'Asia/Kolkata',
          'America/St_Johns',
          'Africa/Casablanca',
        ),
        fc.integer({ min: 0, max: 1200 }),
        fc.integer({ min: 30, max: 239 }),
        fc.integer({ min: 5, max: 120 }),
        fc.integer({ min: 0, max: 364 }),
        (zone, from, length, slotMinutes, day) => {
          const hhmm = (minutes: number): string =>
            `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
          const start = Date.parse('2027-01-01T00:00:00Z') + day * 86_400_000;
          const daily = rule({ start: hhmm(from), end: hhmm(from + length), slotMinutes });
          const slots = slotsOf(daily, zone, { start, end: start + 3 * 86_400_000 });
          for (const [index, slot] of slots.entries()) {
            expect(slot.end - slot.start).toBe(slotMinutes * 60_000);
            const next = slots[index + 1];
            if (next) expect(next.start).toBeGreaterThanOrEqual(slot.end);
            const wall = new Intl.DateTimeFormat('en-GB', {
              timeZone: zone,
              hour: '2-digit',
              minute: '2-digit',
              hourCycle: 'h23',
            }).format(slot.start);
            const minutes = Number(wall.slice(0, 2)) * 60 + Number(wall.slice(3)) - from;
            expect(minutes % slotMinutes).toBe(0);
            expect(minutes).toBeLessThanOrEqual(length - slotMinutes);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
