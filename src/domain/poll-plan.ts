/** How often a HIS that can be asked is asked: near days often, far days seldom. */

export interface PollBand {
  /** Days ahead, up to which this band reaches; it begins where the nearer one ends. */
  readonly untilDays: number;
  readonly everyMs: number;
}

export interface PollPlan {
  /** Ascending by `untilDays`; the last one is the horizon. */
  readonly bands: readonly PollBand[];
  /** Days asked for in one turn. */
  readonly pageDays: number;
  /** How often providers and locations are listed. */
  readonly directoryMs: number;
  /** How often the whole is reconciled. */
  readonly reconcileMs: number;
  /** The share of the calls per second that polls may use, so that bookings have the rest. */
  readonly rateShare: number;
}

/** Of each band less than `staleAfterMs`, so that nothing goes stale while the HIS answers. */
export const DEFAULT_POLL_PLAN: PollPlan = {
  bands: [
    { untilDays: 2, everyMs: 60_000 },
    { untilDays: 7, everyMs: 240_000 },
    { untilDays: 21, everyMs: 600_000 },
  ],
  pageDays: 7,
  directoryMs: 900_000,
  reconcileMs: 6 * 3_600_000,
  rateShare: 0.5,
};

export const pollPlan = (policy: { readonly poll?: Partial<PollPlan> }): PollPlan => ({
  ...DEFAULT_POLL_PLAN,
  ...policy.poll,
});

/** What is wrong with it; undefined: nothing. */
export function pollPlanProblem(plan: Partial<PollPlan>): string | undefined {
  const days = plan.bands?.map((band) => band.untilDays) ?? [];
  const ascend = days.every((each, nth) => nth === 0 || each > (days[nth - 1] ?? 0));
  return ascend ? undefined : 'expected bands with ascending untilDays';
}
