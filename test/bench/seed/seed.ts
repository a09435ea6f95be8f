/**
 * A hospital that has grown: locations, providers, slots, and a ledger with its appointments. Rows are made inside Postgres, so many
 * at a time, without looking at references and triggers (the rows are made to fit; the patients of the appointments are none): it
 * needs a superuser. For measurements alone.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../../../src/db/database.ts';
import { SANDBOX_POLICY } from '../../../src/domain/index.ts';

export interface SeedWish {
  readonly organizationId: string;
  readonly locations: number;
  readonly providers: number;
  readonly slots: number;
  readonly transactions: number;
}

/** How many of the wished rows there are by now. */
export type Progress = (done: number, total: number, what: string) => void;

const AT_ONCE = 100_000;
/** One of the names under which a hospital may be seeded; its adapter is one that is not polled. */
const KEY = 'bench-seed';
/** Slots of a day at one provider, from eight o'clock on. */
const SLOTS_PER_DAY = 40;
/** Changes of one appointment: booked, moved, cancelled. */
const TRANSACTIONS_PER_APPOINTMENT = 2;

/** Adds what is missing to what was seeded before. Returns the connection's id. */
export async function seedRows(db: Database, wish: SeedWish, progress: Progress = () => {}): Promise<string> {
  const connectionId = await keepConnection(db, wish.organizationId);
  const values = [wish.organizationId, connectionId];
  const have = async (table: string): Promise<number> => {
    const { rows } = await db.query<{ count: number }>(`select count(*) from ${table} where connection_id = $1`, [
      connectionId,
    ]);
    return rows[0]?.count ?? 0;
  };
  const fill = async (table: string, wanted: number, statement: string): Promise<void> => {
    for (let from = await have(table); from < wanted; from += AT_ONCE) {
      const to = Math.min(wanted, from + AT_ONCE);
      await db.transaction(async (tx) => {
        await tx.query(`set local session_replication_role = replica`);
        await tx.query(statement, [...values, from, to - 1]);
      });
      progress(to, wanted, `rows of ${table}`);
    }
  };
  await fill('location', wish.locations, LOCATIONS);
  await fill('provider', wish.providers, PROVIDERS);
  await db.query(WORKPLACES, [connectionId]);
  await fill('slot', wish.slots, SLOTS);
  await fill('appointment', Math.ceil(wish.transactions / TRANSACTIONS_PER_APPOINTMENT), APPOINTMENTS);
  await fill('transaction', wish.transactions, TRANSACTIONS);
  // As after a day: statistics, and pages that are known to be visible to everybody.
  for (const table of ['location', 'provider', 'provider_location', 'slot', 'appointment', 'transaction', 'event']) {
    progress(0, 1, `vacuum of ${table}`);
    await db.query(`vacuum (analyze, parallel 0) ${table}`);
  }
  return connectionId;
}

async function keepConnection(db: Database, organizationId: string): Promise<string> {
  await db.query(
    `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy)
     values (gen_random_uuid(), $1, '${KEY}', 'Seeded hospital', 'hl7v2', 'his',
       '{"host": "127.0.0.1", "port": 1, "sendingApplication": "SEED", "sendingFacility": "SEED", "defaultTimeZone": "Europe/Berlin"}', $2)
     on conflict do nothing`,
    [organizationId, { ...SANDBOX_POLICY, staleAfterMs: 86_400_000 }],
  );
  const { rows } = await db.query<{ id: string }>(
    `select id from connection where organization_id = $1 and key = '${KEY}'`,
    [organizationId],
  );
  const [row] = rows;
  if (!row) throw new Error('the connection of the seeded hospital was not kept');
  return row.id;
}

const THESE = 'from generate_series($3::int, $4::int) n';
/** The same number is the same thing, also in a later run. */
const idOf = (what: string, number: string): string => `md5('${KEY}' || $2::text || '${what}' || (${number}))::uuid`;

