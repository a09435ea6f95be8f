/** When a delivery is tried again. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses after each failed attempt; 75.6 hours together. As Standard Webhooks proposes. */
const PLAN_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** So much later at most, so that what failed together does not come again together. */
const JITTER = 0.2;

/** How long to wait after the nth failed attempt (from 1); undefined: it is given up. `random`: from 0 to 1. */
export function pauseAfter(attempt: number, random: number): number | undefined {
  const pause = PLAN_MS[attempt - 1];
  return pause === undefined ? undefined : Math.round(pause * (1 + JITTER * random));
}

/** An endpoint that has failed so often in a row is asked one thing at a time, now and then. */
export const FAILING_AFTER = 5;
const ENDPOINT_PAUSE_MAX_MS = 5 * MINUTE;

/** How long nothing is sent to an endpoint that has failed so often in a row. */
export function endpointPause(failures: number): number {
  if (failures < FAILING_AFTER) return 0;
  return Math.min(ENDPOINT_PAUSE_MAX_MS, SECOND * 2 ** Math.min(failures - FAILING_AFTER, 20));
}
