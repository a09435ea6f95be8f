/** What was kept long enough is dropped, in pieces of time; what somebody still needs is not. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { auditKeeper } from '../../src/audit/keep.ts';
import { publicKeys } from '../../src/audit/keys.ts';
import { auditLines } from '../../src/audit/lines.ts';
import { sealBatch } from '../../src/audit/sealer.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { setLegalHold } from '../../src/commands/erase-patient.ts';
import { retire } from '../../src/composition/retention.ts';
import type { Sql } from '../../src/db/database.ts';
import { makePartitions, overPartitions, setRetention } from '../../src/db/partitions.ts';
import { EVENT_OF_POSITION } from '../../src/events/event.ts';
import { placeEvents } from '../../src/events/order.ts';
import { readExchanges, writeAttemptResult } from '../../src/ledger/attempt-result.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { createOwnedDatabase, type OwnedDatabase } from '../support/plain-owner.ts';

const DAY_MS = 86_400_000;
const TABLES = ['attempt_exchange', 'mapping_record', 'event', 'api_request', 'audit_record'];
let database: OwnedDatabase;
let bench: ReplayBench;
let parts: Parameters<typeof retire>[0];
beforeAll(async () => {
  database = await createOwnedDatabase();
  bench = await ReplayBench.open(database.hub);
  parts = { db: database.hub, seal: bench.ledger.seal };
}, 60_000);
afterAll(() => database.drop());

/** Of some moment so many days ago. */
const idOf = (daysAgo: number): string => uuidv7({ msecs: Date.now() - daysAgo * DAY_MS, random: randomBytes(16) });

const one = async <T>(text: string, ...values: unknown[]): Promise<T | undefined> =>
  (await database.hub.query<{ value: T }>(`select (select ${text}) as value`, values)).rows[0]?.value;

const piecesOf = async (table: string): Promise<string[]> => {
  const { rows } = await database.hub.query<{ name: string }>(
    'select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1',
    [table],
  );
  return rows.map((each) => each.name);
};

/** What was said to the HIS for it so long ago. Returns the attempt. */
async function exchanged({ transactionId }: Asked, daysAgo: number): Promise<string> {
  const attemptId = idOf(daysAgo);
  await database.hub.query(
    `insert into attempt (id, transaction_id, number, step, purpose, lease_token) values ($1, $2, 1, 'book', 'execute', $3)`,
    [attemptId, transactionId, randomUUID()],
  );
  const result = { attemptId, class: 'success', durationMs: 1, exchanges: [{ body: 'Canary' }] };
  await writeAttemptResult(database.hub, bench.ledger.seal, result);
  return attemptId;
}

async function happened(daysAgo: number, { appointmentId, transactionId }: Partial<Asked> = {}): Promise<string> {
  const id = idOf(daysAgo);
  await database.hub.query(
    'insert into event (id, organization_id, type, appointment_id, transaction_id) values ($1, $2, $3, $4, $5)',
    [id, bench.clinic.organizationId, 'appointment.booked', appointmentId, transactionId],
  );
  return id;
}

const isThere = (table: string, id: string): Promise<boolean | undefined> =>
  one<boolean>(`exists (select from ${table} where ${table === 'attempt_exchange' ? 'attempt_id' : 'id'} = $1)`, id);

async function holdFor({ appointmentId }: Asked, reason: string | null): Promise<void> {
  const patientId = await one<string>('patient_id from appointment where id = $1', appointmentId);
  await setLegalHold(parts, bench.clinic.caller('admin'), patientId ?? '', reason);
}

test('there is a piece for now and for the times to come, and what falls outside of all of them is not lost', async () => {
  expect(await makePartitions(database.hub)).toEqual([]);
  for (const table of TABLES) expect((await piecesOf(table)).length).toBeGreaterThanOrEqual(4);
  const late = await happened(-300);
  expect(await one('tableoid::regclass::text from event where id = $1', late)).toBe('event_rest');
  const made = await makePartitions(database.hub);
  expect(made).toEqual([expect.stringMatching(/^event_\d{8}$/)]);
  expect(await one('tableoid::regclass::text from event where id = $1', late)).toBe(made[0]);
  expect(await makePartitions(database.hub)).toEqual([]);
});

