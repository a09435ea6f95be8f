/**
 * Bookings that arrive together are one statement: key, claim, appointment, transaction and event of all of them, in one commit.
 * Whatever is not plain (a repeat, a held or a stale slot, a patient that is not the caller's to book for) is left alone: it goes
 * the way of steps, which knows why and says so. Of many who want one slot the first goes ahead; the others learn together that it
 * was taken, and none of them waits for a lock.
 *
 * Where the hub itself keeps the book, the same statement enters the booking there: there is nobody to be asked, so nothing to be
 * sent, and no outcome that could be unknown. Its transaction goes from its first state to its last, by the same edges as any other.
 */
import { newId } from '../db/new-id.ts';
import { isId, type Caller } from '../domain/index.ts';
import { Grouped, type Database, type Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import type { KeptBooking } from '../ledger/idempotency.ts';
import { sealReason, type Seal } from '../ledger/seal.ts';
import type { Change, NewRecord } from './answer-once.ts';
import type { Booking } from './book-appointment.ts';
import { toldBooking } from './told-booking.ts';
import { BOOK, EVENTS, EVENTS_PER_BOOKING, TAKEN } from './book-statement.ts';

export interface PlainBooking {
  readonly caller: Caller;
  readonly transactionId: string;
  readonly booking: Booking;
  readonly record: NewRecord;
  /** Its caller waits for the outcome; who does not is told that it is pending, whoever keeps the book. */
  readonly isAwaited?: boolean;
}

/** `taken`: nothing was done, because the slot was somebody else's when it was the booking's turn. */
export type PlainOutcome = Change | 'taken' | undefined;

export interface BookingParts {
  readonly db: Database;
  readonly queue: Queue;
  readonly seal: Seal;
  /** Adapters by which the hub itself keeps the book; none unless told. */
  readonly ownBooks?: readonly string[];
  /** Told of each that was entered there. Must not throw. */
  readonly entered?: (transactionId: string) => void;
}

export class GroupBookings {
  readonly #db: Database;
  readonly #queue: Queue;
  readonly #seal: Seal;
  readonly #ownBooks: readonly string[];
  readonly #entered: (transactionId: string) => void;
  readonly #grouped: Grouped<PlainBooking, PlainOutcome>;

  constructor({ db, queue, seal, ownBooks = [], entered = () => {} }: BookingParts) {
    this.#db = db;
    this.#seal = seal;
    this.#queue = queue;
    this.#ownBooks = ownBooks;
    this.#entered = entered;
    this.#grouped = new Grouped((bookings) => this.#book(bookings), {
      keys: keysOf,
      apart: ({ booking }) => [`slot ${booking.slotId.toLowerCase()}`],
      lanes: 2,
    });
  }

  /** Undefined when it is not plain, and nothing was done. Errors: DatabaseAway; then it is not known whether it was booked. */
  async book(booking: PlainBooking): Promise<PlainOutcome> {
    return isPlain(booking) ? this.#grouped.ask(booking) : undefined;
  }

  async #book(bookings: readonly PlainBooking[]): Promise<PlainOutcome[]> {
    const asked = bookings.map((each) => ({ row: this.#rowOf(each), reason: each.booking.reason ?? null }));
    const ahead = [...new Map(asked.toReversed().map((each) => [each.row.slot_id.toLowerCase(), each])).values()];
    const done = await this.#commit(ahead).catch((error: unknown) => {
      if (!isOfOne(error)) throw error;
      return new Map<string, Made>();
    });
    for (const each of done.values()) if (each.isEntered) this.#entered(each.transactionId);
    const left = asked.map(({ row }) => row).filter(({ transaction_id: id }) => !done.has(id));
    const taken = left.length === 0 ? new Set<string>() : await readTaken(this.#db, left);
    return asked.map(({ row: { transaction_id: id } }) => done.get(id) ?? (taken.has(id) ? 'taken' : undefined));
  }

  #rowOf({ caller, transactionId, booking, record, isAwaited = false }: PlainBooking) {
    const appointmentId = newId();
    return {
      organization_id: caller.organizationId,
      client_id: caller.clientId,
      route: record.key.route,
      key: record.key.key,
      fingerprint: record.fingerprint.toString('hex'),
      working_until: record.workingUntil.toISOString(),
      patient_id: booking.patientId,
      slot_id: booking.slotId,
      hold_id: booking.holdId,
      provider_id: caller.role === 'provider' ? caller.providerId : undefined,
      mode: booking.mode,
      reason: sealReason(this.#seal, appointmentId, booking.reason)?.toString('base64'),
      appointment_id: appointmentId,
      transaction_id: transactionId,
      entry_id: newId(),
      is_awaited: isAwaited,
    };
  }

  /** Commits. By their transactions those that were made: entered, or on their way to a worker. */
  async #commit(asked: readonly Asked[]): Promise<ReadonlyMap<string, Made>> {
    if (this.#queue.hasRoom?.()) {
      const made = await this.#write(this.#db, asked);
      for (const each of made.values()) if (!each.isEntered) this.#queue.begin(each.transactionId);
      return made;
    }
    return this.#db.transaction(async (tx) => {
      const made = await this.#write(tx, asked);
      const dueAt = new Date().toISOString();
      const jobs = [...made.values()].flatMap((each) =>
        each.isEntered ? [] : [{ transactionId: each.transactionId, dueAt }],
      );
      if (jobs.length > 0) await this.#queue.send(tx, ...jobs);
      return made;
    });
  }

  async #write(sql: Sql, asked: readonly Asked[]): Promise<ReadonlyMap<string, Made>> {
    // Here, not with the row: who loses its slot has no events.
    const rows = asked.map(({ row }) => ({ ...row, event_ids: Array.from({ length: EVENTS_PER_BOOKING }, newId) }));
    const values = [JSON.stringify(rows), asked.length, this.#ownBooks, EVENTS];
    const found = await sql.query<{ appointment_id: string; booked: KeptBooking | null }>(BOOK, values);
    const made = new Map(found.rows.map((row) => [row.appointment_id, row.booked]));
    const changes = new Map<string, Made>();
    for (const { row, reason } of asked) {
      const booked = made.get(row.appointment_id);
      if (booked === undefined) continue;
      const change = { appointmentId: row.appointment_id, transactionId: row.transaction_id };
      const told = booked ? toldBooking({ ...change, booked }, reason) : change;
      changes.set(change.transactionId, { ...told, isEntered: typeof booked?.externalId === 'string' });
    }
    return changes;
  }
}

