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
  const restMax = asTheyAre * REST_MAX;
  // Little is left to compare when nearly everything is moved out of the window.
  const compared = (byMs: (startMs: number) => number): boolean =>
    hub.filter(({ startMs }) => {
      const moved = startMs + byMs(startMs);
      return moved >= window.fromMs && moved < window.toMs;
    }).length >=
    hub.length / 2;
  const fits = (byMs: (startMs: number) => number): boolean => compared(byMs) && unlike(byMs, restMax) <= restMax;

  for (const step of stepsOf(zones, window)) {
    for (const byMinutes of [step.byMinutes, -step.byMinutes]) {
      const sides: ((startMs: number) => boolean)[] = [(ms) => ms >= step.atMs, (ms) => ms < step.atMs];
      for (const isOff of sides) {
        const off = hub.filter(({ startMs }) => isOff(startMs));
        if (off.length === 0 || off.length === hub.length) continue;
        if (fits((ms) => (isOff(ms) ? byMinutes * MINUTE_MS : 0)))
          return { cause: 'dst-shift', byMinutes, stepMs: step.atMs, count: off.length };
      }
    }
  }
  for (let minutes = QUARTER_MIN; minutes <= SHIFT_MAX_MIN; minutes += QUARTER_MIN) {
    for (const byMinutes of [minutes, -minutes]) {
      if (!fits(() => byMinutes * MINUTE_MS)) continue;
      const lately = stepsOf(zones, { fromMs: window.fromMs - LATELY_MS, toMs: window.fromMs }).find(
        (step) => Math.abs(step.byMinutes) === minutes,
      );
      return lately
        ? { cause: 'dst-shift', byMinutes, stepMs: lately.atMs, count: hub.length }
        : { cause: 'zone-shift', byMinutes, count: hub.length };
    }
  }
  return undefined;
}

const namesOf = (some: readonly Stand[]): ReadonlySet<string> =>
  new Set(some.map(({ key, startMs }) => nameOf(key, startMs)));

const stepsOf = (zones: readonly string[], { fromMs, toMs }: Window) =>
  [...new Set(zones)].flatMap((zone) => timeSteps(zone, fromMs, toMs));
