/** When the clocks of a zone are changed next: tests that need such a night are to find one in any year. */
import { wallTime } from '../../src/domain/index.ts';

const HOUR_MS = 3_600_000;
/** Of two changes in one direction the second comes after a year and some days at most. */
const WITHIN_HOURS = 400 * 24;

export interface ClockChange {
  /** The first moment at which they show the other time. */
  readonly atMs: number;
  /** More than zero: they are put forward. */
  readonly byMinutes: number;
  /** What the wall clock's date was until then, e.g. 2027-03-14. */
  readonly day: string;
  /** What the zone is ahead of UTC, e.g. -05:00. */
  readonly before: string;
  readonly after: string;
}

/** Those of a bit more than a year, in their order, a fortnight from now at the earliest. */
export function clockChanges(timeZone: string): readonly ClockChange[] {
  const begin = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 14 * 24 * HOUR_MS;
  return Array.from({ length: WITHIN_HOURS }, (_, nth) => begin + nth * HOUR_MS).flatMap((atMs) => {
    const [was, is] = [wallTime(atMs - HOUR_MS, timeZone), wallTime(atMs, timeZone)];
    const [before, after] = [was.slice(19), is.slice(19)];
    if (before === after) return [];
    const byMinutes = (Date.parse(`${is.slice(0, 19)}Z`) - Date.parse(`${was.slice(0, 19)}Z`)) / 60_000 - 60;
    return [{ atMs, byMinutes, day: was.slice(0, 10), before, after }];
  });
}
