/** Turns a rule of a hub-managed schedule into intervals of real time. Pure: no clock, no database. */
import { Temporal } from 'temporal-polyfill';
import type { ScheduleException, ScheduleRule } from '../domain/index.ts';
import { parseRecurrence } from './schedule-recurrence.ts';

/** Half open, in epoch milliseconds. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

const MINUTE = 60_000;

/** The slots of one rule that begin in [from, to), ascending. `timeZone` is the zone of the rule's location. */
export function slotsOf(rule: ScheduleRule, timeZone: string, { start: from, end: to }: Interval): Interval[] {
  return [...workingDays(rule, timeZone, { start: from, end: to })]
    .flatMap((day) => slotsOfDay(rule, timeZone, day))
    .filter((slot) => slot.start >= from && slot.start < to);
}

/** From the first slot's start to the last slot's end of each working day: what must not overlap between rules. */
export function windowsOf(rule: ScheduleRule, timeZone: string, within: Interval): Interval[] {
  return [...workingDays(rule, timeZone, within)].map((day) => ({
    start: instantOf(day, wallMinutes(rule.start), timeZone).at,
    end: instantOf(day, wallMinutes(rule.end), timeZone).at,
  }));
}

export function withoutExceptions(slots: readonly Interval[], exceptions: readonly ScheduleException[]): Interval[] {
  const closed = exceptions.map(({ from, to }) => ({ start: Date.parse(from), end: Date.parse(to) }));
  return slots.filter((slot) => !closed.some((each) => overlap(slot, each)));
}

export const overlap = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end;

/** "09:30" is 570. */
export const wallMinutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

function* workingDays(rule: ScheduleRule, timeZone: string, within: Interval): Generator<Temporal.PlainDate> {
  const recurrence = parseRecurrence(rule.rrule);
  const until = recurrence.until(timeZone)?.epochMilliseconds ?? Infinity;
  for (const day of recurrence.days(localDate(within.start, timeZone), localDate(within.end, timeZone))) {
    if (instantOf(day, wallMinutes(rule.start), timeZone).at <= until) yield day;
  }
}

const localDate = (at: number, timeZone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();

/**
 * Slots are counted in wall time. One that a DST gap swallows, wholly or partly, is left out; one that an overlap repeats is
 * taken once, the earlier. A slot always lasts slotMinutes of real time.
 */
function slotsOfDay(rule: ScheduleRule, timeZone: string, day: Temporal.PlainDate): Interval[] {
  const length = rule.slotMinutes * MINUTE;
  const first = wallMinutes(rule.start);
  const last = wallMinutes(rule.end);
  const opens = instantOf(day, first, timeZone);
  const closes = instantOf(day, last, timeZone);
  // Two conversions instead of two per slot, on every day but the few on which a clock is changed.
  const even = opens.exists && closes.exists && closes.at - opens.at === (last - first) * MINUTE;
  const slots: Interval[] = [];
  for (let wall = first; wall + rule.slotMinutes <= last; wall += rule.slotMinutes) {
    const start = even ? opens.at + (wall - first) * MINUTE : wholeSlot(day, wall, rule.slotMinutes, timeZone);
    if (start !== undefined) slots.push({ start, end: start + length });
  }
  return slots;
}

function wholeSlot(day: Temporal.PlainDate, wall: number, minutes: number, timeZone: string): number | undefined {
  const start = instantOf(day, wall, timeZone);
  // Its last minute, not its end: an end that is exactly the beginning of the gap swallows nothing.
  const lastMinute = instantOf(day, wall + minutes - 1, timeZone);
  const whole = start.exists && lastMinute.exists && lastMinute.at - start.at >= (minutes - 1) * MINUTE;
  return whole ? start.at : undefined;
}

function instantOf(day: Temporal.PlainDate, minutes: number, timeZone: string): { at: number; exists: boolean } {
  const wall = day.toPlainDateTime().add({ minutes });
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return { at: zoned.epochMilliseconds, exists: zoned.toPlainDateTime().equals(wall) };
}
