import type { DriftPolicy } from './drift.ts';
import { pollPlanProblem, type PollPlan } from './poll-plan.ts';

/** A certificate that ends within so many days is to be renewed: lists, the check and the alert say so. */
export const RENEW_WITHIN_DAYS = 30;

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
  /** When the HIS is out of service: instants [from, to). Nothing is sent then. */
  readonly maintenance?: readonly { readonly from: string; readonly to: string }[];
  /** A slot not confirmed by the HIS for longer is shown as stale. */
  readonly staleAfterMs: number;
  /** A HIS that tells by itself, and has told nothing for longer, is warned of. */
  readonly feedSilentAfterMs: number;
  /** What the HIS told by itself is kept for so many days: its messages, and what they say of times that are over. */
  readonly messagesKeptDays: number;
  /** What holds up later changes of its appointment for longer is told to a person. */
  readonly blockedAfterMs: number;
  /** The last inputs of each mapping that are kept: a new version of it is judged by them. */
  readonly recordedInputsMax: number;
  /** Whether another person must agree before an edited request is sent once more. Absent: none. */
  readonly replayApproval?: ReplayApproval;
  /** How often the HIS is read. What is absent is as in DEFAULT_POLL_PLAN. */
  readonly poll?: Partial<PollPlan>;
  /** Who is believed where HIS and hub differ. What is absent is as in DEFAULT_DRIFT_POLICY. */
  readonly drift?: Partial<DriftPolicy>;
}

export const REPLAY_APPROVALS = ['none', 'second-person'] as const;
export type ReplayApproval = (typeof REPLAY_APPROVALS)[number];

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
  feedSilentAfterMs: 86_400_000,
  messagesKeptDays: 30,
  blockedAfterMs: 900_000,
  recordedInputsMax: 200,
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
  feedSilentAfterMs: 86_400_000,
  messagesKeptDays: 30,
  blockedAfterMs: 900_000,
  recordedInputsMax: 200,
  poll: {
    bands: [
      { untilDays: 2, everyMs: 15_000 },
      { untilDays: 7, everyMs: 60_000 },
      { untilDays: 21, everyMs: 300_000 },
    ],
    directoryMs: 60_000,
  },
};

/** Inclusive; for a list, of each of its entries. */
export interface PolicyBounds {
  readonly min: number;
  readonly max: number;
}

type NumericMember = Exclude<keyof Policy, 'maintenance' | 'replayApproval' | 'poll' | 'drift'>;

/**
 * What a connection may set. Above all they keep a HIS from being hammered, and a write from being taken for dead while it is
 * under way. contracts/schemas/connection-policy.schema.json says the same.
 */
export const POLICY_BOUNDS: Readonly<Record<NumericMember, PolicyBounds>> = {
  writeDeadlineMs: { min: 500, max: 300_000 },
  readDeadlineMs: { min: 500, max: 300_000 },
  lookupScheduleMs: { min: 100, max: 86_400_000 },
  absenceGapMs: { min: 1_000, max: 3_600_000 },
  leaseMs: { min: 2_000, max: 900_000 },
  breakerResetMs: { min: 500, max: 3_600_000 },
  retryBaseMs: { min: 50, max: 60_000 },
  retriesMax: { min: 0, max: 100 },
  concurrency: { min: 1, max: 256 },
  callsPerSecond: { min: 1, max: 10_000 },
  staleAfterMs: { min: 10_000, max: 86_400_000 },
  feedSilentAfterMs: { min: 60_000, max: 2_592_000_000 },
  messagesKeptDays: { min: 1, max: 3_650 },
  blockedAfterMs: { min: 1_000, max: 604_800_000 },
  recordedInputsMax: { min: 0, max: 2_000 },
};

/** Looks at an unknown outcome, at most. */
export const LOOKUPS_MAX = 20;

/** A call is aborted at its deadline; the lease must last until what came of it is written. */
const LEASE_MARGIN_MS = 2_000;

export interface PolicyProblem {
  readonly member: keyof Policy;
  /** What was expected. */
  readonly detail: string;
}

/** What is wrong with a policy: out of bounds, or two values that do not go together. Empty: nothing. */
export function policyProblems(policy: Policy): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const [name, { min, max }] of Object.entries(POLICY_BOUNDS)) {
    const member = name as NumericMember;
    const within = [policy[member]].flat().every((each) => Number.isInteger(each) && each >= min && each <= max);
    if (!within) problems.push({ member, detail: `expected whole numbers from ${min} to ${max}` });
  }
  const { lookupScheduleMs, leaseMs, writeDeadlineMs, readDeadlineMs } = policy;
  if (lookupScheduleMs.length === 0 || lookupScheduleMs.length > LOOKUPS_MAX) {
    problems.push({ member: 'lookupScheduleMs', detail: `expected 1 to ${LOOKUPS_MAX} times` });
  }
  if (lookupScheduleMs.some((each, index) => index > 0 && each <= (lookupScheduleMs[index - 1] ?? 0))) {
    problems.push({ member: 'lookupScheduleMs', detail: 'expected each time to be later than the one before' });
  }
  const leaseMin = Math.max(writeDeadlineMs, readDeadlineMs) + LEASE_MARGIN_MS;
  if (leaseMs < leaseMin) {
    problems.push({
      member: 'leaseMs',
      detail: `expected at least ${leaseMin}, ${LEASE_MARGIN_MS} above the longer deadline: a call must end within its lease`,
    });
  }
  const pollProblem = policy.poll && pollPlanProblem(policy.poll);
  if (pollProblem !== undefined) problems.push({ member: 'poll', detail: pollProblem });
  return problems;
}
