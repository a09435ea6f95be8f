/** A backup that leaves the keys of patients out opens nothing; with the newest copy of them it opens all but who was erased since. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { erasePatient } from '../../src/commands/erase-patient.ts';
import type { Sql } from '../../src/db/database.ts';
import { readExchanges, writeAttemptResult } from '../../src/ledger/attempt-result.ts';
import { beginAttempt, lease } from '../../src/ledger/lease.ts';
import { readWorkOrder } from '../../src/ledger/work-order.ts';
import { readPatient } from '../../src/queries/patients.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertIdentifier, testKeys } from '../support/keys.ts';
import { ReplayBench } from '../support/replay-bench.ts';

/** As docs/security.md has it: pg_dump --exclude-table-data=patient_key. */
const KEYS = 'patient_key';
let database: TestDatabase;
let elsewhere: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
  elsewhere = await createTestDatabase();
  bench = await ReplayBench.open(database.db);
});
afterAll(() => Promise.all([database.drop(), elsewhere.drop()]));

type Dump = ReadonlyMap<string, string>;

async function dumpOf(sql: Sql, wanted: (table: string) => boolean): Promise<Dump> {
  const { rows: tables } = await sql.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and not relispartition and relname not in ('schema_migration', 'retention', 'event_order') order by 1`,
  );
  const dump = new Map<string, string>();
  for (const { name } of tables.filter((each) => wanted(each.name))) {
    const { rows } = await sql.query<{ rows: string }>(
      `select coalesce(json_agg(t), '[]')::text as rows from ${name} t`,
    );
    dump.set(name, rows[0]?.rows ?? '[]');
  }
  return dump;
}

const restore = (dump: Dump): Promise<void> =>
  elsewhere.db.transaction(async (tx) => {
    await tx.query('set local session_replication_role = replica');
    for (const [name, rows] of dump) {
      await tx.query(`delete from ${name}`);
      await tx.query(
        `insert into ${name} overriding system value select * from json_populate_recordset(null::${name}, $1)`,
        [rows],
      );
    }
  });

/** Who was treated, and what was said to the HIS then. */
async function treated(): Promise<{ readonly patientId: string; readonly attemptId: string }> {
  const { transactionId } = await bench.book(undefined);
  const order = await readWorkOrder(database.db, bench.ledger, transactionId);
  const held = await lease(database.db, transactionId, 60_000);
  if (!held) throw new Error('the booking cannot be leased');
  const attempt = await beginAttempt(database.db, held, { step: 'book', leaseMs: 60_000, mappingVersion: undefined });
  const attemptId = attempt?.id ?? '';
  const result = {
    attemptId,
    class: 'success',
    durationMs: 1,
    exchanges: [{ body: 'Canary' }],
    patient: order.patient,
  };
  await writeAttemptResult(database.db, bench.ledger.seal, result);
  await insertIdentifier(database.db, order.patient.id, bench.clinic.connectionId, 'urn:mrn', `CANARY-${attemptId}`);
  await database.db.query(
    `update transaction set state = 'succeeded', lease_token = null, lease_until = null, settled_at = now() where id = $1`,
    [transactionId],
  );
  await database.db.query(
    `update appointment set status = 'cancelled' where id = (select appointment_id from transaction where id = $1)`,
    [transactionId],
  );
  return { patientId: order.patient.id, attemptId };
}

test('without the keys no patient is readable in it; with their newest copy all but who was erased since', async () => {
  const [stays, goes] = [await treated(), await treated()];
  const backup = await dumpOf(database.db, (table) => table !== KEYS);
  expect(backup.get('patient')).toContain(goes.patientId);
  expect([...backup.values()].filter((rows) => /Canary|Bauer|1984-05-23/.test(rows))).toEqual([]);

  await restore(backup);
  const restored = { db: elsewhere.db, seal: bench.ledger.seal, keys: testKeys(elsewhere.db) };
  const admin = bench.clinic.caller('admin');
  const read = (patientId: string) => readPatient(restored, admin, patientId);
  for (const { patientId, attemptId } of [stays, goes]) {
    await expect(read(patientId)).rejects.toThrow();
    expect(await readExchanges(elsewhere.db, restored, attemptId)).toBe('erased');
  }

  await erasePatient(bench.ledger, admin, goes.patientId, 'Asked for it');
  await restore(await dumpOf(database.db, (table) => table === KEYS));
  expect(await read(stays.patientId)).toMatchObject({ name: { family: 'Bauer' } });
  expect(await readExchanges(elsewhere.db, restored, stays.attemptId)).toEqual([{ body: 'Canary' }]);
  await expect(read(goes.patientId)).rejects.toThrow();
  expect(await readExchanges(elsewhere.db, restored, goes.attemptId)).toBe('erased');
});
