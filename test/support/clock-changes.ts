/** When the clocks of a zone are changed next: tests that need such a night are to find one in any year. */
import { wallTime } from '../../src/domain/index.ts';
import { timeSteps, type TimeStep } from '../../src/reconcile/time-steps.ts';

const DAY_MS = 86_400_000;

export interface ClockChange extends TimeStep {
  /** What the wall clock's date was until then, e.g. 2027-03-14. */
  readonly day: string;
  /** What the zone is ahead of UTC, e.g. -05:00. */
  readonly before: string;
  readonly after: string;
}

/** The next two, a fortnight from now at the earliest; both lie within 400 days. Throws for a zone that has none. */
export function nextClockChanges(timeZone: string): readonly [ClockChange, ClockChange] {
  const begin = Date.now() + 14 * DAY_MS;
  const [first, second] = timeSteps(timeZone, begin, begin + 386 * DAY_MS).map((step) => {
    const [was, is] = [wallTime(step.atMs - 1_000, timeZone), wallTime(step.atMs, timeZone)];
    return { ...step, day: was.slice(0, 10), before: was.slice(19), after: is.slice(19) };
  });
  if (!first || !second) throw new Error(`expected the clocks of ${timeZone} to be changed twice a year`);
  return [first, second];
}
