/** Timing as quick as the bounds of a policy allow, so that a fault and what follows from it take seconds. */
import type { Policy } from '../../src/domain/index.ts';

export const CHAOS_POLICY: Partial<Policy> = {
  // On a busy machine an answer may take a while; a deadline that is too short makes unknowns of its own.
  writeDeadlineMs: 1_000,
  readDeadlineMs: 1_000,
  lookupScheduleMs: [100, 1_200, 2_500, 5_000],
  absenceGapMs: 1_000,
  leaseMs: 3_000,
  breakerResetMs: 500,
  retryBaseMs: 50,
  retriesMax: 50,
  concurrency: 64,
  callsPerSecond: 10_000,
};
