/** The audit under the hands of somebody who may do anything in the database, but has not the root key. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { auditKeeper } from '../../src/audit/keep.ts';
import { publicKeys } from '../../src/audit/keys.ts';
import { auditedOrganizations, auditLines, type AuditLine } from '../../src/audit/lines.ts';
import { sealBatch } from '../../src/audit/sealer.ts';
import { verifyAudit, type AuditVerdict, type KnownHead } from '../../src/audit/verify.ts';
import { openDatabase, type PooledDatabase, type Sql } from '../../src/db/database.ts';
import { openOrganizations, type Organizations } from '../../src/db/organizations.ts';
import { openRoles } from '../../src/db/roles.ts';
import type { AuditEntry } from '../../src/domain/index.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { tamperings } from '../support/audit-tamperings.ts';

const rootKey = randomBytes(32);
const seal = createSeal(rootKey);
let database: TestDatabase;
let app: Organizations;
let hub: PooledDatabase;
let known: readonly KnownHead[];
const [ours, theirs] = [randomUUID(), randomUUID()];

const RECORDS = 24;
const BATCH = 6;

const entry = (organizationId: string, number: number): AuditEntry => ({
  organizationId,
  transactionId: randomUUID(),
  actorId: `person-${number % 3}`,
  actorRole: 'support',
  address: '192.0.2.7',
  action: 'transaction.resolve',
  kind: 'change',
  resourceKind: 'transaction',
  resourceId: randomUUID(),
  outcome: 'refused',
  errorCode: 'not-found',
  detail: { members: ['as', 'reason'], values: { as: 'booked' } },
  reason: `Because of Ms Canary ${number}`,
  begunId: randomUUID(),
});

beforeAll(async () => {
  database = await createTestDatabase();
  const urls = await openRoles(database.url, rootKey);
  app = openOrganizations(urls.app, { max: 2, onError: () => {} });
  hub = openDatabase(urls.hub, { max: 2, onError: () => {} });
  for (const id of [ours, theirs])
    await database.db.query('insert into organization (id, key, name) values ($1::uuid, $1::text, $1::text)', [id]);
  const keep = auditKeeper((organizationId) => app.of(organizationId ?? ''), seal);
  const heads = new Map<string, KnownHead>();
  for (let number = 1; number <= RECORDS; number += 1) {
    await keep(entry(ours, number));
    if (number % 4 === 0) await keep(entry(theirs, number));
    if (number % BATCH !== 0) continue;
    const sealed = await sealBatch(hub, seal);
    expect(sealed.damaged).toEqual([]);
    for (const head of sealed.heads) heads.set(head.organizationId, head);
  }
  known = [...heads.values()];
});
afterAll(async () => {
  await app.close();
  await hub.close();
  await database.drop();
});

async function* linesOf(sql: Sql, keys: ReadonlyMap<string, Uint8Array>): AsyncGenerator<AuditLine> {
  for (const organizationId of await auditedOrganizations(sql)) yield* auditLines(sql, organizationId, keys);
}

async function verify(sql: Sql, heads: readonly KnownHead[] = []): Promise<readonly AuditVerdict[]> {
  const keys = await publicKeys(sql, seal);
  return verifyAudit(linesOf(sql, keys), { known: heads, kids: new Set(keys.keys()) });
}

class Undone extends Error {}

/** Past triggers and foreign keys, as a superuser; undone in the end. */
async function tampered<T>(tamper: (sql: Sql) => Promise<unknown>, look: (sql: Sql) => Promise<T>): Promise<T> {
  let seen: { readonly value: T } | undefined;
  await database.db
    .transaction(async (tx) => {
      await tx.query('set local session_replication_role = replica');
      await tamper(tx);
      seen = { value: await look(tx) };
      throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  if (!seen) throw new Error('nothing was looked at');
  return seen.value;
}

test('what nobody has touched is sound, in every organization', async () => {
  const verdicts = await verify(database.db, known);
  const told = new Map(verdicts.map(({ organizationId, sequence, fault }) => [organizationId, { sequence, fault }]));
  expect(told).toEqual(
    new Map([
      [ours, { sequence: RECORDS, fault: null }],
      [theirs, { sequence: RECORDS / 4, fault: null }],
    ]),
  );
});

test('a hundred tamperings and more: each is caught, and the first bad row is named', async () => {
  const missed: unknown[] = [];
  const all = tamperings(ours, theirs, RECORDS, BATCH);
  for (const { what, tamper, sequence, withHeads } of all) {
    const verdicts = await tampered(tamper, (sql) => verify(sql, withHeads ? known : []));
    const fault = verdicts.find((each) => each.organizationId === ours)?.fault;
    if (!fault || fault.sequence !== sequence) missed.push({ what, expected: sequence, fault });
  }
  expect(missed).toEqual([]);
  expect(all.length).toBeGreaterThanOrEqual(100);
}, 120_000);

test('neither role at work takes anything back; the one that answers requests writes no chain', async () => {
  for (const table of ['audit_record', 'audit_seal', 'audit_head']) {
    for (const sql of [app.of(ours), hub]) {
      await expect(sql.query(`update ${table} set organization_id = organization_id`)).rejects.toThrow(
        'permission denied',
      );
      await expect(sql.query(`delete from ${table}`)).rejects.toThrow('permission denied');
      await expect(sql.query(`truncate ${table} cascade`)).rejects.toThrow('permission denied');
    }
    await expect(database.db.query(`update ${table} set organization_id = organization_id`)).rejects.toThrow(
      'append-only',
    );
    await expect(database.db.query(`delete from ${table}`)).rejects.toThrow('append-only');
    await expect(database.db.query(`truncate ${table} cascade`)).rejects.toThrow('append-only');
  }
  await expect(
    app
      .of(ours)
      .query('insert into audit_seal (organization_id, sequence, audit_record_id, hash) values ($1, 99, $1, $2)', [
        ours,
        Buffer.of(0),
      ]),
  ).rejects.toThrow('permission denied');
  await expect(app.of(ours).query('delete from audit_waiting')).rejects.toThrow('permission denied');
  await expect(app.of(ours).query('select private_key from audit_key')).rejects.toThrow('permission denied');
  expect((await app.of(ours).query('select from audit_record')).rowCount).toBe(RECORDS);
});

test('reasons are sealed: a dump of the table shows none', async () => {
  const { rows } = await database.db.query<{ row: string }>('select r::text as row from audit_record r');
  const bytes = rows.map(({ row }) => row).join('');
  expect(bytes).not.toMatch(/Canary|43616e617279/);
});

test('a chain whose end was changed is not gone on with, and others are', async () => {
  const sealed = await tampered(
    async (tx) => {
      await tx.query('update audit_seal set hash = $2 where organization_id = $1 and sequence = $3', [
        ours,
        randomBytes(32),
        RECORDS,
      ]);
      const keep = auditKeeper(() => tx, seal);
      await keep(entry(ours, 100));
      await keep(entry(theirs, 100));
    },
    async (tx) => {
      const inside = { query: tx.query, transaction: <T>(work: (sql: Sql) => Promise<T>): Promise<T> => work(tx) };
      return sealBatch(inside, seal);
    },
  );
  expect(sealed.damaged).toEqual([ours]);
  expect(sealed.heads.map((each) => [each.organizationId, each.sequence])).toEqual([[theirs, RECORDS / 4 + 1]]);
});

test('two processes seal at once, and every record has one place, in one chain', async () => {
  const keep = auditKeeper((organizationId) => app.of(organizationId ?? ''), seal);
  await Promise.all(Array.from({ length: 40 }, (_, number) => keep(entry(theirs, number))));
  const sealed = await Promise.all([sealBatch(hub, seal), sealBatch(hub, seal)]);
  expect(sealed.flatMap((each) => each.heads).map((each) => each.sequence)).toEqual([RECORDS / 4 + 40]);
  expect((await verify(database.db)).map((each) => each.fault)).toEqual([null, null]);
});
