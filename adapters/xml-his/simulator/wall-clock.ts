/** Times as the clocks of a clinic show them: none of these systems writes an offset. */
import { Temporal } from 'temporal-polyfill';

/** `2027-05-03T11:00:00` */
export function localIso(instant: string, timeZone: string): string {
  return local(instant, timeZone).toPlainDateTime().toString({ smallestUnit: 'second' });
}

/** Undefined for what is no such time. */
export function fromLocalIso(text: string, timeZone: string): Date | undefined {
  try {
    return new Date(Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds);
  } catch {
    return undefined;
  }
}

/** `08/07/2020 08:00am` */
export function practiceTime(instant: string, timeZone: string): string {
  const { month, day, year, hour, minute } = local(instant, timeZone);
  const half = hour < 12 ? 'am' : 'pm';
  return `${two(month)}/${two(day)}/${year} ${two(((hour + 11) % 12) + 1)}:${two(minute)}${half}`;
}

export function fromPracticeTime(text: string, timeZone: string): Date | undefined {
  const [, month, day, year, hour = '', minute, half = ''] =
    /^(\d\d?)\/(\d\d?)\/(\d{4}) (\d\d?):(\d\d)(am|pm)$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const hours = (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  return fromLocalIso(
    `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}T${two(hours)}:${minute}:00`,
    timeZone,
  );
}

/** `3/8/2027` */
export function practiceDay(instant: string, timeZone: string): string {
  const { month, day, year } = local(instant, timeZone);
  return `${month}/${day}/${year}`;
}

/** The next local half hour that clocks in New York skip: when summer time begins. */
export function skippedTimes(fromYear: number): { readonly start: string; readonly end: string } {
  const first = Temporal.PlainDate.from({ year: fromYear, month: 3, day: 8 });
  const sunday = first.add({ days: (7 - first.dayOfWeek) % 7 });
  return { start: `${sunday.toString()}T02:00:00`, end: `${sunday.toString()}T02:30:00` };
}

const local = (instant: string, timeZone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone);
const two = (value: number): string => String(value).padStart(2, '0');
