/**
 * Whether two lists of times differ because one of them is off as a whole: a zone that was read wrongly, or a change of clocks
 * that one side has made and the other not. Ten thousand moves by one hour are one mistake.
 */
import type { DriftCause } from '../domain/index.ts';
import { timeSteps } from './time-steps.ts';

/** Something that stands at a time: a free slot of a provider, say, or an appointment. */
export interface Stand {
  /** Whose time: what is compared with what. */
  readonly key: string;
  readonly startMs: number;
}

export interface Shift {
  readonly cause: Extract<DriftCause, 'zone-shift' | 'dst-shift'>;
  /** By how much the HIS's times are later. */
  readonly byMinutes: number;
  /** Of a change of clocks: when; ms since the epoch. */
  readonly stepMs?: number;
  /** How many are off. */
  readonly count: number;
}

/** Fewer differences than this are no pattern. */
const DIFFERENCES_MIN = 6;
/** What a shift leaves unexplained, of the differences that there are without it. */
const REST_MAX = 0.2;
/** Zones are off by whole quarters of an hour, by 26 hours at most. */
const QUARTER_MIN = 15;
const SHIFT_MAX_MIN = 26 * 60;
const MINUTE_MS = 60_000;
/** A change of clocks that was missed is noticed within this time. */
const LATELY_MS = 14 * 86_400_000;

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

const nameOf = (key: string, startMs: number): string => `${startMs} ${key}`;

/** `zones`: of the places that are compared. Undefined: nothing that one shift explains. */
export function findShift(
  hub: readonly Stand[],
  his: readonly Stand[],
  window: Window,
  zones: readonly string[],
): Shift | undefined {
  const [here, there] = [namesOf(hub), namesOf(his)];
  /** How many have no counterpart, but no more than `most` and one. */
  const unlike = (byMs: (startMs: number) => number, most = Number.POSITIVE_INFINITY): number => {
    let count = 0;
    for (const { some, others, moved } of [
      { some: hub, others: there, moved: (ms: number): number => ms + byMs(ms) },
      { some: his, others: here, moved: (ms: number): number => ms - byMs(ms - byMs(ms)) },
    ]) {
      for (const { key, startMs } of some) {
        const to = moved(startMs);
        // At the edges of the window one of the two is not listed.
        if (to >= window.fromMs && to < window.toMs && !others.has(nameOf(key, to))) count += 1;
        if (count > most) return count;
      }
    }
    return count;
  };
  const asTheyAre = unlike(() => 0);
  if (asTheyAre < DIFFERENCES_MIN) return undefined;
  let rest = asTheyAre * REST_MAX;
  let best: Shift | undefined;
  const consider = (byMs: (startMs: number) => number, shift: Shift): void => {
    if (
      !isComparable(hub, window, (ms) => ms + byMs(ms)) ||
      !isComparable(his, window, (ms) => ms - byMs(ms - byMs(ms)))
    )
      return;
    const left = unlike(byMs, rest);
    if (left > rest || (best && left === rest)) return;
    rest = left;
    best = shift;
  };

  for (const { atMs: stepMs, ...step } of stepsOf(zones, window)) {
    for (const byMinutes of [step.byMinutes, -step.byMinutes]) {
      const sides: ((startMs: number) => boolean)[] = [(ms) => ms >= stepMs, (ms) => ms < stepMs];
      for (const isOff of sides) {
        const count = hub.filter(({ startMs }) => isOff(startMs)).length;
        if (count === 0 || count === hub.length) continue;
        const shift: Shift = { cause: 'dst-shift', byMinutes, stepMs, count };
        consider((ms) => (isOff(ms) ? byMinutes * MINUTE_MS : 0), shift);
      }
    }
  }
  const lately = stepsOf(zones, { fromMs: window.fromMs - LATELY_MS, toMs: window.fromMs });
  for (let minutes = QUARTER_MIN; minutes <= SHIFT_MAX_MIN; minutes += QUARTER_MIN) {
    const step = lately.find((each) => Math.abs(each.byMinutes) === minutes);
    const more = step ? { cause: 'dst-shift' as const, stepMs: step.atMs } : { cause: 'zone-shift' as const };
    for (const byMinutes of [minutes, -minutes]) {
      consider(() => byMinutes * MINUTE_MS, { ...more, byMinutes, count: hub.length });
    }
  }
  return best;
}

/** Something is left to compare when all is moved: most of it stays within the window. */
function isComparable(some: readonly Stand[], { fromMs, toMs }: Window, moved: (startMs: number) => number): boolean {
  const within = some.filter(({ startMs }) => moved(startMs) >= fromMs && moved(startMs) < toMs).length;
  return within > 0 && within >= some.length / 2;
}

const namesOf = (some: readonly Stand[]): ReadonlySet<string> =>
  new Set(some.map(({ key, startMs }) => nameOf(key, startMs)));

const stepsOf = (zones: readonly string[], { fromMs, toMs }: Window) =>
  [...new Set(zones)].flatMap((zone) => timeSteps(zone, fromMs, toMs));
