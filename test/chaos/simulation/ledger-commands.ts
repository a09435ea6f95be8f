/** The ledger's own operations, drawn at random: what the simulated database and Postgres must do alike. */
import { bookAppointment } from '../../../src/commands/book-appointment.ts';
import { cancelAppointment, rescheduleAppointment } from '../../../src/commands/change-appointment.ts';
import { GroupBookings } from '../../../src/commands/group-bookings.ts';
import { createHold } from '../../../src/commands/holds.ts';
import { replayTransaction } from '../../../src/commands/replay.ts';
import { resolveTransaction } from '../../../src/commands/resolve.ts';
import type { Database } from '../../../src/db/database.ts';
import type { Queue } from '../../../src/db/queue.ts';
import { sweep } from '../../../src/dispatch/sweeper.ts';
import { readErrands, mayIdentify, waitForPatients } from '../../../src/dispatch/errand.ts';
import { HubError, type Caller } from '../../../src/domain/index.ts';
import { collapse } from '../../../src/ledger/collapse.ts';
import { parkConnection, takeProbe, unparkConnection } from '../../../src/ledger/connection-state.ts';
import { beginIdempotent, keepAnswer, linkIdempotent } from '../../../src/ledger/idempotency.ts';
import { ConfirmedBookings } from '../../../src/ledger/confirmed-bookings.ts';
import { BookingAttempts } from '../../../src/ledger/booking-attempts.ts';
import { beginAttempt, lease, type Lease } from '../../../src/ledger/lease.ts';
import { parkTransactions } from '../../../src/ledger/park.ts';
import { keepPatientKey } from '../../../src/ledger/patient-key.ts';
import { finishStep, postpone, settle, type Ledger, type Verdict } from '../../../src/ledger/settle.ts';
import { readWorkOrder, type WorkOrder } from '../../../src/ledger/work-order.ts';
import { OPEN_KEYS, OPEN_SEAL } from './open-keys.ts';
import type { Random } from './random.ts';
import { Ids } from './short-ids.ts';

/** The ground of one sequence; the same ids on both sides. */
export interface Clinic {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly patientIds: readonly string[];
  readonly slotIds: readonly string[];
  readonly newId: () => string;
  readonly nowMs: () => number;
}

/** An id that nothing has. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
const CALLERS = ['a', 'b'] as const;

/** One of the two databases, and what its operations have given so far. */
export class Side {
  readonly db: Database;
  readonly ids = new Ids();
  readonly ledger: Ledger;
  readonly transactions: string[] = [];
  readonly appointments: string[] = [];
  readonly holds: string[] = [];
  readonly leases: Lease[] = [];
  readonly attempts: string[] = [];
  readonly #sent: string[] = [];

  constructor(db: Database) {
    this.db = db;
    const queue: Queue = {
      send: (_, ...wakes) => {
        this.#sent.push(...wakes.map(({ transactionId, dueAt }) => `${transactionId} ${dueAt}`));
        return Promise.resolve();
      },
      begin: () => {},
      work: () => {},
      stop: () => Promise.resolve(),
    };
    this.ledger = { db, queue, seal: OPEN_SEAL, keys: OPEN_KEYS };
  }

  /** What an operation gave, or threw; with the jobs that it sent. */
  async told(operation: (side: Side) => Promise<unknown>): Promise<string> {
    const result = await operation(this).catch((error: unknown) => nameOf(error));
    const jobs = this.#sent.splice(0).toSorted();
    return this.ids.shorten(stableJson({ result: result ?? null, jobs: jobs.length }));
  }
}

/** Postgres keeps the members of jsonb in an order of its own. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function nameOf(error: unknown): string {
  if (error instanceof HubError) return `HubError ${error.code}`;
  if (!(error instanceof Error)) return String(error);
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return typeof code === 'string'
    ? `${code} ${String(constraint)}`
    : error.name === 'Error'
      ? error.message
      : error.name;
}

type Operation = (side: Side) => Promise<unknown>;

/** Draws one operation; whatever is drawn is drawn before either side runs it. */
export function drawOperation(clinic: Clinic, random: Random): { readonly name: string; readonly run: Operation } {
  const name = random.weighted(WEIGHTS);
  return { name, run: OPERATIONS[name](clinic, random) };
}

