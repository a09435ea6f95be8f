/** What the hub asks of Postgres for nearly every call, made by the very functions that make it at work. */
import { v7 as uuidv7 } from 'uuid';
import { GroupBookings, type PlainBooking } from '../../../src/commands/group-bookings.ts';
import type { Database } from '../../../src/db/database.ts';
import type { Queue } from '../../../src/db/queue.ts';
import { readErrands } from '../../../src/dispatch/errand.ts';
import { sweep } from '../../../src/dispatch/sweeper.ts';
import type { Caller } from '../../../src/domain/index.ts';
import { placeWaiting } from '../../../src/events/order.ts';
import { takeEndedHisHolds } from '../../../src/ledger/his-hold.ts';
import { askAboutContested } from '../../../src/ledger/look-again.ts';
import type { PatientKeys } from '../../../src/ledger/keyring.ts';
import type { Seal } from '../../../src/ledger/seal.ts';
import { listAppointments } from '../../../src/queries/appointments.ts';
import { listProviders } from '../../../src/queries/providers.ts';
import { Availability } from '../../../src/queries/availability.ts';
import { listSlots, readSlot } from '../../../src/queries/slots.ts';
import { listTransactions, readTimeline } from '../../../src/queries/transactions.ts';
import { listAttempts, listDeliveries } from '../../../src/queries/webhooks.ts';
import { hubSide } from '../../../src/reconcile/see-day.ts';
import { explaining, type Plan } from './plans.ts';

/** These grow with every day, or with every hospital: nothing hot may read one of them as a whole. */
export const GROWING = [
  'slot',
  'slot_claim',
  'appointment',
  'transaction',
  'event',
  'attempt',
  'idempotency_record',
  'patient',
];

export interface HotParts {
  readonly db: Database;
  readonly seal: Seal;
  readonly organizationId: string;
  readonly connectionId: string;
}

const PAGE = { limit: 50, after: undefined };

/** Runs each, on rows that were seeded, and gives their plans. */
export async function plansOfHotQueries({
  db,
  seal,
  organizationId,
  connectionId,
}: HotParts): Promise<readonly Plan[]> {
  const caught = explaining(db);
  const sql = caught.db;
  const caller: Caller = { organizationId, clientId: 'bench-seed', role: 'support' };
  const one = async (text: string): Promise<string> => {
    const { rows } = await db.query<{ id: string }>(text, [connectionId]);
    const [row] = rows;
    if (!row) throw new Error('hot queries are asked of rows that were seeded');
    return row.id;
  };
  const provider = await one('select id from provider where connection_id = $1 limit 1');
  const location = await one('select location_id as id from slot where connection_id = $1 limit 1');
  const transaction = await one('select id from transaction where connection_id = $1 limit 1');
  const slot = await one(`select id from slot where connection_id = $1 and status = 'free' limit 1`);
  const patient = await one('select patient_id as id from appointment where connection_id = $1 limit 1');
  await db.query(
    `insert into work_owner (organization_id, subject_id, transaction_id, owner_id, assigned_by)
     select organization_id, id, id, $2, $2 from transaction where connection_id = $1 and state = 'failed' limit 1`,
    [connectionId, caller.clientId],
  );
  await db.query(
    `insert into his_hold (slot_id, connection_id, transaction_id, state, due_at)
     select id, connection_id, gen_random_uuid(), 'held', now() from slot where connection_id = $1 and status = 'free' limit 1
     on conflict do nothing`,
    [connectionId],
  );
  // A webhook that is disabled, so that nothing is sent.
  const webhook = await one(
    `with made as (
       insert into webhook (id, organization_id, client_id, url, secret, state, state_reason)
       select gen_random_uuid(), organization_id, 'bench-seed', 'https://hot-queries.invalid/', '', 'disabled', 'nobody is there'
       from connection where id = $1 returning id, organization_id)
     insert into webhook_delivery (id, webhook_id, organization_id, event_sequence)
     select gen_random_uuid(), made.id, made.organization_id, e.sequence from made cross join lateral (
       select sequence from event where organization_id = made.organization_id order by sequence limit 100) e
     returning webhook_id as id`,
  );
  const [today, tomorrow] = [0, 86_400_000].map((ms) => new Date(Date.now() + ms).toISOString()) as [string, string];
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    availability: () => new Availability(sql).read(caller, provider, {}, PAGE, true),
    'slots of a location': () => listSlots(sql, caller, { location }, PAGE),
    'slots of a specialty': () => listSlots(sql, caller, { specialty: 'cardiology' }, PAGE),
    'slots of anybody': () => listSlots(sql, caller, {}, PAGE),
    'a slot': () => readSlot(sql, caller, slot),
    'providers, soonest free first': () => listProviders(sql, caller, { sort: 'nextAvailable' }, PAGE),
    'appointments of a patient': () => listAppointments(sql, seal, caller, { patient }, PAGE),
    'appointments of a provider': () => listAppointments(sql, seal, caller, { provider }, PAGE),
    'transactions, newest first': () => listTransactions(sql, caller, {}, PAGE),
    'transactions that failed': () => listTransactions(sql, caller, { state: 'failed' }, PAGE),
    'transactions with an error': () => listTransactions(sql, caller, { errorCode: 'slot-taken' }, PAGE),
    'transactions that somebody has taken on': () => listTransactions(sql, caller, { owner: 'me' }, PAGE),
    'transactions that nobody has taken on': () =>
      listTransactions(sql, caller, { state: 'needs_review', owner: 'nobody' }, PAGE),
    'the story of a transaction': () => readTimeline(sql, caller, transaction),
    'what was sent to a webhook': () => listDeliveries(sql, caller, webhook, {}, PAGE),
    'what was answered by a webhook': () => listAttempts(sql, caller, webhook, PAGE),
    'what waits for a worker': () => readErrands(sql, [transaction]),
    'holds at a HIS that are over': () => takeEndedHisHolds(sql, 1_000, 10),
    'slots that a HIS offers although they are taken': () =>
      askAboutContested(sql, connectionId, [slot], new Date().toISOString()),
    'the day of a provider': () => hubSide(sql, provider, { from: today, to: tomorrow }),
    'events that lack a position': () => placeWaiting(sql),
    'what nobody will come to': () => sweep({ db: sql, queue: NO_QUEUE, seal, keys: NO_KEYS }),
    'a booking': () => new GroupBookings({ db: sql, queue: NO_QUEUE, seal }).book(bookingOf(caller, slot, patient)),
  };
  for (const [what, ask] of Object.entries(questions)) {
    caught.about(what);
    await ask();
  }
  return caught.plans;
}

/** Nothing is sent from here, and nothing worked on. */
const NO_QUEUE: Queue = {
  hasRoom: () => true,
  begin: () => {},
  send: () => Promise.resolve(),
  work: () => {},
  stop: () => Promise.resolve(),
};
const none = (): Promise<never> => Promise.reject(new Error('hot queries open no patient'));
const NO_KEYS: PatientKeys = { make: none, sealOf: none, indexOf: none };

const bookingOf = (caller: Caller, slotId: string, patientId: string): PlainBooking => ({
  caller: { ...caller, role: 'app' },
  transactionId: uuidv7(),
  booking: { slotId, patientId },
  record: {
    key: {
      organizationId: caller.organizationId,
      clientId: caller.clientId,
      route: 'createAppointment',
      key: uuidv7(),
    },
    fingerprint: Buffer.of(0),
    workingUntil: new Date(),
  },
});
