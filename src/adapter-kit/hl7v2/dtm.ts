/**
 * HL7's times: YYYY[MM[DD[HH[MM[SS[.S+]]]]]][+/-ZZZZ] (DTM, HL7 v2.9 chapter 2A.22; TS before v2.5). How much was written is
 * part of what is said, and so is whether there is an offset: without one the time is local to the sender.
 */
import { Temporal } from 'temporal-polyfill';

export type DtmPrecision = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

/** What is below the precision is the first month or day, or 0. */
export interface Dtm {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly precision: DtmPrecision;
  /** Minutes east of UTC; undefined when none was written. */
  readonly offsetMinutes: number | undefined;
}

/** gap: the clocks skip it. overlap: they show it twice. imprecise: it has no hour. unzoned: neither offset nor zone. */
export type DtmInstant =
  | { readonly kind: 'instant'; readonly epochMs: number; readonly ambiguous: boolean }
  | { readonly kind: 'gap' | 'imprecise' | 'unzoned' };

const BASIC = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4})?$/;
/** ISO 8601's extended form is no DTM, and is sent. */
const EXTENDED = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const PRECISIONS: readonly DtmPrecision[] = ['year', 'month', 'day', 'hour', 'minute', 'second'];

/** Undefined for a text that is no such time, or names a day or hour that does not exist. */
export function parseDtm(text: string): Dtm | undefined {
  const found = BASIC.exec(text) ?? EXTENDED.exec(text);
  if (!found) return undefined;
  const [, year = '', month, day, hour, minute, second, fraction, zone] = found;
  const parts = [year, month, day, hour, minute, second];
  const written = parts.filter((part) => part !== undefined).length;
  const offsetMinutes = zone === undefined ? undefined : offsetOf(zone);
  const dtm = {
    year: Number(year),
    month: Number(month ?? 1),
    day: Number(day ?? 1),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: Number((fraction ?? '').slice(0, 3).padEnd(3, '0')),
    precision: PRECISIONS[written - 1] ?? 'year',
    offsetMinutes,
  };
  return isReal(dtm) && !Number.isNaN(offsetMinutes) ? dtm : undefined;
}

/** The instant meant: by its own offset, else by the clocks of `zone` (IANA). Of a time shown twice, the first. */
export function dtmInstant(dtm: Dtm, zone: string | undefined): DtmInstant {
  if (['year', 'month', 'day'].includes(dtm.precision)) return { kind: 'imprecise' };
  if (dtm.offsetMinutes !== undefined) {
    return { kind: 'instant', epochMs: utcOf(dtm) - dtm.offsetMinutes * 60_000, ambiguous: false };
  }
  if (zone === undefined) return { kind: 'unzoned' };
  const wall = Temporal.PlainDateTime.from(dtm, { overflow: 'reject' });
  const first = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const last = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  const isSame = first.epochMilliseconds === last.epochMilliseconds;
  if (!isSame && !first.toPlainDateTime().equals(wall)) return { kind: 'gap' };
  return { kind: 'instant', epochMs: first.epochMilliseconds, ambiguous: !isSame };
}

/** `YYYYMMDDHHMMSS+ZZZZ` as the clocks of `zone` show it; milliseconds only where there are any. */
export function formatDtm(epochMs: number, zone: string): string {
  // Every acknowledgement is stamped so.
  if (zone === 'UTC') return inUtc(epochMs);
  const time = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone);
  const wall = [time.month, time.day, time.hour, time.minute, time.second].map((part) => digits(part, 2)).join('');
  const fraction = time.millisecond === 0 ? '' : `.${digits(time.millisecond, 3)}`;
  // Before standard time, offsets had seconds; nobody is booked there.
  const offset = Math.trunc(time.offsetNanoseconds / 60_000_000_000);
  const sign = offset < 0 ? '-' : '+';
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${digits(time.year, 4)}${wall}${fraction}${sign}${digits(hours, 2)}${digits(minutes, 2)}`;
}

function inUtc(epochMs: number): string {
  const text = new Date(epochMs).toISOString();
  const fraction = text.endsWith('.000Z') ? '' : text.slice(19, 23);
  return `${text.slice(0, 19).replaceAll(/[-:T]/g, '')}${fraction}+0000`;
}

/** A date as HL7 writes it (DT): 2027-03-08 is 20270308. */
export const formatDt = (isoDate: string): string => isoDate.replaceAll('-', '');

const digits = (value: number, length: number): string => String(value).padStart(length, '0');

/** NaN for one that no place on earth has; `+0215` is odd, and legal. */
function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 14 || minutes > 59) return Number.NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function isReal({ year, month, day, hour, minute, second }: Dtm): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  return (
    day <=
    new Date(utcOf({ year, month: month + 1, day: 0, hour: 0, minute: 0, second: 0, millisecond: 0 })).getUTCDate()
  );
}

/** As if its clock showed UTC. */
function utcOf(at: Pick<Dtm, 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond'>): number {
  const date = new Date(0);
  // Date.UTC takes the years 0 to 99 for those of 1900.
  date.setUTCFullYear(at.year, at.month - 1, at.day);
  return date.setUTCHours(at.hour, at.minute, at.second, at.millisecond);
}
