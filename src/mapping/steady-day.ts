/** Days on which no clock is changed: all but one or two of a year. What is known of one saves its other times the way through a calendar. */
import { Temporal } from 'temporal-polyfill';
import type { WallTime } from './time-pattern.ts';

const DAY_MS = 86_400_000;
/** A year of several zones; then all is forgotten. */
const DAYS_KNOWN_MAX = 2_000;
const known = new Map<string, Map<number, number | undefined>>();
let daysKnown = 0;

/** What a clock in `zone` is ahead of UTC on the day of `time`, in milliseconds. Undefined when it is changed on that day. `time` is a real one. */
export function steadyOffset({ year, month, day }: WallTime, zone: string): number | undefined {
  // Earlier years are others to Date.UTC, and none that anybody has an appointment in.
  if (year < 1970) return undefined;
  const midnight = Date.UTC(year, month - 1, day);
  const days = daysOf(zone);
  if (days.has(midnight)) return days.get(midnight);
  const offset = offsetOf(midnight, zone);
  days.set(midnight, offset);
  daysKnown += 1;
  return offset;
}

function daysOf(zone: string): Map<number, number | undefined> {
  if (daysKnown >= DAYS_KNOWN_MAX) {
    known.clear();
    daysKnown = 0;
  }
  let days = known.get(zone);
  if (days === undefined) known.set(zone, (days = new Map<number, number | undefined>()));
  return days;
}

/** From midnight to midnight by the clock, both of which it shows once: a change between them would make the day longer or shorter. */
function offsetOf(midnight: number, zone: string): number | undefined {
  const begins = onlyInstantOf(midnight, zone);
  const ends = onlyInstantOf(midnight + DAY_MS, zone);
  return begins !== undefined && ends !== undefined && ends - begins === DAY_MS ? midnight - begins : undefined;
}

function onlyInstantOf(wallMs: number, zone: string): number | undefined {
  const wall = Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO('UTC').toPlainDateTime();
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds;
  return earlier === wall.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds ? earlier : undefined;
}
