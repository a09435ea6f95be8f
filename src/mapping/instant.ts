/** Instants, as milliseconds since the epoch, and what a clock on a wall in some zone says then. */
import { Temporal } from 'temporal-polyfill';
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

/** RFC 3339 in UTC; milliseconds only where there are any. */
export function printInstant(instant: number): string {
  const text = new Date(instant).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

export type Overlap = 'earlier' | 'later' | 'refuse';

/** The instant at which a wall clock in `zone` shows `time`. `gap`: it never does. `overlap`: it does so twice, and that was to be refused. */
export function instantOf(time: WallTime, zone: string, overlap: Overlap): number | 'gap' | 'overlap' {
  const wall = Temporal.PlainDateTime.from(time, { overflow: 'reject' });
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return earlier.epochMilliseconds;
  if (!earlier.toPlainDateTime().equals(wall)) return 'gap';
  if (overlap === 'refuse') return 'overlap';
  return (overlap === 'earlier' ? earlier : later).epochMilliseconds;
}

export function wallTimeOf(instant: number, zone: string): WallTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}

/** True for the name of an IANA zone that this machine knows; a bare offset such as +02:00 is none, it has no summer time. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}
