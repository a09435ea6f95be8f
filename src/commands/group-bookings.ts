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
import { edgeFor, isId, type Caller } from '../domain/index.ts';
import { askedRows, Grouped, prepared, type Database, type Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { HIS_KEY } from '../ledger/patient-systems.ts';
import { sealReason, type Seal } from '../ledger/seal.ts';
import type { Change, NewRecord } from './answer-once.ts';
import type { Booking } from './book-appointment.ts';

export interface PlainBooking {
  readonly caller: Caller;
  readonly transactionId: string;
  readonly booking: Booking;
  readonly record: NewRecord;
  /** Its caller waits for the outcome; who does not is told that it is pending, whoever keeps the book. */
  readonly isAwaited?: boolean;
}

const RECORDS =
  'idempotency_record (organization_id, client_id, route, key, fingerprint, appointment_id, transaction_id, working_until)';

const ASKED = askedRows({
  organization_id: 'uuid',
  client_id: 'text',
  route: 'text',
  key: 'text',
  fingerprint: 'text',
  working_until: 'timestamptz',
  patient_id: 'uuid',
  slot_id: 'uuid',
  hold_id: 'uuid',
  provider_id: 'uuid',
  mode: 'text',
  reason: 'text',
  appointment_id: 'uuid',
  transaction_id: 'uuid',
  entry_id: 'uuid',
  is_awaited: 'boolean',
});

/** The events of a booking that is entered at once; of any other the first. */
const TOLD: readonly (readonly [type: string, data: object])[] = [
  ['transaction.queued', { kind: 'book' }],
  [edgeFor('queued', 'leased').emits, {}],
  [edgeFor('sending', 'confirmed').emits, { errorClass: null, errorCode: null }],
  ['appointment.booked', {}],
];

/**
 * Holds before their slots, as everywhere. Who would have to wait for a lock goes by steps: so of two such statements neither
 * waits for the other's slots. Conditions come before the record, because a record without its booking would be a lost one.
 */
const BOOK = prepared(`
  with ${ASKED}, held as (
    select h.id, k.transaction_id from asked k
    cross join lateral (
      select id, client_id, expires_at from hold where id = k.hold_id and slot_id = k.slot_id for update skip locked) as h
    where h.client_id = k.client_id and h.expires_at > now()
  ), fit as (
    select k.organization_id, k.client_id, k.route, k.key, k.fingerprint, k.working_until, k.patient_id, k.reason,
      k.appointment_id, k.transaction_id, k.entry_id, k.slot_id, s.connection_id, s.provider_id, s.location_id,
      s.start_at, s.end_at, s.mode, s.seat, c.at_once
    from asked k left join held on held.transaction_id = k.transaction_id
    cross join lateral (
      select organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, seat, status, withdrawn,
        held_until, as_of
      from slot where id = k.slot_id for update skip locked) as s
    -- Held against erasure until the booking stands.
    cross join lateral (
      select organization_id from patient where id = k.patient_id and sealed is not null for key share skip locked) as p
    cross join lateral (
      select managed_by <> 'his' or state <> 'active'
          or s.as_of >= now() - (policy ->> 'staleAfterMs')::float8 * interval '1 ms' as knows,
        k.is_awaited and adapter = any($3) and state = 'active' and coalesce(policy -> 'maintenance', '[]') = '[]'
          -- Who goes by a name of their own in that book is entered the long way.
          and (select e.value from external_identifier e where e.connection_id = s.connection_id and e.entity = 'provider'
            and e.entity_id = s.provider_id and e.system = '${HIS_KEY}' limit 1) is null as at_once
      from connection where id = s.connection_id limit 1) as c
    where s.organization_id = k.organization_id and s.status = 'free' and s.start_at > now() and c.knows
      and (held.id is not null or not s.withdrawn and (s.held_until is null or s.held_until <= now()))
      and (k.provider_id is null or k.provider_id = s.provider_id) and (k.mode is null or k.mode = s.mode)
      and p.organization_id = k.organization_id
      and (select t.id from transaction t where t.id = k.transaction_id) is null
  ), new as (
    insert into ${RECORDS}
    select organization_id, client_id, route, key, decode(fingerprint, 'hex'), appointment_id, transaction_id, working_until
    from fit on conflict do nothing returning transaction_id
  ), made as (
    select f.organization_id, f.client_id, f.patient_id, f.reason, f.appointment_id, f.transaction_id, f.entry_id,
      f.slot_id, f.connection_id, f.provider_id, f.location_id, f.start_at, f.end_at, f.mode, f.seat, f.at_once
    from fit f join new on new.transaction_id = f.transaction_id
  ), used as (
    delete from hold h using held, made where h.id = held.id and held.transaction_id = made.transaction_id
  ), taken as (
    update slot s set status = 'busy', claimed = true, held_until = null from made where s.id = made.slot_id
  ), appointed as (
    insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id,
      start_at, end_at, mode, reason, status, external_id, version, created_by)
    select appointment_id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id,
      start_at, end_at, mode, decode(reason, 'base64'), case when at_once then 'booked' else 'pending' end,
      case when at_once then entry_id::text end,
      -- It was pending, and is booked.
      case when at_once then 2 else 1 end, client_id from made
  ), claimed as (
    insert into slot_claim (slot_id, appointment_id) select slot_id, appointment_id from made
  ), opened as (
    insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, settled_at)
    select transaction_id, organization_id, connection_id, appointment_id, client_id, 'book',
      case when at_once then 'succeeded' else 'queued' end, slot_id, case when at_once then now() end from made
  ), entered as (
    insert into book_entry (id, connection_id, transaction_id, provider_id, seat, start_at, end_at, status)
    select entry_id, connection_id, transaction_id, provider_id, seat, start_at, end_at, 'booked' from made where at_once
  ), told as (
    insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, data)
    select e.id, made.organization_id, e.type, made.connection_id, made.appointment_id, made.transaction_id, e.data
    from jsonb_to_recordset($4) as e (place integer, transaction_id uuid, id uuid, type text, data jsonb)
    join made on made.transaction_id = e.transaction_id
    where e.place = 0 or made.at_once order by e.place
  )
  select transaction_id, at_once from made`);

/** Of these the slot belongs to an appointment of ours, and nothing else is wrong with them. */
const TAKEN = prepared(`
  with ${ASKED}
  select k.transaction_id from asked k
  where k.hold_id is null
    and (select s.id from slot s where s.id = k.slot_id and s.organization_id = k.organization_id and s.claimed
      and (k.provider_id is null or k.provider_id = s.provider_id) and (k.mode is null or k.mode = s.mode) limit 1) is not null
    and (select p.id from patient p where p.id = k.patient_id and p.organization_id = k.organization_id
      and p.sealed is not null limit 1) is not null`);

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
    this.#grouped = new Grouped((bookings) => this.#book(bookings), { keys: keysOf });
  }

  /** Undefined when it is not plain, and nothing was done. Errors: DatabaseAway; then it is not known whether it was booked. */
  async book(booking: PlainBooking): Promise<PlainOutcome> {
    return isPlain(booking) ? this.#grouped.ask(booking) : undefined;
  }

  async #book(bookings: readonly PlainBooking[]): Promise<PlainOutcome[]> {
    const asked = bookings.map((each) => this.#asked(each));
    const ahead = [...new Map(asked.toReversed().map((each) => [each.slot_id.toLowerCase(), each])).values()];
    const done = await this.#commit(ahead).catch((error: unknown) => {
      if (!isOfOne(error)) throw error;
      return new Map<string, boolean>();
    });
    for (const [id, isSettled] of done) if (isSettled) this.#entered(id);
    const left = asked.filter(({ transaction_id: id }) => !done.has(id));
    const taken = left.length === 0 ? new Set<string>() : await readTaken(this.#db, left);
    return asked.map(({ transaction_id: transactionId, appointment_id: appointmentId }) => {
      const isSettled = done.get(transactionId);
      if (isSettled !== undefined) return { appointmentId, transactionId, isSettled };
      return taken.has(transactionId) ? 'taken' : undefined;
    });
  }

  #asked({ caller, transactionId, booking, record, isAwaited = false }: PlainBooking) {
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

  /** Commits; the transactions that were opened, and of each whether it is settled, or on its way to a worker. */
  async #commit(asked: readonly Asked[]): Promise<ReadonlyMap<string, boolean>> {
    if (this.#queue.hasRoom?.()) {
      const made = await this.#write(this.#db, asked);
      for (const [id, isSettled] of made) if (!isSettled) this.#queue.begin(id);
      return made;
    }
    return this.#db.transaction(async (tx) => {
      const made = await this.#write(tx, asked);
      const dueAt = new Date().toISOString();
      const jobs = [...made].flatMap(([transactionId, isSettled]) => (isSettled ? [] : [{ transactionId, dueAt }]));
      if (jobs.length > 0) await this.#queue.send(tx, ...jobs);
      return made;
    });
  }

  async #write(sql: Sql, asked: readonly Asked[]): Promise<ReadonlyMap<string, boolean>> {
    const told = TOLD.flatMap(([type, data], place) =>
      asked.map(({ transaction_id }) => ({ place, transaction_id, id: newId(), type, data })),
    );
    const values = [JSON.stringify(asked), asked.length, this.#ownBooks, JSON.stringify(told)];
    const found = await sql.query<{ transaction_id: string; at_once: boolean }>(BOOK, values);
    return new Map(found.rows.map((row) => [row.transaction_id, row.at_once]));
  }
}

/** SQLSTATE classes of a value, a constraint, or two that met: by steps it turns out whose fault it is. */
const isOfOne = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(?:22|23|40)...$/.test(String(error.code));

async function readTaken(sql: Sql, asked: readonly object[]): Promise<ReadonlySet<string>> {
  const found = await sql.query<{ transaction_id: string }>(TAKEN, [JSON.stringify(asked), asked.length]);
  return new Set(found.rows.map((row) => row.transaction_id));
}

interface Asked {
  readonly transaction_id: string;
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