interface Made extends Change {
  /** In the hub's own book: there is nobody to be asked. */
  readonly isEntered: boolean;
}

/** SQLSTATE classes of a value, a constraint, or two that met: by steps it turns out whose fault it is. */
const isOfOne = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(?:22|23|40)...$/.test(String(error.code));

async function readTaken(sql: Sql, asked: readonly object[]): Promise<ReadonlySet<string>> {
  const found = await sql.query<{ transaction_id: string }>(TAKEN, [JSON.stringify(asked), asked.length]);
  return new Set(found.rows.map((row) => row.transaction_id));
}

interface Asked {
  readonly row: { readonly appointment_id: string; readonly transaction_id: string };
  /** Not in the row: what Postgres is sent of it is sealed. */
  readonly reason: string | null;
}

/** What two bookings of one statement must not share. */
const keysOf = ({ record: { key }, transactionId }: PlainBooking): string[] => [
  `transaction ${transactionId}`,
  `key ${JSON.stringify([key.organizationId, key.clientId, key.route, key.key])}`,
];

function isPlain({ caller, booking }: PlainBooking): boolean {
  if (!isId(booking.slotId) || !isId(booking.patientId)) return false;
  if (booking.holdId !== undefined && !isId(booking.holdId)) return false;
  if (caller.role === 'patient') return caller.patientId === booking.patientId;
  return caller.role !== 'provider' || caller.providerId !== undefined;
}
