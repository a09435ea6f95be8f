/** The end of every load run: the clients' journal held against the database. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../../src/db/database.ts';

/** One booking, as its client saw it. */
export interface Booked {
  /** Its Idempotency-Key. */
  readonly key: string;
  readonly slotId: string;
  /** 0: no answer came. */
  readonly status: number;
  /** '' where the answer names none. */
  readonly appointmentId: string;
  readonly transactionId: string;
}

const SETTLED_WITHIN_MS = 180_000;
const SETTLED = ['succeeded', 'rejected', 'superseded', 'failed', 'needs_review'];
const LIVING = ['pending', 'booked', 'arrived', 'fulfilled'];

/** Findings in words; none when every promise was kept. Waits until all that was begun has settled. */
export async function checkBookings(
  db: Database,
  journal: readonly Booked[],
  settledWithinMs = SETTLED_WITHIN_MS,
): Promise<readonly string[]> {
  const open = await untilSettled(db, settledWithinMs);
  const promised = journal.filter(({ status }) => status === 201 || status === 202);
  const refused = journal.filter(({ status }) => status >= 400);
  const unnamed = promised.filter(({ appointmentId }) => appointmentId === '').length;
  const findings: readonly (readonly [Found | number, string])[] = [
    [open, 'transactions have not settled'],
    [unnamed, 'bookings were acknowledged without naming an appointment'],
    [await doubled(db), 'slots have more than one living appointment'],
    [await lost(db, promised), 'acknowledged bookings are not in the book'],
    [await made(db, refused), 'bookings were refused, and are in the book'],
    [await incomplete(db, promised), 'acknowledged bookings have no whole story in the ledger'],
    [await unknown(db), 'living appointments have no transaction'],
  ];
  return findings.flatMap(([found, what]) => {
    const { count: many, example } = typeof found === 'number' ? { count: found, example: null } : found;
    return many > 0 ? `${many} ${what}${example === null ? '' : ` (transaction ${example})`}` : [];
  });
}

interface Found {
  readonly count: number;
  /** The id of one of them. */
  readonly example: string | null;
}

async function untilSettled(db: Database, withinMs: number): Promise<number> {
  for (const deadline = performance.now() + withinMs; ; await delay(200)) {
    const open = await count(db, 'select count(*) from transaction where state <> all($1)', [SETTLED]);
    if (open === 0 || performance.now() > deadline) return open;
  }
}

const doubled = (db: Database): Promise<number> =>
  count(
    db,
    `select count(*) from (select slot_id from appointment where status = any($1) group by slot_id having count(*) > 1) twice`,
    [LIVING],
  );

/** Booked, at the slot that was asked for, and by the transaction that the client was told. */
const lost = (db: Database, promised: readonly Booked[]): Promise<Found> =>
  find(
    db,
    `select count(*), min(p.transaction_id::text) as example from ${PROMISED} where not exists (
       select 1 from appointment a join transaction t on t.appointment_id = a.id
       where a.id = p.appointment_id and a.slot_id = p.slot_id and a.status = 'booked'
         and t.id = p.transaction_id and t.kind = 'book' and t.state = 'succeeded')`,
    columnsOf(promised),
  );

/** A refusal must leave nothing behind. */
const made = (db: Database, refused: readonly Booked[]): Promise<number> =>
  count(
    db,
    `select count(*) from idempotency_record r join appointment a on a.id = r.appointment_id
     where r.key = any($1) and a.status = any($2)`,
    [refused.map(({ key }) => key), LIVING],
  );

/** Its key, its beginning, an attempt that succeeded or a look that found it, its end; and where the hub keeps the book itself, the entry. */
const incomplete = (db: Database, promised: readonly Booked[]): Promise<Found> =>
  find(
    db,
    // What is whole is found by joins, all at once; of "not" Postgres would make a search of its own for each booking.
    `with whole as materialized (
       select p.transaction_id from ${PROMISED}
       join transaction t on t.id = p.transaction_id join connection c on c.id = t.connection_id
       left join book_entry b on b.transaction_id = t.id and b.status = 'booked'
       where (c.managed_by = 'his' or b.transaction_id is not null)
         and exists (select 1 from idempotency_record r where r.key = p.key and r.transaction_id = p.transaction_id)
         and exists (select 1 from event e where e.transaction_id = p.transaction_id and e.type = 'transaction.queued')
         and exists (select 1 from event e where e.transaction_id = p.transaction_id and e.type = 'appointment.booked')
         and exists (select 1 from event e where e.transaction_id = p.transaction_id and e.type = 'transaction.succeeded')
         and (b.transaction_id is not null or exists (select 1 from attempt a join attempt_result r on r.attempt_id = a.id
           where a.transaction_id = p.transaction_id and r.class in ('success', 'found')))
         and exists (select 1 from slot_claim k where k.slot_id = p.slot_id and k.appointment_id = p.appointment_id))
     select count(*), min(p.transaction_id::text) as example
     from ${PROMISED} left join whole on whole.transaction_id = p.transaction_id where whole.transaction_id is null`,
    columnsOf(promised),
  );

const unknown = (db: Database): Promise<number> =>
  count(
    db,
    `select count(*) from appointment a where a.status = any($1) and a.created_by = 'sandbox-app'
       and not exists (select 1 from transaction t where t.appointment_id = a.id)`,
    [LIVING],
  );

const PROMISED = `unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[]) as p (key, slot_id, appointment_id, transaction_id)`;

function columnsOf(promised: readonly Booked[]): unknown[] {
  const idOf = (text: string): string | null => (text === '' ? null : text);
  return [
    promised.map(({ key }) => key),
    promised.map(({ slotId }) => idOf(slotId)),
    promised.map(({ appointmentId }) => idOf(appointmentId)),
    promised.map(({ transactionId }) => idOf(transactionId)),
  ];
}

const count = async (db: Database, text: string, values: readonly unknown[]): Promise<number> =>
  (await find(db, text, values)).count;

async function find(db: Database, text: string, values: readonly unknown[]): Promise<Found> {
  const { rows } = await db.query<{ count: number; example?: string | null }>(text, values);
  return { count: rows[0]?.count ?? 0, example: rows[0]?.example ?? null };
}
