import { expect, test } from '@jest/globals';
import { timeSteps } from '../../../src/reconcile/time-steps.ts';

const [BEGIN, END] = [Date.parse('2027-01-01T00:00:00Z'), Date.parse('2028-01-01T00:00:00Z')];

/** Source: the tz database, 2026. */
test.each<[zone: string, ...steps: [at: string, byMinutes: number][]]>([
  ['America/New_York', ['2027-03-14T07:00:00.000Z', 60], ['2027-11-07T06:00:00.000Z', -60]],
  ['Europe/Berlin', ['2027-03-28T01:00:00.000Z', 60], ['2027-10-31T01:00:00.000Z', -60]],
  ['Australia/Sydney', ['2027-04-03T16:00:00.000Z', -60], ['2027-10-02T16:00:00.000Z', 60]],
  ['Australia/Lord_Howe', ['2027-04-03T15:00:00.000Z', -30], ['2027-10-02T15:30:00.000Z', 30]],
  ['Asia/Kolkata'],
  ['UTC'],
])('the clocks of %s are changed when its people change them', (zone, ...steps) => {
  const found = timeSteps(zone, BEGIN, END).map(({ atMs, byMinutes }) => [new Date(atMs).toISOString(), byMinutes]);
  expect(found).toEqual(steps);
});

test('a change belongs to what begins with it, and not to what ends there', () => {
  const at = Date.parse('2027-03-14T07:00:00Z');
  expect(timeSteps('America/New_York', at, at + 1)).toEqual([{ atMs: at, byMinutes: 60 }]);
  expect(timeSteps('America/New_York', at - 86_400_000, at)).toEqual([]);
});