const WEIGHTS = {
  book: 14,
  bookPlain: 14,
  hold: 4,
  cancel: 6,
  reschedule: 7,
  lease: 22,
  attempt: 14,
  begin: 14,
  confirm: 6,
  settle: 12,
  postpone: 10,
  finishStep: 4,
  order: 3,
  errand: 3,
  sweep: 6,
  park: 4,
  collapse: 4,
  parkConnection: 1,
  probe: 2,
  replay: 6,
  resolve: 4,
  key: 2,
  idempotent: 4,
} as const;

const callerOf = ({ organizationId }: Clinic, clientId: string): Caller => ({ organizationId, clientId, role: 'app' });
const at = <T>(list: readonly T[], place: number): T | undefined => list[Math.floor(place * list.length)];
/** Mostly the newest: what is old is over. */
const recent = <T>(list: readonly T[], place: number): T | undefined => at(list.slice(-8), place);

const OPERATIONS: Readonly<Record<keyof typeof WEIGHTS, (clinic: Clinic, random: Random) => Operation>> = {
  book: (clinic, random) => {
    const [slotId, patientId] = [random.pick(clinic.slotIds), random.pick(clinic.patientIds)];
    const [caller, id, held] = [callerOf(clinic, random.pick(CALLERS)), clinic.newId(), random.next()];
    const usesHold = random.chance(0.3);
    return async ({ db, ledger, transactions, appointments, holds }) => {
      const holdId = usesHold ? recent(holds, held) : undefined;
      const booking = { slotId, patientId, reason: 'check', ...(holdId !== undefined && { holdId }) };
      const opened = await db.transaction((tx) => bookAppointment(tx, ledger, caller, id, booking));
      transactions.push(opened.transactionId);
      appointments.push(opened.appointmentId);
      return opened;
    };
  },
  bookPlain: (clinic, random) => {
    const [slotId, patientId] = [random.pick(clinic.slotIds), random.pick(clinic.patientIds)];
    const [caller, id, held] = [callerOf(clinic, random.pick(CALLERS)), clinic.newId(), random.next()];
    const [usesHold, key, workingUntil] = [random.chance(0.3), random.pick(['x', 'k', clinic.newId()]), clinic.nowMs()];
    return async ({ ledger, transactions, appointments, holds }) => {
      const holdId = usesHold ? recent(holds, held) : undefined;
      const opened = await new GroupBookings(ledger).book({
        caller,
        transactionId: id,
        booking: { slotId, patientId, reason: 'check', ...(holdId !== undefined && { holdId }) },
        record: {
          key: { ...caller, route: 'r', key },
          fingerprint: Buffer.from('p'),
          workingUntil: new Date(workingUntil + 1_000),
        },
      });
      if (!opened) return 'not plain';
      if (opened === 'taken') return opened;
      transactions.push(opened.transactionId);
      appointments.push(opened.appointmentId);
      return opened;
    };
  },
  hold: (clinic, random) => {
    const [slotId, caller] = [random.pick(clinic.slotIds), callerOf(clinic, random.pick(CALLERS))];
    return async ({ db, holds }) => {
      const hold = await db.transaction((tx) => createHold(tx, caller, { slotId, ttlSeconds: 5 }));
      if (hold) holds.push(hold.id);
      return hold;
    };
  },
  cancel: (clinic, random) => {
    const [place, caller, id] = [random.next(), callerOf(clinic, 'a'), clinic.newId()];
    return async ({ db, ledger, transactions, appointments }) => {
      const change = { id: recent(appointments, place) ?? clinic.organizationId, reason: 'ill' };
      const opened = await db.transaction((tx) => cancelAppointment(tx, ledger, caller, id, change));
      transactions.push(opened.transactionId);
      return opened;
    };
  },
  reschedule: (clinic, random) => {
    const [place, caller, id, slotId] = [
      random.next(),
      callerOf(clinic, 'a'),
      clinic.newId(),
      random.pick(clinic.slotIds),
    ];
    return async ({ db, ledger, transactions, appointments }) => {
      const change = { id: recent(appointments, place) ?? clinic.organizationId, slotId };
      const opened = await db.transaction((tx) => rescheduleAppointment(tx, ledger, caller, id, change));
      transactions.push(opened.transactionId);
      return opened;
    };
  },
  lease: (_, random) => {
    const [place, leaseMs] = [random.next(), random.pick([50, 1_000, 10_000])];
    return async ({ db, transactions, leases }) => {
      const held = await lease(db, recent(transactions, place) ?? NOBODY, leaseMs);
      if (held) leases.push(held);
      return held;
    };
  },
  begin: (_, random) => {
    const place = random.next();
    return async ({ db, ledger, transactions, leases, attempts }) => {
      const transactionId = recent(transactions, place) ?? NOBODY;
      const [errand] = await readErrands(db, [transactionId]);
      // The simulated database has no triggers: there it is always the first one.
      const connectionRevision = errand?.connectionRevision ?? 0;
      if (!errand || errand.plainState === null) return 'not plain';
      const seen = { state: errand.plainState, attempts: errand.attempts, mappingBegan: errand.mappingBegan };
      const wanted = { transactionId, step: 'book', leaseMs: 2_000, mappingVersion: undefined, connectionRevision };
      const begun = await new BookingAttempts(ledger).begin({ ...wanted, ...seen });
      if (begun) {
        leases.push(begun.held);
        attempts.push(begun.attempt.id);
      }
      return begun;
    };
  },
  confirm: (_, random) => {
    const [place, made, key] = [random.next(), random.next(), random.pick([null, 'k1', 'k2', 'k3', 'k4'])];
    return async (side) => {
      const held = recent(side.leases, place);
      const result = resultOf(side, made, 'success');
      if (!held || !result) return 'nothing to confirm';
      const work = await readWorkOrder(side.db, side.ledger, held.id);
      const verdict = { ...verdictOf(work), on: 'confirmed' as const, slotTaken: false, externalId: key };
      const identifiers = key === null ? [] : [{ system: 'urn:his', value: key }];
      return new ConfirmedBookings(side.ledger).settle(held, result, {
        ...verdict,
        identifiers,
        errorClass: null,
        errorCode: null,
      });
    };
  },
  attempt: (_, random) => {
    const [place, step] = [random.next(), random.pick(['book', 'cancel', 'book-new'])];
    return async ({ db, leases, attempts }) => {
      const held = recent(leases, place);
      if (!held) return 'no lease';
      const attempt = await beginAttempt(db, held, { step, leaseMs: 2_000, mappingVersion: undefined });
      if (attempt) attempts.push(attempt.id);
      return attempt;
    };
  },
  settle: (_, random) => {
    const [place, made] = [random.next(), random.next()];
    const on = random.pick<Verdict['on']>([
      'confirmed',
      'confirmed',
      'confirmed',
      'refused',
      'given-up',
      'unresolvable',
    ]);
    const [slotTaken, key] = [random.chance(0.3), random.pick([null, 'k1', 'k2', 'k3', 'k4'])];
    return async (side) => {
      const held = recent(side.leases, place);
      if (!held) return 'no lease';
      const work = await readWorkOrder(side.db, side.ledger, held.id);
      const verdict = { ...verdictOf(work), on, slotTaken: slotTaken && on === 'refused', externalId: key };
      const identifiers = key === null ? [] : [{ system: 'urn:his', value: key }];
      const errors = on === 'confirmed' ? { errorClass: null, errorCode: null } : { errorClass: 'x', errorCode: 'why' };
      await settle(side.ledger, held, resultOf(side, made, on), { ...verdict, ...errors, identifiers });
      return 'settled';
    };
  },
  postpone: (clinic, random) => {
    const [place, made, pauseMs] = [random.next(), random.next(), random.pick([0, 0, 3_000])];
    const on = random.pick([
      'postponed',
      'held-back',
      'answer-lost',
      'answer-lost',
      'proved-absent',
      'still-unknown',
    ] as const);
    return async (side) => {
      const held = recent(side.leases, place);
      if (!held) return 'no lease';
      const dueAt = new Date(clinic.nowMs() + pauseMs).toISOString();
      const changes = on === 'answer-lost' ? { unknown_since: dueAt, looks: 0, absent_since: null } : {};
      await postpone(side.ledger, held, resultOf(side, made, on), { on, dueAt, reason: 'r', changes });
      return 'postponed';
    };
  },
  finishStep: (_, random) => {
    const [place, made] = [random.next(), random.next()];
    return async (side) => {
      const held = recent(side.leases, place);
      const result = resultOf(side, made, 'success');
      if (!held || !result) return 'nothing to finish';
      const changes = { step: 'cancel-old', step_external_id: 'new', step_identifiers: '[{"system":"s","value":"v"}]' };
      await finishStep(side.ledger, held, result, changes);
      return 'finished';
    };
  },
  order: (_, random) => {
    const place = random.next();
    return async ({ db, ledger, transactions }) => readWorkOrder(db, ledger, at(transactions, place) ?? NOBODY);
  },
  errand: (_, random) => {
    const place = random.next();
    return async ({ db, ledger, transactions }) => {
      const [errand] = await readErrands(db, [recent(transactions, place) ?? NOBODY]);
      return {
        errand: errand && { ...errand, connectionRevision: 0 },
        waits: errand && !(await mayIdentify(ledger, errand)) && (await waitForPatients(ledger, [errand])),
      };
    };
  },
  sweep:
    () =>
    ({ ledger }) =>
      sweep(ledger),
  park: (clinic, random) => {
    const place = random.next();
    return async ({ ledger, transactions }) => {
      const dueAt = new Date(clinic.nowMs() + 60_000).toISOString();
      const parking = { dueAt, reason: 'paused', whileStopped: undefined };
      return parkTransactions(ledger, [recent(transactions, place) ?? NOBODY], parking);
    };
  },
  collapse: (_, random) => {
    const place = random.next();
    return ({ db, transactions }) => collapse(db, recent(transactions, place) ?? NOBODY);
  },
  parkConnection:
    ({ connectionId, nowMs }) =>
    ({ db }) =>
      parkConnection(db, connectionId, 'unwell', new Date(nowMs() + 2_000).toISOString()),
  probe:
    ({ connectionId }) =>
    async ({ db, ledger }) => {
      const taken = await takeProbe(db);
      await db.transaction((tx) => unparkConnection(tx, ledger.queue, connectionId));
      return taken.toSorted();
    },
  replay: (clinic, random) => {
    const place = random.next();
    return ({ ledger, transactions }) =>
      replayTransaction(ledger, callerOf(clinic, 'a'), at(transactions, place) ?? NOBODY, { mode: 'same' });
  },
  resolve: (clinic, random) => {
    const [place, as, externalId] = [
      random.next(),
      random.pick(['booked', 'absent'] as const),
      random.pick(['k1', 'k9']),
    ];
    return ({ ledger, transactions }) =>
      resolveTransaction(ledger, callerOf(clinic, 'a'), at(transactions, place) ?? NOBODY, {
        as,
        reason: 'asked',
        ...(as === 'booked' && { externalId }),
      });
  },
  key: (clinic, random) => {
    const [place, patientId] = [random.next(), random.pick(clinic.patientIds)];
    return ({ db, transactions }) => {
      const by = { ...clinic, id: at(transactions, place) ?? NOBODY };
      return db.transaction((tx) =>
        keepPatientKey(
          tx,
          OPEN_KEYS,
          by,
          { id: patientId, seal: OPEN_SEAL },
          `his-${clinic.patientIds.indexOf(patientId)}`,
        ),
      );
    };
  },
  idempotent: (clinic, random) => {
    const id = { ...clinic, clientId: 'a', route: 'r', key: random.pick(['x', 'y', 'z']) };
    const [print, place] = [Buffer.from(random.pick(['p', 'p', 'q'])), random.next()];
    const answers = random.chance(0.4);
    return ({ db, transactions, appointments }) =>
      db.transaction(async (tx) => {
        const begun = await beginIdempotent(tx, OPEN_SEAL, id, {
          fingerprint: print,
          workingUntil: new Date(clinic.nowMs() + 1_000),
          isToBeConfirmed: false,
        });
        const [transactionId, appointmentId] = [at(transactions, place), at(appointments, place)];
        if (begun.kind === 'new' && transactionId && appointmentId) {
          await linkIdempotent(tx, id, appointmentId, transactionId);
        }
        if (answers) await keepAnswer(tx, OPEN_SEAL, id, { status: 202, headers: {}, body: { transactionId } });
        return begun;
      });
  },
};

const verdictOf = (work: WorkOrder) => ({
  kind: work.kind,
  slotId: work.slot.id,
  fromSlotId: work.fromSlot?.id ?? null,
});

function resultOf({ attempts }: Side, place: number, resultClass: string) {
  const attemptId = recent(attempts, place);
  return attemptId === undefined ? undefined : { attemptId, class: resultClass, durationMs: 3, exchanges: [] };
}
