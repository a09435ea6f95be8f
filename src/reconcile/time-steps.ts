/** When the clocks of a zone are changed. */
import { utcOffset } from '../domain/index.ts';

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;

export interface TimeStep {
  /** The first instant of the new offset; ms since the epoch. */
  readonly atMs: number;
  readonly byMinutes: number;
}

/** Those of an IANA zone within [fromMs, toMs), ascending. */
export function timeSteps(timeZone: string, fromMs: number, toMs: number): TimeStep[] {
  const steps: TimeStep[] = [];
  // Clocks are changed at whole quarters of an hour. From the one before on: a change at `fromMs` itself shows beside it.
  for (let day = (Math.floor(fromMs / QUARTER_MS) - 1) * QUARTER_MS; day < toMs; day += DAY_MS) {
    const end = day + DAY_MS;
    const [before, after] = [utcOffset(day, timeZone), utcOffset(end, timeZone)];
    if (before === after) continue;
    let [low, high] = [day, end];
    while (high - low > QUARTER_MS) {
      const middle = low + Math.floor((high - low) / 2 / QUARTER_MS) * QUARTER_MS;
      if (utcOffset(middle, timeZone) === before) low = middle;
      else high = middle;
    }
    if (high >= fromMs && high < toMs) steps.push({ atMs: high, byMinutes: after - before });
  }
  return steps;
}
