/** Instants, as milliseconds since the epoch, and what a clock on a wall in some zone says then. */
import { Temporal } from 'temporal-polyfill';
import { isReal, type WallTime } from './time-pattern.ts';

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))?$/;

/** Reads an RFC 3339 time with its offset. What lies below a millisecond is cut off. */
export function parseInstant(text: string): number | 'unzoned' | 'unreadable' {
  const found = RFC3339.exec(text);
  if (!found) return 'unreadable';
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHours, offsetMinutes] = found;
  const time = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
  // Years below 100 mean 19xx to Date.UTC; nobody has an appointment in them.
  if (!isReal(time) || time.year < 100) return 'unreadable';
  const milliseconds = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  const utc = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second, milliseconds);
  if (sign === undefined) return /[Zz]$/.test(text) ? utc : 'unzoned';
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return 'unreadable';
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return sign === '+' ? utc - offset : utc + offset;
}

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
