/** Writes what a step's call came to into the ledger, and says whether another step follows. */
import type { Outcome, Refusal } from '../adapter-kit/index.ts';
import { UNMAPPED, type UnmappedCode } from '../connections/unmapped.ts';
import type { Sql } from '../db/database.ts';
import { parkConnection, UNWELL } from '../ledger/connection-state.ts';
import { keepPatientKey } from '../ledger/patient-key.ts';
import { useNewest, waitForCode } from '../ledger/unmapped-code.ts';
import { finishStep, postpone, settle } from '../ledger/settle.ts';
import { reactionTo, retryPauseMs } from './decide.ts';
import { LOOK_MS } from './hold-back.ts';
import { verdictParts, type Run } from './run.ts';
import { COMPENSATION, lastsUntilDone, SLOT_MOVED, stepAfter, type StepName } from './steps.ts';
import type { WorkOrder } from '../ledger/work-order.ts';

export interface Attempted {
  readonly attemptId: string;
  readonly exchanges: readonly unknown[];
  readonly durationMs: number;
  /** The code that kept it from its end. */
  readonly unmapped?: UnmappedCode | undefined;
  /** It was written with mappings that it began with, and there are newer ones. */
  readonly earlierMappings?: boolean | undefined;
}

/** After so many tries a HIS that is not reached is taken for away, however few calls there were for its breaker to count. */
const TRIES_OF_OUTAGE = 3;

/** An outage costs time, and nothing but time: no retry is used up by it, and nothing fails for it. */
const isOutage = (refusal: Refusal | undefined, retries: number): boolean =>
  refusal?.class === 'transient' && refusal.reason === 'not-reached' && retries >= TRIES_OF_OUTAGE;

/**
 * A write that was proved absent, and sent again, finds its slot taken: the first one may have come through after all, and its
 * booking be what is in the way. Looked up before it is believed. Of what was not sent again that says nothing.
 */
const mayBeOurOwn = (refusal: Refusal | undefined, step: StepName, work: WorkOrder): boolean =>
  refusal?.class === 'conflict' &&
  refusal.reason !== SLOT_MOVED &&
  work.resends > 0 &&
  ['book', 'book-new', 'reschedule'].includes(step);

export async function recordOutcome(
  run: Run,
  work: WorkOrder,
  step: StepName,
  attempted: Attempted,
  outcome: Outcome,
): Promise<boolean> {
  const { ledger, held, open } = run;
  const { policy } = open.connection.row;
  const kind = lastsUntilDone(step) ? 'cancel' : work.kind;
  const limits = lastsUntilDone(step) ? { ...policy, retriesMax: Number.POSITIVE_INFINITY } : policy;
  const refusal = outcome.class === 'success' ? undefined : outcome;
  const reaction = mayBeOurOwn(refusal, step, work)
    ? 'answer-lost'
    : isOutage(refusal, work.retries)
      ? 'held-back'
      : reactionTo(outcome.class, kind, work.retries, limits);
  const { patient } = work;
  const result = {
    ...attempted,
    patient,
    class: outcome.class,
    reason: refusal?.reason,
    vendorCode: refusal?.vendorCode,
  };
  run.log.info(
    {
      transactionId: held.id,
      attemptId: attempted.attemptId,
      connectionId: held.connectionId,
      step,
      class: outcome.class,
      code: refusal?.reason,
    },
    `${step}: ${outcome.class === 'success' ? 'done' : `${outcome.class} (${outcome.reason})`}`,
  );
  const dueAt = (pauseMs: number): string => new Date(Date.now() + pauseMs).toISOString();
  const { unmapped } = attempted;
  const alsoWait = (tx: Sql): Promise<void> => waitForMapping(tx, run, attempted);
  if (unmapped && reaction !== 'answer-lost') {
    // Nothing was written: it is sent when the code is mapped, however long that takes, and no retry is used up.
    await postpone(
      ledger,
      held,
      result,
      {
        on: 'held-back',
        dueAt: dueAt(attempted.earlierMappings ? 0 : LOOK_MS),
        reason: UNMAPPED,
        changes: step === 'undo-new' ? {} : { error_class: outcome.class, error_code: UNMAPPED },
      },
      alsoWait,
    );
    return false;
  }

  switch (reaction) {
    case 'confirmed':
      return recordSuccess(run, work, step, result, outcome);
    case 'refused':
    case 'given-up': {
      const compensation = COMPENSATION[step];
      const code = refusal?.reason ?? 'refused';
      if (compensation) {
        const why = { error_class: outcome.class, error_code: code };
        await finishStep(ledger, held, result, { step: compensation, retries: 0, resends: 0, ...why });
        return true;
      }
      await settle(ledger, held, result, {
        ...verdictParts(work),
        on: step === 'undo-new' ? 'unresolvable' : reaction,
        slotTaken: refusal?.class === 'conflict' && refusal.reason === 'slot-taken',
        errorClass: outcome.class,
        errorCode: code,
      });
      return false;
    }
    case 'postponed':
      await postpone(ledger, held, result, {
        on: 'postponed',
        dueAt: dueAt(retryPauseMs(policy, work.retries, refusal?.retryAfterMs)),
        reason: refusal?.reason ?? 'transient',
        changes: {
          retries: work.retries + 1,
          // Why a move is undone is what its caller is told in the end.
          ...(step === 'undo-new' ? {} : { error_class: outcome.class, error_code: refusal?.reason ?? null }),
        },
      });
      return false;
    case 'held-back': {
      const probeAt = dueAt(policy.breakerResetMs);
      const why = refusal?.class === 'auth' ? refusal.reason : UNWELL;
      run.log.error(
        { connectionId: held.connectionId, code: refusal?.reason },
        `the HIS ${refusal?.class === 'auth' ? 'refuses our credentials' : 'is not reached'}: the connection is parked and probes again by itself`,
      );
      await postpone(ledger, held, result, { on: 'held-back', dueAt: probeAt, reason: why }, (tx) =>
        parkConnection(tx, held.connectionId, why, probeAt),
      );
      return false;
    }
    case 'answer-lost':
      await postpone(
        ledger,
        held,
        result,
        {
          on: 'answer-lost',
          dueAt: dueAt(policy.lookupScheduleMs[0] ?? 0),
          reason: refusal?.reason ?? 'unknown',
          changes: { unknown_since: new Date().toISOString(), looks: 0, absent_since: null },
        },
        alsoWait,
      );
      return false;
    default:
      return reaction satisfies never;
  }
}

