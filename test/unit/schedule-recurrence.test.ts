import { describe, expect, test } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { parseRecurrence } from '../../src/commands/schedule-recurrence.ts';

const days = (rrule: string, from: string, to: string): string[] =>
  parseRecurrence(rrule).days(Temporal.PlainDate.from(from), Temporal.PlainDate.from(to)).map(String);

describe('a recurrence', () => {
  test('gives the weekdays it names', () => {
    expect(days('FREQ=WEEKLY;BYDAY=MO,TU', '2026-12-01', '2026-12-08')).toEqual([
      '2026-12-01',
      '2026-12-07',
      '2026-12-08',
    ]);
  });

  test('of every second week keeps its phase, wherever one begins to look', () => {
    const all = days('FREQ=WEEKLY;INTERVAL=2;BYDAY=WE', '2026-01-01', '2026-12-31');
    expect(all).toHaveLength(26);
    for (const from of ['2026-03-01', '2026-03-08', '2026-07-15']) {
      expect(days('FREQ=WEEKLY;INTERVAL=2;BYDAY=WE', from, '2026-12-31')).toEqual(all.filter((day) => day >= from));
    }
  });

  test('gives the first Monday of each month', () => {
    expect(days('FREQ=MONTHLY;BYDAY=1MO', '2026-11-01', '2027-01-31')).toEqual([
      '2026-11-02',
      '2026-12-07',
      '2027-01-04',
    ]);
  });

  test('until a bare date lasts to the end of that day in the zone asked for', () => {
    const { until } = parseRecurrence('FREQ=DAILY;UNTIL=20261231');
    expect(until('America/New_York')?.toString()).toBe('2027-01-01T04:59:59Z');
    expect(parseRecurrence('FREQ=DAILY').until('UTC')).toBeUndefined();
    expect(parseRecurrence('FREQ=DAILY;UNTIL=20261231T120000Z').until('Asia/Tokyo')?.toString()).toBe(
      '2026-12-31T12:00:00Z',
    );
  });

  test.each([
    ['', /FREQ|expected/],
    ['hello', /expected RFC 5545 parts/],
    ['FREQ=FOO', /FREQ/],
    ['BYDAY=MO', /FREQ is missing/],
    ['FREQ=HOURLY', /FREQ/],
    ['FREQ=WEEKLY', /needs BYDAY/],
    ['FREQ=MONTHLY', /needs BYDAY or BYMONTHDAY/],
    ['FREQ=WEEKLY;BYDAY=XX', /BYDAY/],
    ['FREQ=WEEKLY;BYDAY=1MO', /BYDAY/],
    ['FREQ=DAILY;COUNT=3', /UNTIL/],
    ['FREQ=DAILY;BYHOUR=9', /times come from/],
    ['FREQ=DAILY;BYMONTH=13', /BYMONTH/],
    ['FREQ=MONTHLY;BYMONTHDAY=32', /BYMONTHDAY/],
    ['FREQ=MONTHLY;BYMONTHDAY=', /BYMONTHDAY/],
    ['FREQ=DAILY;INTERVAL=0', /INTERVAL/],
    ['FREQ=DAILY;FREQ=DAILY', /twice/],
    ['FREQ=DAILY;UNTIL=20261340', /UNTIL/],
    ['FREQ=DAILY;FOO=1', /expected RFC 5545 parts/],
  ])('%j is refused, and the reason names the part', (rrule, reason) => {
    expect(() => parseRecurrence(rrule)).toThrow(reason);
  });
});
