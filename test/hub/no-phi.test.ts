/** No patient data leaves by the log, an error, a job or an event: canaries are put into every field, and looked for everywhere. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Database } from '../../src/db/database.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());

const CANARY = {
  name: { given: ['Canaryfirst'], family: 'Canarylast' },
  birthDate: '1931-07-19',
  email: 'canary.mail@example.com',
  phone: '+12125550177',
  address: { line: ['7 Canarystreet'], city: 'Canarytown', postalCode: 'C4N4RY', country: 'US' },
  identifiers: [{ system: 'urn:oid:2.16.840.1.113883.4.1', value: 'CANARY-MRN-77' }],
};
const REASON = 'canaryreason cough';
const WORDS = [
  'Canaryfirst',
  'Canarylast',
  '1931-07-19',
  'canary.mail',
  '2125550177',
  'Canarystreet',
  'Canarytown',
  'C4N4RY',
  'CANARY-MRN',
  'canaryreason',
];

/** Every table as text, bytes as they are; and the files that Postgres keeps this database in. */
async function dumpOf(db: Database): Promise<{ readonly name: string; readonly text: string }[]> {
  const tables = await db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const dump = [];
  for (const { name } of tables.rows) {
    const rows = await db.query<{ row: string }>(`select t::text as row from ${name} t`);
    const text = rows.rows.map(({ row }) => row).join('\n');
    const bytes = text.replaceAll(/\\\\?x((?:[0-9a-f]{2})+)/g, (_, hex: string) =>
      Buffer.from(hex, 'hex').toString('latin1'),
    );
    dump.push({ name, text: `${text}\n${bytes}` });
  }
  await db.query('checkpoint');
  const place = await db.query<{ path: string }>(
    `select current_setting('data_directory') || '/base/' || oid as path from pg_database where datname = current_database()`,
  );
  const directory = place.rows[0]?.path ?? '';
  const files = await readdir(directory);
  expect(files.length).toBeGreaterThan(100);
  for (const file of files) dump.push({ name: file, text: (await readFile(join(directory, file))).toString('latin1') });
  return dump;
}

const found = (text: string): string[] => WORDS.filter((word) => text.toLowerCase().includes(word.toLowerCase()));

test('no canary of a patient is in the log, the events, the jobs, the problems or the record of requests', async () => {
  const problems: unknown[] = [];
  const patientId = await hub.newPatient(CANARY);
  problems.push((await hub.request('POST', '/v1/patients', { body: CANARY })).body);
  problems.push((await hub.request('POST', '/v1/patients', { body: { ...CANARY, phone: 'canaryreason' } })).body);
  problems.push((await hub.request('POST', '/v1/patients', { raw: `{"name": "Canarylast", ` })).body);
  await hub.request('GET', '/v1/providers?q=Canarylast');

  for (const key of ['native', 'epic', 'cerner', 'xml-his', 'hl7v2']) {
    const slot = await hub.slot(key, 10);
    const other = await hub.slot(key, 11);
    const body = { slotId: slot.id, patientId, reason: REASON };
    const booked = await hub.request<{ id: string; status: string }>('POST', '/v1/appointments', {
      body,
      headers: { 'idempotency-key': `phi ${key}` },
    });
    expect(booked).toMatchObject({ status: 201, body: { status: 'booked' } });
    problems.push(
      (await hub.request('POST', '/v1/appointments', { body, headers: { 'idempotency-key': `phi again ${key}` } }))
        .body,
    );
    if (key !== 'native') {
      // The HIS's answers hold the patient too: those that fail are logged.
      for (const fault of ['html-200', 'malformed', '500', 'error-in-200']) {
        await hub.control(key, 'POST', '/faults', { on: 'any', fault, times: 1 });
        await hub.book(other.id, patientId, `phi ${fault}`, { prefer: 'wait=1' });
      }
      await hub.control(key, 'DELETE', '/faults');
    }
    await hub.request('DELETE', `/v1/appointments/${booked.body.id}?reason=canaryreason`, {
      headers: { 'idempotency-key': `phi cancel ${key}`, 'if-match': booked.headers.get('etag') ?? '' },
    });
  }
  // A job is gone when it is begun: this one waits for a hospital that is away.
  await hub.control('epic', 'POST', '/faults', { on: 'any', fault: 'down' });
  const waiting = await hub.request<{ transactions: { id: string }[] }>('POST', '/v1/appointments', {
    body: { slotId: (await hub.slot('epic', 30)).id, patientId, reason: REASON },
    headers: { 'idempotency-key': 'phi waiting', prefer: 'respond-async' },
  });
  await hub.until<{ state: string }>(
    `/v1/transactions/${waiting.body.transactions[0]?.id}`,
    ({ state }) => state === 'parked',
  );
  // What is written in batches has been written once its own request is listed.
  await hub.until<{ items: { route: string }[] }>(
    '/v1/requests?limit=200',
    ({ items }) => items.some((each) => each.route === '/v1/appointments/{id}'),
    10_000,
  );

  expect(found(hub.output)).toEqual([]);
  expect(found(JSON.stringify(problems))).toEqual([]);
  for (const table of ['event', 'transaction', 'attempt', 'api_request', 'pgboss.job']) {
    const rows = await hub.database.db.query(`select row_to_json(t)::text as row from ${table} t`);
    expect(rows.rowCount).toBeGreaterThan(0);
    expect([table, found(rows.rows.map((each) => each['row']).join('\n'))]).toEqual([table, []]);
  }
  // Nor is one anywhere else in the database, or in its files: what there is of patients is sealed.
  const dump = await dumpOf(hub.database.db);
  expect(dump.filter(({ text }) => found(text).length > 0).map(({ name, text }) => [name, found(text)])).toEqual([]);
  // What is not of patients is in both.
  expect(dump.find(({ name }) => name === 'public.patient')?.text).toContain(patientId);
  expect(dump.some(({ name, text }) => /^\d+$/.test(name) && text.includes('Tessera Clinic'))).toBe(true);
  // Payloads are kept, and sealed.
  const sealed = await hub.database.db.query<{ exchanges: Buffer }>('select exchanges from attempt_exchange');
  expect(sealed.rowCount).toBeGreaterThan(0);
  for (const { exchanges } of sealed.rows) expect(found(exchanges.toString('latin1'))).toEqual([]);
  expect(hub.output).toContain('"message"');
}, 90_000);
