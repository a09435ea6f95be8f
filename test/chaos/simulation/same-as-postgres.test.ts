/**
 * What the simulation rests on: the database in memory does with the hub's statements what Postgres does. The same random
 * operations of the ledger run over both, at the same virtual time, and give the same answers and leave the same rows.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../../src/db/database.ts';
import { inTransaction } from '../../../src/db/transaction.ts';
import { SANDBOX_POLICY } from '../../../src/domain/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { drawOperation, Side, stableJson, type Clinic } from './ledger-commands.ts';
import { OPEN_KEY, patientRows } from './open-keys.ts';
import { Random } from './random.ts';
import { MemoryDatabase } from './sql/database.ts';
import { asPool } from './sql/pool.ts';
import { virtualDate } from './virtual-globals.ts';

const SEQUENCES = 10;
const OPERATIONS = 90;

const clock = { now: Date.parse('2026-03-02T08:00:00Z') };
const realDate = Date;
let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await useVirtualNow(testDatabase.url);
  globalThis.Date = virtualDate(clock);
});

afterAll(async () => {
  globalThis.Date = realDate;
  await testDatabase.drop();
});

/** In this database now() is the clock's: a schema that is searched before Postgres's own. */
async function useVirtualNow(url: string): Promise<void> {
  const db = openDatabase(url, { max: 1, onError: () => {} });
  await db.query('create schema simulated');
  await db.query('create table simulated.clock as select $1::timestamptz as at', [new Date(clock.now).toISOString()]);
  for (const name of ['now', 'clock_timestamp']) {
    await db.query(
      `create function simulated.${name}() returns timestamptz language sql stable as 'select at from simulated.clock'`,
    );
  }
  const defaults = await db.query<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns where table_schema = 'public' and column_default = 'now()'`,
  );
  for (const { table_name: table, column_name: column } of defaults.rows) {
    await db.query(`alter table "${table}" alter column "${column}" set default simulated.now()`);
  }
  const { pathname } = new URL(url);
  await db.query(`alter database "${pathname.slice(1)}" set search_path = simulated, public, pg_catalog`);
  await db.close();
}

function inMemory(): Database {
  const database = new MemoryDatabase(() => clock.now);
  return {
    query: ((text: string, values?: readonly unknown[]) =>
      Promise.resolve().then(() => database.run(text, values))) as Database['query'],
    transaction: (work) => inTransaction(asPool(database), work),
  };
}

async function found(sides: readonly Side[], sequence: number): Promise<Clinic> {
  let ids = 0;
  const newId = (): string =>
    `${sequence.toString(16).padStart(8, '0')}-0000-7000-8000-${(ids += 1).toString(16).padStart(12, '0')}`;
  const [organizationId, connectionId, locationId, providerId] = [newId(), newId(), newId(), newId()];
  const [patientIds, slotIds] = [[newId(), newId()], Array.from({ length: 5 }, newId)];
  for (const { db } of sides) {
    await db.query(`insert into organization (id, key, name) values ($1, $2, 'O')`, [organizationId, `o${sequence}`]);
    await db.query(
      `insert into connection (id, organization_id, key, name, adapter, managed_by, policy) values ($1, $2, 'c', 'C', 'any', 'his', $3)`,
      [connectionId, organizationId, JSON.stringify(SANDBOX_POLICY)],
    );
    await db.query(
      `insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, 'L', 'Europe/Berlin')`,
      [locationId, organizationId, connectionId],
    );
    await db.query(
      `insert into provider (id, organization_id, connection_id, given, family) values ($1, $2, $3, $4, 'P')`,
      [providerId, organizationId, connectionId, ['Dr']],
    );
    await db.query(
      `insert into organization_key (organization_id, version, wrapped, wrapped_by) values ($1, $2, $3, 'nobody')`,
      [organizationId, OPEN_KEY.version, OPEN_KEY.wrapped],
    );
    for (const id of patientIds) {
      for (const [text, values] of patientRows(organizationId, id, 'A')) await db.query(text, values);
    }
    for (const [index, id] of slotIds.entries()) {
      const start = new Date(clock.now + 86_400_000 + index * 1_800_000).toISOString();
      const end = new Date(clock.now + 86_400_000 + (index + 1) * 1_800_000).toISOString();
      await db.query(
        `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, hub_managed)
         values ($1, $2, $3, $4, $5, $6, $7, 'in-person', 'free', false)`,
        [id, organizationId, connectionId, providerId, locationId, start, end],
      );
    }
  }
  return { organizationId, connectionId, patientIds, slotIds, newId, nowMs: () => clock.now };
}

/** Whatever the ledger and the model hold of one clinic; ids by their short names. */
async function dump({ db, ids }: Side, { organizationId }: Clinic): Promise<string[]> {
  const queries = [
    `select id, appointment_id, kind, state, step, slot_id, from_slot_id, step_external_id, step_identifiers, attempts,
       retries, looks, resends, replays, unknown_since, absent_since, error_class, error_code, due_at, lease_token, lease_until,
       created_at, settled_at from transaction where organization_id = $1 order by sequence`,
    `select type, appointment_id, transaction_id, data, occurred_at from event where organization_id = $1 order by sequence`,
    `select id, slot_id, patient_id, status, external_id, version, start_at, end_at, reason, updated_at
       from appointment where organization_id = $1`,
    `select id, status, claimed, held_until, as_of from slot where organization_id = $1`,
    `select id, slot_id, client_id, expires_at from hold where organization_id = $1`,
    `select c.slot_id, c.appointment_id from slot_claim c join slot s on s.id = c.slot_id where s.organization_id = $1`,
    `select a.id, a.transaction_id, a.number, a.step, a.purpose, a.lease_token, a.started_at, r.class, r.reason, r.duration_ms
       from attempt a join transaction t on t.id = a.transaction_id left join attempt_result r on r.attempt_id = a.id
       where t.organization_id = $1`,
    `select connection_id, entity, entity_id, system, value from external_identifier where organization_id = $1`,
    `select state, state_reason, probe_at from connection where organization_id = $1`,
    `select key, transaction_id, status, working_until, booked from idempotency_record where organization_id = $1`,
  ];
  const lines: string[] = [];
  for (const [index, query] of queries.entries()) {
    const { rows } = await db.query(query, [organizationId]);
    const told = rows.map((row) => ids.shorten(stableJson(row)));
    lines.push(...(index < 2 ? told : told.toSorted()));
  }
  return lines;
}

test('the simulated database answers, and keeps, what Postgres does', async () => {
  const postgres = testDatabase.db;
  const memory = inMemory();
  const seen = new Map<string, Set<string>>();
  for (let sequence = 1; sequence <= SEQUENCES; sequence += 1) {
    const random = new Random(sequence);
    const sides = [new Side(postgres), new Side(memory)] as const;
    const clinic = await found(sides, sequence);
    const story: string[] = [];
    for (let count = 0; count < OPERATIONS; count += 1) {
      clock.now += random.pick([0, 1, 40, 600, 4_000]);
      await postgres.query('update simulated.clock set at = $1', [new Date(clock.now).toISOString()]);
      const { name, run } = drawOperation(clinic, random);
      const expected = await sides[0].told(run);
      const told = await sides[1].told(run);
      story.push(`${name} ${expected}`);
      expect({ story, told }).toEqual({ story, told: expected });
      seen.set(name, (seen.get(name) ?? new Set()).add(/"result":"?(\w+(?: [\w-]+)?)?/.exec(expected)?.[1] ?? ''));
      if (count % 10 === 9) {
        expect({ story, rows: await dump(sides[1], clinic) }).toEqual({ story, rows: await dump(sides[0], clinic) });
      }
    }
  }
  // It has met what it is to meet: a fence, a taken slot, a settled transaction, a refusal.
  expect([...(seen.get('settle') ?? [])]).toEqual(expect.arrayContaining(['settled', 'LeaseLost']));
  expect([...(seen.get('confirm') ?? [])]).toEqual(expect.arrayContaining(['true', 'false']));
  expect((seen.get('begin') ?? new Set()).size).toBeGreaterThan(1);
  expect((seen.get('bookPlain') ?? new Set()).size).toBeGreaterThan(1);
  expect([...(seen.get('book') ?? [])]).toEqual(expect.arrayContaining(['HubError slot-taken']));
}, 180_000);
