/** Writes what a look-up found into the ledger, and what follows from it. */
import type { Finding } from '../adapter-kit/index.ts';
import type { Policy } from '../domain/index.ts';
import { keepPatientKey } from '../ledger/patient-key.ts';
import { postpone, settle } from '../ledger/settle.ts';
import type { WorkOrder } from '../ledger/work-order.ts';
import { decideLook, retryPauseMs, untilDone } from './decide.ts';
import { verdictParts, type Run } from './run.ts';
import { verdictOfSuccess, waitForMapping, type Attempted } from './record-outcome.ts';
import { lastsUntilDone, SLOT_MOVED, stepAfter, type StepName } from './steps.ts';

/** The HIS could not be asked: that is not an answer, and no look is used up. */
type Failed = { readonly kind: 'failed'; readonly reason: string };

/** Reasons of look-ups that no HIS has answered, by the adapter kit's transports. */
const NOT_ANSWERED: ReadonlySet<string> = new Set(['not-reached', 'deadline', 'connection-lost']);

/**
 * A HIS that does not answer for a while has said nothing about the transaction: it is asked again. One that answers
 * everything but this will never say: after the time in which a stuck transaction is reported, such a look counts.
 */
function wasNotAnswered(finding: Finding, unknownSinceMs: number, policy: Policy, nowMs: number): boolean {
  return (
    finding.kind === 'inconclusive' &&
    !finding.never &&
    NOT_ANSWERED.has(finding.reason) &&
    nowMs - unknownSinceMs < policy.blockedAfterMs
  );
}

/** A second lost answer is no reason to ask a person, a whole row of them is: a busy night may lose three. */
const RESENDS_MAX = 3;

const disputed = (work: WorkOrder, errorCode: string) => ({
  ...verdictParts(work),
  on: 'unresolvable' as const,
  errorClass: 'unknown',
  errorCode,
});

/** What says that the write was not done. */
const DENIES: ReadonlySet<string> = new Set(['proved-absent', 'refused']);

/**
 * It was looked for at the time that was agreed. A HIS that books by the key of a slot alone may have it at the slot's present time: that it
 * is not there proves nothing then, and a person looks.
 */
const mayBeElsewhere = (step: StepName, work: WorkOrder): boolean =>
  work.slotHasMoved && step !== 'identify-patient' && !lastsUntilDone(step);

export async function recordFinding(
  run: Run,
  work: WorkOrder,
  step: StepName,
  attempted: Attempted,
  finding: Finding | Failed,
): Promise<void> {
  const { ledger, held } = run;
  const { policy } = run.open.connection.row;
  const reason = 'reason' in finding ? finding.reason : finding.kind;
  const { patient } = work;
  const result = { ...attempted, patient, class: finding.kind, reason };
  run.log.info(
    {
      transactionId: held.id,
      attemptId: attempted.attemptId,
      connectionId: held.connectionId,
      step,
      finding: finding.kind,
    },
    `look-up of ${step}: ${reason}`,
  );

  const now = Date.now();
  const unknownSinceMs = work.unknownSince ? Date.parse(work.unknownSince) : now;
  if (finding.kind === 'failed' || wasNotAnswered(finding, unknownSinceMs, policy, now)) {
    const dueAt = new Date(Date.now() + policy.breakerResetMs).toISOString();
    return postpone(ledger, held, result, { on: 'still-unknown', dueAt, reason }, (tx) =>
      waitForMapping(tx, run, attempted),
    );
  }
  const decided = decideLook(
    finding,
    {
      unknownSinceMs,
      looks: work.looks,
      absentSinceMs: work.absentSince ? Date.parse(work.absentSince) : null,
    },
    policy,
    now,
  );
  const decision = lastsUntilDone(step) ? untilDone(decided, finding, policy, now) : decided;
  if (DENIES.has(decision.kind) && mayBeElsewhere(step, work))
    return settle(ledger, held, result, disputed(work, SLOT_MOVED));
  switch (decision.kind) {
    case 'confirmed':
      return recordFound(run, work, step, result, finding as Extract<Finding, { kind: 'found' }>);
    case 'proved-absent':
      // Lost again and again: sending once more would help as little.
      if (work.resends >= RESENDS_MAX && !lastsUntilDone(step)) {
        return settle(ledger, held, result, disputed(work, 'lost-again-and-again'));
      }
      return postpone(ledger, held, result, {
        on: 'proved-absent',
        dueAt: new Date(
          now + (work.resends < RESENDS_MAX ? 0 : retryPauseMs(policy, work.resends, undefined)),
        ).toISOString(),
        reason: 'absent',
        changes: { resends: work.resends + 1, unknown_since: null, absent_since: null, looks: 0 },
      });
    case 'look-again':
      return postpone(ledger, held, result, {
        on: 'still-unknown',
        dueAt: new Date(decision.atMs).toISOString(),
        reason,
        changes: {
          // A count above the schedule would say nothing more.
          looks: Math.min(work.looks + 1, policy.lookupScheduleMs.length),
          absent_since: decision.absentSinceMs === null ? null : new Date(decision.absentSinceMs).toISOString(),
        },
      });
    case 'refused':
      return settle(ledger, held, result, {
        ...verdictParts(work),
        on: 'refused',
        slotTaken: true,
        errorClass: 'conflict',
        errorCode: 'slot-taken',
      });
    case 'unresolvable':
      return settle(ledger, held, result, disputed(work, reason));
    default:
      return decision satisfies never;
  }
}

/** The write did happen: the transaction is settled, or goes on with its next step. */
async function recordFound(
  run: Run,
  work: WorkOrder,
  step: StepName,
  result: Attempted & { readonly class: string },
  found: Extract<Finding, { kind: 'found' }>,
): Promise<void> {
  const next = step === 'undo-new' ? undefined : stepAfter(step, work, run.open.connection.connector);
  if (!next) return settle(run.ledger, run.held, result, verdictOfSuccess(work, step, found));
  const made =
    step === 'identify-patient'
      ? {}
      : { step_external_id: found.externalId, step_identifiers: JSON.stringify(found.identifiers ?? []) };
  return postpone(
    run.ledger,
    run.held,
    result,
    {
      on: 'step-confirmed',
      dueAt: new Date().toISOString(),
      reason: step,
      changes: { step: next, ...made, retries: 0, resends: 0, unknown_since: null, absent_since: null, looks: 0 },
    },
    (tx) =>
      step === 'identify-patient'
        ? keepPatientKey(tx, run.ledger.keys, run.held, work.patient, found.externalId)
        : Promise.resolve(),
  );
}