test('pieces are reached through their tables only, and nobody at work says for how long', async () => {
  const app = database.app.of(bench.clinic.organizationId);
  for (const table of TABLES) {
    for (const piece of await piecesOf(table)) {
      for (const sql of [app, database.hub])
        await expect(sql.query(`select from ${piece}`)).rejects.toThrow('permission denied');
    }
    await expect(database.hub.query(`drop table ${table}_rest`)).rejects.toThrow('must be owner');
  }
  await expect(setRetention(database.hub, { payloads: 7 })).rejects.toThrow('permission denied');
  await expect(database.hub.query(`call close_partition('connection')`)).rejects.toThrow('permission denied');
  await expect(app.query(`select drop_partition('event_20200101')`)).rejects.toThrow('permission denied');
  // Not even the hub drops a piece whose time is not over, or a table that is none.
  for (const name of [...(await piecesOf('event')), 'connection', 'event; drop table connection']) {
    const dropped = await database.hub.query('select * from drop_partition($1)', [name]);
    expect(dropped.rows).toEqual([{ going: 0, staying: 0 }]);
  }
  await expect(setRetention(database.owner, { payloads: 6 })).rejects.toThrow('retention_check');
});

test('payloads go after 90 days, and the ledger says that they were there; those that are needed stay', async () => {
  const [settled, open, held, young] = [await bench.book(), await bench.book(), await bench.book(), await bench.book()];
  for (const each of [settled, held, young]) await bench.end(each, 'confirmed');
  await holdFor(held, 'A claim is pending');
  const old = await Promise.all([settled, open, held].map((each) => exchanged(each, 120)));
  const kept = await exchanged(young, 80);
  await makePartitions(database.hub);
  const over = (await overPartitions(database.hub)).filter(({ table }) => table === 'attempt_exchange');
  expect(over).toHaveLength(1);

  const { partitions } = await retire(parts);
  expect(partitions).toMatchObject([{ class: 'payloads', going: 1, staying: 2 }]);
  const read = (id = '') => readExchanges(database.hub, bench.ledger, id);
  expect(await read(old[0])).toBe('over');
  expect(await read(old[1])).toEqual([{ body: 'Canary' }]);
  expect(await read(old[2])).toEqual([{ body: 'Canary' }]);
  expect(await read(kept)).toEqual([{ body: 'Canary' }]);
  // Nothing more may go, so nothing is done; and what it has become is shut as before.
  expect((await retire(parts)).partitions).toMatchObject([{ going: 0, staying: 2 }]);
  await expect(database.hub.query(`select from ${over[0]?.name}`)).rejects.toThrow('permission denied');
  await expect(database.hub.query('delete from attempt_exchange')).rejects.toThrow('permission denied');
  await expect(database.owner.query('delete from attempt_exchange')).rejects.toThrow('append-only');

  await bench.end(open, 'confirmed');
  await holdFor(held, null);
  expect((await retire(parts)).partitions).toMatchObject([{ going: 2, staying: 0 }]);
  expect(await piecesOf('attempt_exchange')).not.toContain(over[0]?.name);
  expect(await read(old[1])).toBe('over');
  expect(await one('count(*) from attempt_result where has_exchanges')).toBe(4);
});

test('events go after 400 days: not those that were not told yet, or belong to what is open, held, or still to be delivered', async () => {
  const [open, held] = [await bench.book(), await bench.book()];
  await bench.end(held, 'confirmed');
  await holdFor(held, 'A claim is pending');
  const [gone, ofOpen, ofHeld, undelivered, young] = [
    await happened(500),
    await happened(500, open),
    await happened(500, held),
    await happened(500),
    await happened(390),
  ] as const;
  await makePartitions(database.hub);
  // None has a position: nobody was told of them.
  expect((await retire(parts)).partitions).toMatchObject([{ class: 'events', going: 0, staying: 4 }]);
  while ((await placeEvents(database.hub)) > 0);
  const webhookId = randomUUID();
  await database.hub.query(
    `insert into webhook (id, organization_id, client_id, url, secret) values ($1, $2, 'c', 'https://x.example', '\\x00')`,
    [webhookId, bench.clinic.organizationId],
  );
  await database.hub.query(
    `insert into webhook_delivery (id, webhook_id, organization_id, event_sequence)
     select $1, $2, organization_id, sequence from event where id = $3`,
    [randomUUID(), webhookId, undelivered],
  );
  // A follower that is alive has not come that far.
  await database.hub.query(
    `insert into event_cursor (follower, position, lease_token, lease_until) values ('slow', 0, gen_random_uuid(), now())`,
  );
  expect((await retire(parts)).partitions).toMatchObject([{ going: 0, staying: 4 }]);
  await database.hub.query(`update event_cursor set position = (select last_position from event_order)`);

  const positions = (await one<number>('count(*) from event_position')) ?? 0;
  expect((await retire(parts)).partitions).toMatchObject([{ going: 1, staying: 3 }]);
  expect(await Promise.all([gone, ofOpen, ofHeld, undelivered, young].map((id) => isThere('event', id)))).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
  expect(await one('count(*) from event_position')).toBe(positions - 1);
  await database.hub.query('delete from webhook where id = $1', [webhookId]);
  await bench.end(open, 'confirmed');
  await holdFor(held, null);
  expect((await retire(parts)).partitions).toMatchObject([{ going: 3, staying: 0 }]);
});

