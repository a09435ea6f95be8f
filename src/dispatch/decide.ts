/** What the hub does about an outcome: one table by error class, and the pauses. */
import type { ErrorClass, Finding, Policy, TransactionKind, TransactionTrigger } from '../domain/index.ts';

/**
 * confirmed    the write happened
 * refused      the HIS's business answer; over
 * given-up     over, until a person mends mapping or data; replayable
 * postponed    certainly not executed; again later
 * held-back    nothing is sent on this connection for now; no retry is used up
 * answer-lost  may have been executed; look before anything is sent again
 */
type Reaction = Extract<
  TransactionTrigger,
  'confirmed' | 'refused' | 'given-up' | 'postponed' | 'held-back' | 'answer-lost'
>;

const REACTIONS: Readonly<Record<ErrorClass | 'success', Reaction>> = {
  success: 'confirmed',
  transient: 'postponed',
  throttled: 'postponed',
  auth: 'held-back',
  conflict: 'refused',
  'not-found': 'refused',
  invalid: 'given-up',
  unsupported: 'given-up',
  unknown: 'answer-lost',
  uncategorised: 'answer-lost',
};

export function reactionTo(
  outcomeClass: ErrorClass | 'success',
  kind: TransactionKind,
  retries: number,
  policy: Policy,
): Reaction {
  // What is not there any more is cancelled: the hub holds the record that it once was.
  if (kind === 'cancel' && outcomeClass === 'not-found') return 'confirmed';
  const reaction = REACTIONS[outcomeClass];
  return reaction === 'postponed' && retries >= policy.retriesMax ? 'given-up' : reaction;
}

const RETRY_PAUSE_MAX_MS = 60_000;
const RETRY_AFTER_MAX_MS = 600_000;

/** Exponential with full jitter; or what the HIS asked for, within bounds. */
export function retryPauseMs(
  policy: Policy,
  retries: number,
  retryAfterMs: number | undefined,
  random = Math.random,
): number {
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, policy.retryBaseMs), RETRY_AFTER_MAX_MS);
  return Math.max(10, random() * Math.min(RETRY_PAUSE_MAX_MS, policy.retryBaseMs * 2 ** retries));
}

export interface LookState {
  /** When the outcome became unknown; ms since the epoch. */
  readonly unknownSinceMs: number;
  /** Looks that gave an answer, before this one. */
  readonly looks: number;
  readonly absentSinceMs: number | null;
}

export type LookDecision =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'proved-absent' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unresolvable' }
  | { readonly kind: 'look-again'; readonly atMs: number; readonly absentSinceMs: number | null };

/**
 * Sending again needs two conclusive absences, a gap apart. Somebody else having the slot is believed
 * at the last look only: before that it may be our own booking, not yet visible.
 */
export function decideLook(finding: Finding, state: LookState, policy: Policy, nowMs: number): LookDecision {
  if (finding.kind === 'found') return { kind: 'confirmed' };
  const absentSinceMs = finding.kind === 'absent' ? (state.absentSinceMs ?? nowMs) : null;
  if (absentSinceMs !== null && nowMs - absentSinceMs >= policy.absenceGapMs) return { kind: 'proved-absent' };
  if (finding.kind === 'inconclusive' && finding.never) return { kind: 'unresolvable' };
  const nextOffsetMs = policy.lookupScheduleMs[state.looks + 1];
  if (nextOffsetMs !== undefined) {
    return { kind: 'look-again', atMs: Math.max(state.unknownSinceMs + nextOffsetMs, nowMs), absentSinceMs };
  }
  if (absentSinceMs !== null) return { kind: 'look-again', atMs: absentSinceMs + policy.absenceGapMs, absentSinceMs };
  return { kind: finding.kind === 'taken' ? 'refused' : 'unresolvable' };
}

/**
 * What is decided of a step that goes on until it is done: no look is the last one, unless asking is of no use. Of a cancellation
 * `taken` says nothing.
 */
export function untilDone(decision: LookDecision, finding: Finding, policy: Policy, nowMs: number): LookDecision {
  if (decision.kind !== 'unresolvable' && decision.kind !== 'refused') return decision;
  if (finding.kind === 'inconclusive' && finding.never) return decision;
  return { kind: 'look-again', atMs: nowMs + policy.absenceGapMs, absentSinceMs: null };
}