/** The id of the nth transaction, from 0, without asking for it. */
export function seededTransaction(connectionId: string, nth: number): string {
  const hex = createHash('md5').update(`${KEY}${connectionId}transaction${nth}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const LOCATIONS = `insert into location (id, organization_id, connection_id, name, time_zone)
  select ${idOf('location', 'n')}, $1, $2::uuid, 'Clinic ' || n, 'Europe/Berlin' ${THESE}`;

const PROVIDERS = `insert into provider (id, organization_id, connection_id, given, family, specialties, languages)
  select ${idOf('provider', 'n')}, $1, $2::uuid, array['Ada'], 'Family' || n,
    array[(array['cardiology', 'dermatology', 'general-practice', 'neurology', 'pediatrics'])[n % 5 + 1]], array['en'] ${THESE}`;

/** Each at one place. */
const WORKPLACES = `insert into provider_location (provider_id, location_id)
  select p.id, l.ids[p.nth % cardinality(l.ids) + 1]
  from (select id, row_number() over (order by id) as nth from provider where connection_id = $1) p,
    (select array_agg(id order by id) as ids from location where connection_id = $1) l
  where not exists (select from provider_location w where w.provider_id = p.id)`;

/** Provider by provider in turn, each day after day from tomorrow on; two of five are taken. */
const SLOTS = `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, external_id, hub_managed)
  select ${idOf('slot', 'n')}, $1, $2::uuid, p.ids[n % cardinality(p.ids) + 1], p.locations[n % cardinality(p.ids) + 1],
    at, at + interval '15 minutes', 'in-person', case when n * 7 % 5 < 2 then 'busy' else 'free' end, 'seed-' || n, false
  from generate_series($3::int, $4::int) n,
    (select array_agg(provider_id order by provider_id) as ids, array_agg(location_id order by provider_id) as locations
     from provider_location where provider_id in (select id from provider where connection_id = $2::uuid)) p,
    lateral (select n / cardinality(p.ids) as nth) q,
    lateral (select date_trunc('day', now()) + (q.nth / ${SLOTS_PER_DAY} + 1) * interval '1 day' + interval '8 hours'
      + q.nth % ${SLOTS_PER_DAY} * interval '15 minutes' as at) t`;

/** Of the year that is over, oldest first. */
const APPOINTMENTS = `insert into appointment (id, organization_id, connection_id, patient_id, slot_id, provider_id, location_id, start_at, end_at, mode, status, external_id, created_by, created_at, updated_at)
  select ${idOf('appointment', 'n')}, $1, $2::uuid, ${idOf('patient', 'n % 100000')}, ${idOf('slot', 'n')},
    p.ids[n % cardinality(p.ids) + 1], p.locations[n % cardinality(p.ids) + 1], at, at + interval '15 minutes', 'in-person',
    'fulfilled', 'seed-' || n, 'bench-seed', at - interval '10 days', at
  from generate_series($3::int, $4::int) n,
    (select array_agg(provider_id order by provider_id) as ids, array_agg(location_id order by provider_id) as locations
     from provider_location where provider_id in (select id from provider where connection_id = $2::uuid)) p,
    lateral (select now() - interval '365 days' + n * interval '3 seconds' as at) t`;

/**
 * Of a thousand, four stand in a list of what went wrong. Their events have their positions, and whoever follows the events has been
 * told of them: they are a year old.
 */
const TRANSACTIONS = `with made as (
    insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, attempts,
      error_class, error_code, mapping_version, due_at, created_at, settled_at)
    select ${idOf('transaction', 'n')}, $1, $2::uuid, ${idOf('appointment', `n / ${TRANSACTIONS_PER_APPOINTMENT}`)}, 'bench-seed',
      case n % ${TRANSACTIONS_PER_APPOINTMENT} when 0 then 'book' else 'cancel' end, state,
      ${idOf('slot', `n / ${TRANSACTIONS_PER_APPOINTMENT}`)}, 1,
      case when state <> 'succeeded' then 'conflict' end, case when state <> 'succeeded' then 'slot-taken' end, '0123456789ab',
      at, at, at + interval '1 second'
    ${THESE}, lateral (select now() - interval '365 days' + n * interval '1 second' as at,
      case n % 1000 when 1 then 'failed' when 2 then 'needs_review' when 3 then 'rejected' when 4 then 'superseded' else 'succeeded' end as state) t
    returning id, organization_id, connection_id, appointment_id, created_at),
  told as (
    insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, occurred_at)
    select gen_random_uuid(), organization_id, 'transaction.queued', connection_id, appointment_id, id, created_at from made
    returning id, sequence),
  ordered as (
    update event_order set last_position = last_position + (select count(*) from told)
    returning last_position as last, last_position - (select count(*) from told) as before),
  placed as (
    insert into event_position (position, sequence, event_id)
    select ordered.before + row_number() over (order by told.sequence), told.sequence, told.id from told, ordered)
  update event_cursor set position = ordered.last from ordered where position = ordered.before`;