test('requests, recorded inputs and kept answers go by their own days, not while their transaction is open', async () => {
  const [open, settled] = [await bench.book(), await bench.book()];
  await bench.end(settled, 'confirmed');
  const requests = [open, settled].map(({ transactionId }) => ({ id: idOf(450), transactionId }));
  const inputs = [open, settled].map(({ transactionId }) => ({ id: idOf(110), transactionId }));
  for (const { id, transactionId } of requests)
    await database.hub.query(
      `insert into api_request (id, transaction_id, method, route, status, duration_ms, at) values ($1, $2, 'GET', '/', 200, 1, now())`,
      [id, transactionId],
    );
  for (const { id, transactionId } of inputs)
    await database.hub.query(
      `insert into mapping_record (id, connection_id, name, transaction_id, input) values ($1, $2, 'book', $3, '\\x00')`,
      [id, bench.clinic.connectionId, transactionId],
    );
  await database.hub.query(
    `insert into idempotency_record (organization_id, client_id, route, key, fingerprint, transaction_id, created_at)
     select $1, 'c', 'r', key, '\\x00', id, now() - age from unnest($2::text[], $3::uuid[], $4::interval[]) as row (key, id, age)`,
    [
      bench.clinic.organizationId,
      ['open', 'settled', 'young'],
      [open.transactionId, settled.transactionId, null],
      ['31 days', '31 days', '29 days'],
    ],
  );
  await makePartitions(database.hub);
  const { partitions, answers } = await retire(parts);
  expect(partitions.map(({ class: of, going, staying }) => [of, going, staying])).toEqual([
    ['requests', 1, 1],
    ['payloads', 1, 1],
  ]);
  expect(answers).toBe(1);
  expect(await one(`array_agg(key order by key) from idempotency_record where client_id = 'c'`)).toEqual([
    'open',
    'young',
  ]);
  // Fewer days, as whoever runs the hub says: then more is over.
  await setRetention(database.owner, { answers: 7 });
  expect((await retire(parts)).answers).toBe(1);
});

test('a piece that somebody reads is left for the next time, and nobody waits for long', async () => {
  const id = await happened(600);
  await makePartitions(database.hub);
  while ((await placeEvents(database.hub)) > 0);
  await database.hub.query(`update event_cursor set position = (select last_position from event_order)`);
  await database.hub.transaction(async (tx) => {
    await tx.query('select count(*) from event');
    expect((await retire(parts)).postponed).toEqual([expect.stringMatching(/^event_/)]);
  });
  expect(await isThere('event', id)).toBe(true);
  await retire(parts);
  expect(await isThere('event', id)).toBe(false);
});

test('with more than a year of pieces a row is looked for in one of them', async () => {
  for (let month = 0; month < 14; month += 1) await happened(month * 30);
  await makePartitions(database.hub);
  while ((await placeEvents(database.hub)) > 0);
  expect((await piecesOf('event')).length).toBeGreaterThanOrEqual(16);
  const executed = async (text: string, values: unknown[]): Promise<string[]> => {
    const { rows } = await database.hub.query<{ 'QUERY PLAN': string }>(`explain (analyze) ${text}`, values);
    const lines = rows.map((row) => row['QUERY PLAN']);
    return lines.filter((line) => /Scan.* on event_(\d{8}|rest)/.test(line) && !line.includes('never executed'));
  };
  expect(await executed('select * from event where id = $1', [idOf(200)])).toHaveLength(1);
  expect(
    await executed(
      `select e.id from event_position p ${EVENT_OF_POSITION} where p.position > $1 order by p.position limit 1`,
      [0],
    ),
  ).toHaveLength(1);
});

