/** Instants, as milliseconds since the epoch, and what a clock on a wall in some zone says then. */
import { Temporal } from 'temporal-polyfill';
import { steadyOffset } from './steady-day.ts';
import { isReal, type WallTime } from './time-pattern.ts';

const SHAPE = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;
const UTC_SECONDS_LENGTH = '2027-03-08T15:00:00Z'.length;
const LOCAL_LENGTH = UTC_SECONDS_LENGTH - 1;

/** Reads an RFC 3339 time with its offset. What lies below a millisecond is cut off. */
export function parseInstant(text: string): number | 'unzoned' | 'unreadable' {
  const time = wallTimeIn(text);
  if (!time) return 'unreadable';
  const fraction = text.charAt(LOCAL_LENGTH) === '.' ? /\.(\d{1,3})/.exec(text)?.[1] : undefined;
  const milliseconds = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0'));
  const utc = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second, milliseconds);
  if (/[Zz]$/.test(text)) return utc;
  const sign = text.at(-6);
  if (sign !== '+' && sign !== '-') return 'unzoned';
  const offset = (twoDigits(text, text.length - 5) * 60 + twoDigits(text, text.length - 2)) * 60_000;
  return sign === '+' ? utc - offset : utc + offset;
}

/** True for a text that `printInstant` would write again as it is: most times of most vendors, so that they need no Date. */
export function isPrintedInstant(text: string): boolean {
  return (
    text.length === UTC_SECONDS_LENGTH &&
    text.endsWith('Z') &&
    text.charAt(10) === 'T' &&
    wallTimeIn(text) !== undefined
  );
}

function wallTimeIn(text: string): WallTime | undefined {
  if (!SHAPE.test(text)) return undefined;
  const time = {
    year: twoDigits(text, 0) * 100 + twoDigits(text, 2),
    month: twoDigits(text, 5),
    day: twoDigits(text, 8),
    hour: twoDigits(text, 11),
    minute: twoDigits(text, 14),
    second: twoDigits(text, 17),
  };
  // Years below 100 mean 19xx to Date.UTC; nobody has an appointment in them.
  return isReal(time) && time.year >= 100 ? time : undefined;
}

const ZERO = '0'.charCodeAt(0);

const twoDigits = (text: string, at: number): number =>
  (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;

const DAY = 86_400_000;
const PAIRS: readonly string[] = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** RFC 3339 in UTC; milliseconds only where there are any. Written by hand: a Date costs six times as much, twice for each slot. */
export function printInstant(instant: number): string {
  const days = Math.floor(instant / DAY);
  const inDay = instant - days * DAY;
  const seconds = Math.floor(inDay / 1_000);
  const fraction = inDay - seconds * 1_000;
  const date = isoDate(days);
  if (date === undefined || !Number.isInteger(instant)) return new Date(instant).toISOString().replace('.000Z', 'Z');
  const minutes = Math.floor(seconds / 60);
  const clock = `${PAIRS[Math.floor(minutes / 60)]}:${PAIRS[minutes % 60]}:${PAIRS[seconds % 60]}`;
  return fraction === 0 ? `${date}T${clock}Z` : `${date}T${clock}.${String(fraction).padStart(3, '0')}Z`;
}

/** 400 years, after which the calendar begins again. */
const ERA_DAYS = 146_097;
/** From 0000-03-01, the first day of a year that begins with March, so that the leap day is its last. */
const EPOCH_DAYS = 719_468;

/** The day `days` after 1970-01-01. Undefined outside the years 0 to 9999, which RFC 3339 cannot say. */
function isoDate(days: number): string | undefined {
  const count = days + EPOCH_DAYS;
  const era = Math.floor(count / ERA_DAYS);
  const inEra = count - era * ERA_DAYS;
  const leaps = Math.floor(inEra / 1_460) - Math.floor(inEra / 36_524) + Math.floor(inEra / 146_096);
  const yearInEra = Math.floor((inEra - leaps) / 365);
  const inYear = inEra - (365 * yearInEra + Math.floor(yearInEra / 4) - Math.floor(yearInEra / 100));
  // March to July, and August to December, are 153 days each.
  const marchMonth = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearInEra + era * 400 + (month <= 2 ? 1 : 0);
  if (year < 0 || year > 9_999) return undefined;
  return `${PAIRS[Math.floor(year / 100)]}${PAIRS[year % 100]}-${PAIRS[month]}-${PAIRS[day]}`;
}

export type Overlap = 'earlier' | 'later' | 'refuse';

/** What is done where the clocks are changed: with a time that they skip, and with one that they show twice. */
export interface ClockChange {
  readonly gap: Overlap;
  readonly overlap: Overlap;
}

/**
 * The instant at which a wall clock in `zone` shows `time`. `gap`: it never does; `later` then reads it by the offset before the
 * change (02:30 is 03:30), `earlier` by that after it (01:30). `overlap`: it does so twice. Either word is the answer where the
 * policy is to refuse.
 */
export function instantOf(time: WallTime, zone: string, policy: ClockChange): number | 'gap' | 'overlap' {
  const offset = steadyOffset(time, zone);
  if (offset !== undefined) {
    const { year, month, day, hour, minute, second } = time;
    return Date.UTC(year, month - 1, day, hour, minute, second) - offset;
  }
  const wall = Temporal.PlainDateTime.from(time, { overflow: 'reject' });
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return earlier.epochMilliseconds;
  const change = earlier.toPlainDateTime().equals(wall) ? 'overlap' : 'gap';
  const chosen = policy[change];
  if (chosen === 'refuse') return change;
  return (chosen === 'earlier' ? earlier : later).epochMilliseconds;
}

export function wallTimeOf(instant: number, zone: string): WallTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}
