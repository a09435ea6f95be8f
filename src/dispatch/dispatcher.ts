/**
 * Takes one transaction from the queue to the HIS and back into the ledger: turn, lease, attempt, call, record.
 * What a call means is decided in decide.ts; what it takes, in steps.ts; nothing here knows a vendor.
 */
import type { Finding, Outcome } from '../adapter-kit/index.ts';
import { collapse } from '../ledger/collapse.ts';
import { beginAttempt, lease } from '../ledger/lease.ts';
import { claimIdentification } from '../ledger/patient-key.ts';
import { postpone, settle } from '../ledger/settle.ts';
import { LeaseLost } from '../ledger/transition.ts';
import { readWorkOrder, type WorkOrder } from '../ledger/work-order.ts';
import { holdBack, whyHeldBack } from './hold-back.ts';
import { makeCall } from '../connections/make-call.ts';
import { recordFinding } from './record-finding.ts';
import { recordOutcome } from './record-outcome.ts';
import { verdictParts, type DispatcherParts, type Run } from './run.ts';
import { currentStep, lookUpStep, runStep } from './steps.ts';

export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Does what is due for the transaction, if anything. Safe to call at any time, twice, or from two processes. */
  async dispatch(transactionId: string): Promise<void> {
    const { ledger, connections, settlements, log } = this.#parts;
    const found = await ledger.db.query<{ connection_id: string }>(
      'select connection_id from transaction where id = $1',
      [transactionId],
    );
    const [row] = found.rows;
    if (!row) return;
    const open = await connections.get(row.connection_id);
    await open.connection.takeTurn(async () => {
      const fresh = await connections.get(row.connection_id);
      if (await collapse(ledger.db, transactionId)) return settlements.announce(transactionId);
      const reason = whyHeldBack(fresh);
      const held = reason ? undefined : await lease(ledger.db, transactionId, fresh.connection.row.policy.leaseMs);
      if (reason) await holdBack(ledger, transactionId, fresh, reason);
      if (!held) return;
      try {
        await this.#run({ ...this.#parts, held, open: fresh });
      } catch (error) {
        if (!(error instanceof LeaseLost)) throw error;
        log.warn({ transactionId, connectionId: row.connection_id }, error.message);
      }
      settlements.announce(transactionId);
    });
  }

  async #run(run: Run): Promise<void> {
    if (run.held.state === 'verifying') return this.#verify(run);
    for (let open = true; open;) open = await this.#execute(run);
  }

  /** One step; true when another follows under the same lease. */
  async #execute(run: Run): Promise<boolean> {
    const work = await readWorkOrder(run.ledger.db, run.ledger.seal, run.held.id);
    const { connection } = run.open;
    const step = currentStep(work, connection.connector);
    if (step === 'identify-patient' && !(await claimIdentification(run.ledger.db, run.held, work.patient.id))) {
      await waitForPatient(run);
      return false;
    }
    const attempt = await this.#begin(run, step);
    let exchanged: { exchanges: readonly unknown[]; durationMs: number } = { exchanges: [], durationMs: 0 };
    const outcome = await connection.guarded(async () => {
      const made = await makeCall<Outcome>(
        this.#context(run, attempt.number, connection.row.policy.writeDeadlineMs),
        (call) => runStep(step, connection.connector, call, work),
        (refusal) => refusal,
      );
      exchanged = made;
      return made.value;
    });
    return recordOutcome(run, work, step, { attemptId: attempt.id, ...exchanged }, outcome);
  }

  async #verify(run: Run): Promise<void> {
    const work = await readWorkOrder(run.ledger.db, run.ledger.seal, run.held.id);
    const { connection } = run.open;
    const step = currentStep(work, connection.connector);
    if (connection.adapter.manifest.lookup === 'none') return giveToPerson(run, work, 'no-lookup');
    const attempt = await this.#begin(run, step);
    const made = await makeCall<Finding | { readonly kind: 'failed'; readonly reason: string }>(
      this.#context(run, attempt.number, connection.row.policy.readDeadlineMs),
      (call) => lookUpStep(step, connection.connector, call, work),
      (refusal) => ({ kind: 'failed', reason: refusal.reason }),
    );
    await recordFinding(run, work, step, { attemptId: attempt.id, ...made }, made.value);
  }

  async #begin(run: Run, step: string): Promise<{ readonly id: string; readonly number: number }> {
    const { row, mappings } = run.open.connection;
    const attempt = await beginAttempt(run.ledger.db, run.held, {
      step,
      leaseMs: row.policy.leaseMs,
      mappingVersion: mappings?.version,
    });
    if (!attempt) throw new LeaseLost(run.held.id);
    return attempt;
  }

  #context(run: Run, attempt: number, deadlineMs: number) {
    return { connection: run.open.connection, transactionId: run.held.id, attempt, deadlineMs, log: run.log };
  }
}

/** Another transaction is finding out, or telling, who the patient is there. */
async function waitForPatient({ ledger, held, open }: Run): Promise<void> {
  const dueAt = new Date(Date.now() + open.connection.row.policy.retryBaseMs).toISOString();
  await postpone(ledger, held, undefined, { on: 'postponed', dueAt, reason: 'patient-being-identified' });
}

async function giveToPerson(run: Run, work: WorkOrder, errorCode: string): Promise<void> {
  await settle(run.ledger, run.held, undefined, {
    ...verdictParts(work),
    on: 'unresolvable',
    errorClass: 'unknown',
    errorCode,
  });
}