test('records of the audit go after their years, and the chain can be gone through from its first place all the same', async () => {
  const { organizationId } = bench.clinic;
  const held = await bench.book();
  await bench.end(held, 'confirmed');
  await holdFor(held, 'A claim is pending');
  const keep = auditKeeper(() => database.hub, parts.seal);
  const write = async (resourceId: string): Promise<string> => {
    const id = await keep({
      organizationId,
      transactionId: randomUUID(),
      actorId: 'person',
      actorRole: 'support',
      address: '192.0.2.7',
      action: 'patient.read',
      kind: 'read',
      resourceKind: 'transaction',
      resourceId,
      outcome: 'done',
      errorCode: null,
      detail: {},
      reason: 'Canary',
      begunId: null,
    });
    return id ?? '';
  };
  /** As if it had been written so long ago. */
  const age = async (id: string, daysAgo: number): Promise<void> => {
    await database.above.query('set session_replication_role = replica');
    const older = idOf(daysAgo);
    await database.above.query('update audit_record set id = $2 where id = $1', [id, older]);
    await database.above.query('update audit_waiting set audit_record_id = $2 where audit_record_id = $1', [id, older]);
    await database.above.query('set session_replication_role = origin');
  };
  for (let number = 0; number < 6; number += 1)
    await age(await write(number === 2 ? held.appointmentId : 'x'), 2_600 - number / 1e7);
  await sealBatch(database.hub, parts.seal);
  for (let number = 0; number < 4; number += 1) await write('x');
  await sealBatch(database.hub, parts.seal);
  await makePartitions(database.hub);

  const verify = async (sql: Sql = database.hub) => {
    const keys = await publicKeys(sql, parts.seal);
    const [verdict] = await verifyAudit(auditLines(sql, organizationId, keys), { kids: new Set(keys.keys()) });
    return verdict;
  };
  /** Past triggers, as a superuser; undone. */
  const tampered = async <T>(text: string, look: (sql: Sql) => Promise<T>): Promise<T | undefined> => {
    let seen: T | undefined;
    const undone = new Error('undone');
    await database.above
      .transaction(async (tx) => {
        await tx.query('set local session_replication_role = replica');
        await tx.query(text);
        seen = await look(tx);
        throw undone;
      })
      .catch((error: unknown) => {
        if (error !== undone) throw error;
      });
    return seen;
  };
  const ofAudit = async () => {
    const { damaged, partitions } = await retire(parts);
    return { damaged, partitions: partitions.filter((each) => each.class === 'audit') };
  };
  expect(await verify()).toMatchObject({ sequence: 10, fault: null, letGo: null });
  // Of a chain that somebody has changed nothing goes.
  await database.above.query('set session_replication_role = replica');
  await database.above.query(`update audit_seal set hash = hash || '\\x00' where sequence = 2`);
  expect(await ofAudit()).toMatchObject({ damaged: [organizationId], partitions: [{ going: 0, staying: 6 }] });
  await database.above.query(`update audit_seal set hash = substr(hash, 1, 32) where sequence = 2`);
  await database.above.query('set session_replication_role = origin');

  expect(await ofAudit()).toMatchObject({ damaged: [], partitions: [{ going: 5, staying: 1 }] });
  expect(await one('count(*) from audit_record')).toBe(5);
  expect(await verify()).toMatchObject({ sequence: 10, fault: null, letGo: { sequence: 6 } });
  expect((await ofAudit()).partitions).toMatchObject([{ going: 0, staying: 1 }]);

  const of = (sequence: number) => `id = (select audit_record_id from audit_seal where sequence = ${sequence})`;
  const faults = [
    // What has stayed is in the chain as before, and what is younger may not be missing.
    await tampered(`update audit_record set actor_id = 'nobody' where ${of(3)}`, verify),
    await tampered(`delete from audit_record where ${of(7)}`, verify),
    await tampered(`update audit_let_go set sequence = 7`, verify),
    await tampered(`update audit_let_go set before = now()`, verify),
    await tampered('delete from audit_let_go', verify),
    await tampered(`update audit_seal set hash = decode(repeat('00', 32), 'hex') where sequence = 6`, verify),
    await tampered('delete from audit_seal where sequence = 4', verify),
  ];
  expect(faults.map((each) => [each?.fault?.kind, each?.fault?.sequence])).toEqual([
    ['changed', 3],
    ['missing', 7],
    ['forged', 7],
    ['forged', 6],
    ['missing', 1],
    ['forged', 6],
    ['missing', 4],
  ]);
  await sealBatch(database.hub, parts.seal);
  await write('x');
  await sealBatch(database.hub, parts.seal);
  expect(await verify()).toMatchObject({ sequence: 11, fault: null });
});
