/**
 * Takes one transaction from the queue to the HIS and back into the ledger: turn, lease, attempt, call, record.
 * What a call means is decided in decide.ts; what it takes, in steps.ts; nothing here knows a vendor.
 */
import type { Finding, Outcome } from '../adapter-kit/index.ts';
import { Grouped } from '../db/database.ts';
import { collapse, readWithdrawn } from '../ledger/collapse.ts';
import { appendEvents } from '../ledger/event.ts';
import { BookingAttempts, type BegunBooking } from '../ledger/booking-attempts.ts';
import { ConfirmedBookings } from '../ledger/confirmed-bookings.ts';
import { beginAttempt, lease, type Lease } from '../ledger/lease.ts';
import { settle } from '../ledger/settle.ts';
import { LeaseLost } from '../ledger/transition.ts';
import { readKnownExternalIds, readWorkOrder, type WorkOrder } from '../ledger/work-order.ts';
import { HoldingBack, whyHeldBack, type HeldBack } from './hold-back.ts';
import { makeCall, thisMoment, type Moment } from '../connections/make-call.ts';
import type { Connection } from '../connections/connection.ts';
import type { OpenConnection } from '../connections/open-connections.ts';
import type { CallMappings } from '../connections/own-mappings.ts';
import { UNMAPPED } from '../connections/unmapped.ts';
import { mayIdentify, readErrands, waitForPatients, type Errand } from './errand.ts';
import { recordFinding } from './record-finding.ts';
import { recordOutcome, type Attempted } from './record-outcome.ts';
import { verdictParts, type DispatcherParts, type Run } from './run.ts';
import { WaitingRoom } from './waiting-room.ts';
import { begunStep, currentStep, lookUpStep, refusedUnsent, runStep, type StepName } from './steps.ts';

