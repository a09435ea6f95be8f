/** Timing and limits of one connection. All times in milliseconds. */
export interface Policy {
  /** A write that has no answer by then is aborted and becomes unknown. */
  readonly writeDeadlineMs: number;
  readonly readDeadlineMs: number;
  /** When an unknown outcome is looked up, counted from the moment it became unknown. After the last: needs_review. */
  readonly lookupScheduleMs: readonly number[];
  /** Two conclusive absences at least this far apart prove that a write did not happen. */
  readonly absenceGapMs: number;
  /** How long a worker owns a transaction without renewing. */
  readonly leaseMs: number;
  readonly breakerResetMs: number;
  /** First pause before a retry; doubles, with full jitter, up to 60 s. */
  readonly retryBaseMs: number;
  readonly retriesMax: number;
  /** Calls in flight at once (bulkhead). */
  readonly concurrency: number;
  readonly callsPerSecond: number;
  /** A slot not confirmed by the HIS for longer is shown as stale. */
  readonly staleAfterMs: number;
}

/** Production defaults: look-ups after 2 s, 10 s, 30 s, 60 s, 2 min, 10 min. */
export const PRODUCTION_POLICY: Policy = {
  writeDeadlineMs: 45_000,
  readDeadlineMs: 30_000,
  lookupScheduleMs: [2_000, 10_000, 30_000, 60_000, 120_000, 600_000],
  absenceGapMs: 30_000,
  leaseMs: 60_000,
  breakerResetMs: 30_000,
  retryBaseMs: 1_000,
  retriesMax: 12,
  concurrency: 8,
  callsPerSecond: 5,
  staleAfterMs: 900_000,
};

/** The sandbox is quick, so that a person sees the whole story of a failure in seconds. */
export const SANDBOX_POLICY: Policy = {
  writeDeadlineMs: 3_000,
  readDeadlineMs: 3_000,
  lookupScheduleMs: [500, 2_000, 5_000, 10_000],
  absenceGapMs: 3_000,
  leaseMs: 10_000,
  breakerResetMs: 2_000,
  retryBaseMs: 200,
  retriesMax: 12,
  concurrency: 32,
  callsPerSecond: 1_000,
  staleAfterMs: 900_000,
};