/** The transaction does not get its turn again until the code is mapped; or, if it may be by now, is mapped anew. */
export async function waitForMapping(tx: Sql, { held }: Run, attempted: Attempted): Promise<void> {
  const { unmapped, earlierMappings, attemptId } = attempted;
  if (!unmapped) return;
  if (earlierMappings) await useNewest(tx, held.id);
  else await waitForCode(tx, { transactionId: held.id, attemptId }, { ...held, ...unmapped });
}

/** A step that succeeded: the next one follows, or the transaction is settled. */
async function recordSuccess(
  run: Run,
  work: WorkOrder,
  step: StepName,
  result: Parameters<typeof settle>[2] & object,
  outcome: Outcome,
): Promise<boolean> {
  const evidence = outcome.class === 'success' ? outcome : undefined;
  const next = stepAfter(step, work, run.open.connection.connector);
  if (next && step !== 'undo-new') {
    await finishStep(
      run.ledger,
      run.held,
      result,
      step === 'identify-patient'
        ? { step: next, retries: 0 }
        : {
            step: next,
            retries: 0,
            resends: 0,
            step_external_id: evidence?.externalId ?? null,
            step_identifiers: JSON.stringify(evidence?.identifiers ?? []),
          },
      (tx) =>
        step === 'identify-patient' && evidence
          ? keepPatientKey(tx, run.ledger.keys, run.held, work.patient, evidence.externalId)
          : Promise.resolve(),
    );
    return true;
  }
  const verdict = verdictOfSuccess(work, step, evidence);
  if (await run.confirmed.settle(run.held, result, verdict)) run.settlements.settled(run.held.id);
  else await settle(run.ledger, run.held, result, verdict);
  return false;
}

/** After an undone move the transaction is refused, for the reason that made it necessary. */
export function verdictOfSuccess(work: WorkOrder, step: StepName, evidence: Parameters<typeof verdictParts>[1]) {
  if (step === 'undo-new') {
    return { ...verdictParts(work), on: 'refused' as const, errorClass: work.errorClass, errorCode: work.errorCode };
  }
  const made =
    step === 'cancel-old' ? { externalId: work.stepExternalId ?? '', identifiers: work.stepIdentifiers } : evidence;
  return {
    ...verdictParts(work, work.kind === 'cancel' ? undefined : made),
    on: 'confirmed' as const,
    errorClass: null,
    errorCode: null,
  };
}