/** An attempt that was begun together with its lease. */
interface Begun extends BegunBooking {
  readonly step: StepName;
  /** When the lease was asked for. */
  readonly since: Moment;
  readonly mappings: CallMappings | undefined;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #bookings: BookingAttempts;
  readonly #confirmed: ConfirmedBookings;
  readonly #errands: Grouped<string, Errand | undefined>;
  readonly #withdrawn: Grouped<string, boolean>;
  readonly #patients: Grouped<Errand, undefined>;
  readonly #holding: HoldingBack;
  /** Calls for what is due, and whom the sweeper need not call for. */
  readonly waiting: WaitingRoom;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#bookings = new BookingAttempts(parts.ledger);
    this.#confirmed = new ConfirmedBookings(parts.ledger);
    this.#errands = new Grouped((ids) => readErrands(parts.ledger.db, ids));
    this.#withdrawn = new Grouped((ids) => readWithdrawn(parts.ledger.db, ids));
    this.#patients = new Grouped((errands) => waitForPatients(parts.ledger, errands));
    this.#holding = new HoldingBack(parts.ledger);
    this.waiting = new WaitingRoom(parts.ledger.db, (id) => parts.ledger.queue.begin(id));
  }

  /** Does what is due for the transaction, if anything. Safe to call at any time, twice, or from two processes. */
  dispatch(transactionId: string): Promise<void> {
    return this.waiting.whileInside(transactionId, async () => {
      const errand = await this.#errands.ask(transactionId);
      if (!errand) return;
      const open = await this.#open(errand);
      const { connection } = open;
      // Not in its turn, which others could use.
      if (isAnothers(errand, connection) && whyHeldBack(open) === undefined) {
        await this.#patients.ask(errand);
        return;
      }
      if (!this.waiting.admits(connection)) return;
      const heldBack = await connection.takeTurn(async () => {
        const found = await this.#turn(errand);
        if (found) await this.#holding.turnAway(found);
        return found;
      });
      if (heldBack) await this.#holding.park(heldBack);
      await this.waiting.refill(connection);
    });
  }

  async #open({ connectionId, connectionRevision }: Errand): Promise<OpenConnection> {
    const { connections } = this.#parts;
    return connections.known(connectionId, connectionRevision) ?? connections.get(connectionId);
  }

  /** Says why, when nothing may be sent. */
  async #turn(errand: Errand): Promise<HeldBack | undefined> {
    const { ledger, connections, settlements } = this.#parts;
    const seen = await this.#open(errand);
    const begun = await this.#beginBooking(errand, seen);
    if (begun) {
      await this.#carry(begun.held, seen, begun);
      return undefined;
    }
    const open = await connections.get(errand.connectionId);
    if ((await this.#withdrawn.ask(errand.id)) && (await collapse(ledger.db, errand.id))) {
      settlements.announce(errand.id);
      return undefined;
    }
    const reason = whyHeldBack(open) ?? (errand.waitsForCode ? UNMAPPED : undefined);
    if (reason) return { transactionId: errand.id, open, reason };
    if (open.connection.connector.matchPatient && !(await mayIdentify(ledger, errand)))
      return this.#patients.ask(errand);
    const held = await lease(ledger.db, errand.id, open.connection.row.policy.leaseMs);
    if (held) await this.#carry(held, open);
    return undefined;
  }

  async #carry(held: Lease, open: OpenConnection, begun?: Begun): Promise<void> {
    try {
      await this.#run({ ...this.#parts, confirmed: this.#confirmed, held, open }, begun);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      this.#parts.log.warn({ transactionId: held.id, connectionId: held.connectionId }, error.message);
    }
    this.#parts.settlements.announce(held.id);
  }

  /** An attempt of a booking of a patient whom the HIS knows, or need not know beforehand. */
  async #beginBooking(errand: Errand, open: OpenConnection): Promise<Begun | undefined> {
    const { connection } = open;
    const { plainState: state, attempts, mappingBegan } = errand;
    if (state === null || errand.waitsForCode || whyHeldBack(open) !== undefined) return undefined;
    if (connection.connector.matchPatient && errand.unknownPatientId !== null) return undefined;
    const since = thisMoment();
    const step = 'book';
    const mappings = await connection.mappingsFor({ transactionId: errand.id, began: mappingBegan });
    if (mappings?.replaceGone) return undefined;
    const { leaseMs } = connection.row.policy;
    const wanted = {
      transactionId: errand.id,
      state,
      attempts,
      mappingBegan,
      step,
      leaseMs,
      mappingVersion: mappings?.version,
      connectionRevision: open.revision,
    };
    const begun = await this.#bookings.begin(wanted);
    return begun && { ...begun, step, since, mappings };
  }

  async #run(run: Run, begun?: Begun): Promise<void> {
    if (run.held.state === 'verifying') return this.#verify(run);
    for (let open = await this.#execute(run, begun); open;) open = await this.#execute(run);
  }

  /** One step; true when another follows under the same lease. */
  async #execute(run: Run, begun?: Begun): Promise<boolean> {
    const work = begun?.work ?? (await readWorkOrder(run.ledger.db, run.ledger, run.held.id));
    const { connection } = run.open;
    const step = begun?.step ?? currentStep(work, connection.connector);
    // The lease is ours for so long after this; a worker that was suspended meanwhile must not send any more.
    const since = begun?.since ?? thisMoment();
    const { attempt, mappings } = begun ?? (await this.#begin(run, work, step));
    let exchanged: Omit<Attempted, 'attemptId'> = { exchanges: [], durationMs: 0 };
    const outcome =
      refusedUnsent(step, work) ??
      (await connection.guarded(async () => {
        const made = await makeCall<Outcome>(
          { ...this.#context(run, attempt.number, connection.row.policy.writeDeadlineMs, step), since, mappings },
          (call) => runStep(step, connection.connector, call, work),
          (refusal) => refusal,
        );
        exchanged = made;
        return made.value;
      }));
    const earlierMappings = mappings?.areEarlier;
    return recordOutcome(run, work, step, { attemptId: attempt.id, earlierMappings, ...exchanged }, outcome);
  }

  async #verify(run: Run): Promise<void> {
    const work = await readWorkOrder(run.ledger.db, run.ledger, run.held.id);
    const { connection } = run.open;
    const step = begunStep(work, connection.connector);
    // Whether a patient was created its register says, also where no appointment can be looked up.
    if (connection.adapter.manifest.lookup === 'none' && step !== 'identify-patient') {
      return giveToPerson(run, work, 'no-lookup');
    }
    // As for a write: what is looked for late may have been settled since, and be changed by another.
    const since = thisMoment();
    const { attempt, mappings } = await this.#begin(run, work, step);
    const known = await readKnownExternalIds(run.ledger.db, work.id);
    const made = await makeCall<Finding | { readonly kind: 'failed'; readonly reason: string }>(
      { ...this.#context(run, attempt.number, connection.row.policy.readDeadlineMs, 'look-up'), since, mappings },
      (call) => lookUpStep(step, connection.connector, call, work, known),
      (refusal) => ({ kind: 'failed', reason: refusal.reason }),
    );
    const earlierMappings = mappings?.areEarlier;
    await recordFinding(run, work, step, { attemptId: attempt.id, earlierMappings, ...made }, made.value);
  }

  async #begin(run: Run, work: WorkOrder, step: string) {
    const { connection } = run.open;
    const mappings = await connection.mappingsFor({ transactionId: work.id, began: work.mappingVersion });
    const attempt = await beginAttempt(run.ledger.db, run.held, {
      step,
      leaseMs: connection.row.policy.leaseMs,
      mappingVersion: mappings?.version,
    });
    if (!attempt) throw new LeaseLost(run.held.id);
    if (mappings?.replaceGone) await tellVersionGone(run, work, mappings.version);
    return { attempt, mappings };
  }

  #context(run: Run, attempt: number, deadlineMs: number, operation: string) {
    const { connection } = run.open;
    const transactionId = run.held.id;
    return { operation, connection, transactionId, attempt, deadlineMs, asksForCode: true, log: run.log };
  }
}

/** Somebody else is finding out who its patient is at this HIS, and nothing else is to be done meanwhile. */
const isAnothers = ({ isBeingIdentified, unknownPatientId, isWithdrawn }: Errand, { connector }: Connection): boolean =>
  isBeingIdentified && unknownPatientId !== null && !isWithdrawn && connector.matchPatient !== undefined;

async function tellVersionGone({ ledger, held }: Run, work: WorkOrder, now: string): Promise<void> {
  const { organizationId, connectionId, appointmentId, id: transactionId } = held;
  const data = { began: work.mappingVersion, now };
  await appendEvents(ledger.db, [
    { type: 'mapping.version_gone', organizationId, connectionId, appointmentId, transactionId, data },
  ]);
}

async function giveToPerson(run: Run, work: WorkOrder, errorCode: string): Promise<void> {
  await settle(run.ledger, run.held, undefined, {
    ...verdictParts(work),
    on: 'unresolvable',
    errorClass: 'unknown',
    errorCode,
  });
}
