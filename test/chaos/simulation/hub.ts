/** One process of the hub: its own code, wired as src/composition does, over the simulated database, queue and HISs. */
import type { Adapter } from '../../../src/adapter-kit/index.ts';
import { answerOnce, type Answer, type Change, type Once, type OnceParts } from '../../../src/commands/answer-once.ts';
import { bookAppointment, type Booking } from '../../../src/commands/book-appointment.ts';
import { toldBooking } from '../../../src/commands/told-booking.ts';
import { cancelAppointment, rescheduleAppointment } from '../../../src/commands/change-appointment.ts';
import { GroupBookings } from '../../../src/commands/group-bookings.ts';
import { slotTaken } from '../../../src/commands/take-slot.ts';
import { createHold } from '../../../src/commands/holds.ts';
import { replayTransaction } from '../../../src/commands/replay.ts';
import { resolveTransaction, type ResolveInput } from '../../../src/commands/resolve.ts';
import { Connections } from '../../../src/connections/open-connections.ts';
import type { Database, Sql } from '../../../src/db/database.ts';
import { Dispatcher } from '../../../src/dispatch/dispatcher.ts';
import { startProber } from '../../../src/dispatch/prober.ts';
import { startSweeper } from '../../../src/dispatch/sweeper.ts';
import { HubError, type Caller, type Log } from '../../../src/domain/index.ts';
import type { Seal } from '../../../src/ledger/seal.ts';
import { SettlementWatch } from '../../../src/ledger/settlement-watch.ts';
import type { MappingLibrary } from '../../../src/mapping/index.ts';
import type { Broker } from './broker.ts';
import { OPEN_KEYS, OPEN_SEAL } from './open-keys.ts';
import type { HubProcess } from './process.ts';

/** In hand at once; as in src/composition/work.ts. */
const CONCURRENCY = 20_000;

export interface Asked {
  readonly caller: Caller;
  readonly transactionId: string;
  readonly key: string;
  readonly waitMs: number;
}

export interface Hub {
  readonly process: HubProcess;
  book(asked: Asked, booking: Booking): Promise<Answer>;
  cancel(asked: Asked, appointmentId: string): Promise<Answer>;
  reschedule(asked: Asked, appointmentId: string, slotId: string): Promise<Answer>;
  hold(caller: Caller, slotId: string): Promise<string | undefined>;
  replay(caller: Caller, transactionId: string): Promise<void>;
  resolve(caller: Caller, transactionId: string, input: ResolveInput): Promise<void>;
}

export interface HubParts {
  readonly process: HubProcess;
  readonly db: Database;
  readonly broker: Broker;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly log: Log;
  /** False: what was forgotten stays forgotten. */
  readonly sweeps: boolean;
  /** False: nobody finds out that a HIS is well again. */
  readonly probes: boolean;
}

/** Starts it; what it started ends when its process dies. */
export function startHub({ process, db, broker, adapters, log, sweeps, probes }: HubParts): Hub {
  return process.run(() => {
    const queue = broker.open(process, (error) => log.warn({ err: error }, 'a job failed'));
    const settlements = new SettlementWatch(db);
    const ledger = { db, queue, seal: OPEN_SEAL, keys: OPEN_KEYS, settlements };
    const connections = new Connections({
      sql: db,
      seal: OPEN_SEAL,
      adapters,
      // The simulated HISs speak the hub's own words.
      mappings: { for: () => undefined } as unknown as MappingLibrary,
      openHubBook: () => {
        throw new Error('no connection of the simulation keeps its book in the hub');
      },
      openFeed: () => {
        throw new Error('no HIS of the simulation tells by itself');
      },
    });
    const dispatcher = new Dispatcher({ ledger, connections, settlements, log });
    queue.work((transactionId) => dispatcher.dispatch(transactionId), CONCURRENCY);
    if (sweeps) startSweeper(ledger, log, dispatcher.waiting);
    if (probes) startProber({ ledger, connections, log });
    return { process, ...operations(ledger) };
  });
}

function operations(ledger: {
  db: Database;
  queue: ReturnType<Broker['open']>;
  seal: Seal;
  settlements: SettlementWatch;
}) {
  const { db, settlements } = ledger;
  const bookings = new GroupBookings(ledger);
  const parts: OnceParts = {
    db,
    seal: OPEN_SEAL,
    settled: (transactionId, timeoutMs, signal) => settlements.wait(transactionId, timeoutMs, signal),
    problem: (error, transactionId) => ({ status: 409, headers: {}, body: { code: error.code, transactionId } }),
  };
  const change = (
    asked: Asked,
    route: string,
    payload: unknown,
    work: (tx: Sql) => Promise<Change>,
    quick: Pick<Once, 'quick' | 'repeated'> = {},
  ): Promise<Answer> =>
    answerOnce(
      parts,
      {
        caller: asked.caller,
        transactionId: asked.transactionId,
        route,
        idempotencyKey: asked.key,
        payload,
        waitMs: asked.waitMs,
        signal: new AbortController().signal,
      },
      {
        ...quick,
        work,
        answer: async (made) => toldAnswer(made) ?? readAnswer(db, made),
        explain: (refusal) => Promise.resolve(refusal),
      },
    );
  return {
    book: (asked: Asked, booking: Booking) =>
      change(asked, 'book', booking, (tx) => bookAppointment(tx, ledger, asked.caller, asked.transactionId, booking), {
        repeated: (made) => toldBooking(made, booking.reason ?? null),
        quick: async (record, isAwaited) => {
          const { caller, transactionId } = asked;
          const booked = await bookings.book({ caller, transactionId, booking, record, isAwaited });
          return booked === 'taken' ? { refused: slotTaken() } : booked;
        },
      }),
    cancel: (asked: Asked, id: string) =>
      change(asked, `cancel ${id}`, {}, (tx) =>
        cancelAppointment(tx, ledger, asked.caller, asked.transactionId, { id }),
      ),
    reschedule: (asked: Asked, id: string, slotId: string) =>
      change(asked, `reschedule ${id}`, { slotId }, (tx) =>
        rescheduleAppointment(tx, ledger, asked.caller, asked.transactionId, { id, slotId }),
      ),
    hold: async (caller: Caller, slotId: string) => {
      const hold = await db.transaction((tx) => createHold(tx, caller, { slotId, ttlSeconds: 20 }));
      return hold?.id;
    },
    replay: (caller: Caller, id: string) => replayTransaction(ledger, caller, id, { mode: 'same' }),
    resolve: (caller: Caller, id: string, input: ResolveInput) => resolveTransaction(ledger, caller, id, input),
  };
}

/** What the API says without a look. */
function toldAnswer({ appointmentId, transactionId, told }: Change): Answer | undefined {
  if (!told) return undefined;
  const { status, transactions } = told();
  const body = { appointmentId, transactionId, status, state: transactions[0]?.state };
  return { status: 202, headers: {}, body };
}

/** What the API would say: where things are. */
async function readAnswer(db: Database, { appointmentId, transactionId }: Change): Promise<Answer> {
  const found = await db.query<{ status: string; state: string }>(
    `select a.status, t.state from appointment a join transaction t on t.appointment_id = a.id where t.id = $1 and a.id = $2`,
    [transactionId, appointmentId],
  );
  const [row] = found.rows;
  if (!row) throw new HubError('not-found', 'There is no such appointment.');
  return { status: 202, headers: {}, body: { appointmentId, transactionId, ...row } };
}
