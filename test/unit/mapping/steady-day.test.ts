import { expect, test } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { instantOf } from '../../../src/mapping/instant.ts';

/** By the hour, by half an hour, at midnight forwards and backwards, twice a year around Ramadan, a day left out, never. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Havana',
  'Africa/Cairo',
  'America/Sao_Paulo',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
];
const REFUSE = { gap: 'refuse', overlap: 'refuse' } as const;

test('what a clock shows is the instant that the calendar says, half an hour by half an hour around every change of it', () => {
  const wrong: string[] = [];
  let changes = 0;
  for (const zone of ZONES) {
    for (const wall of aroundChanges(zone)) {
      const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
      const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
      const isOnce = earlier.equals(later);
      if (!isOnce) changes += 1;
      const expected = isOnce ? earlier.epochMilliseconds : earlier.toPlainDateTime().equals(wall) ? 'overlap' : 'gap';
      const found = instantOf(wall, zone, REFUSE);
      if (found !== expected) wrong.push(`${wall.toString()} in ${zone}: ${found}, not ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(changes).toBeGreaterThan(50);
});

function* aroundChanges(zone: string): Generator<Temporal.PlainDateTime> {
  for (const year of [2011, 2018, 2026]) {
    let at = Temporal.PlainDateTime.from({ year, month: 1, day: 1 });
    let offset = at.toZonedDateTime(zone).offset;
    for (let day = 0; day < 365; day += 1) {
      const next = at.add({ days: 1 });
      const after = next.toZonedDateTime(zone).offset;
      if (after !== offset) for (let half = -48; half < 96; half += 1) yield at.add({ minutes: half * 30 });
      at = next;
      offset = after;
    }
  }
}
