import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Log } from '../../../src/domain/index.ts';
import { createRequestRecorder, type RequestEntry } from '../../../src/telemetry/request-record.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.db.query('truncate api_request');
  logged.length = 0;
});

const logged: { readonly level: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
const log = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (fields: Readonly<Record<string, unknown>>) => void logged.push({ level, fields }),
  ]),
) as unknown as Log;

const ORGANIZATION = randomUUID();
const entry = (changes: Partial<RequestEntry> = {}): RequestEntry => ({
  transactionId: randomUUID(),
  organizationId: ORGANIZATION,
  clientId: 'portal',
  method: 'GET',
  route: '/v1/appointments/{id}',
  status: 200,
  durationMs: 12.6,
  at: new Date('2026-11-20T05:00:00.123Z'),
  ...changes,
});

async function countRows(): Promise<number> {
  const { rows } = await database.db.query<{ count: number }>('select count(*)::integer as count from api_request');
  return rows[0]?.count ?? -1;
}

/** The database, counting statements; `failure` makes the next ones fail. */
function counting(): {
  readonly sql: { query(text: string, values: readonly unknown[]): Promise<unknown> };
  statements: number;
  failure?: Error;
} {
  const state = {
    statements: 0,
    sql: {
      query: (text: string, values: readonly unknown[]): Promise<unknown> => {
        state.statements += 1;
        return 'failure' in state && state.failure instanceof Error
          ? Promise.reject(state.failure)
          : database.db.query(text, values);
      },
    },
  };
  return state;
}

test('a request is found with its caller, route, result and time', async () => {
  const recorder = createRequestRecorder(database.db, log);
  const known = entry({ status: 409, errorCode: 'slot-taken', method: 'POST' });
  const { organizationId: _, clientId: __, ...stranger } = entry({ status: 401, errorCode: 'unauthenticated' });
  recorder.record(known);
  recorder.record(stranger);
  await recorder.flush();
  const { rows } = await database.db.query(
    `select organization_id, client_id, transaction_id, method, route, status, error_code, duration_ms, at = $1 as same_time
     from api_request order by status desc`,
    [known.at.toISOString()],
  );
  expect(rows).toEqual([
    {
      organization_id: ORGANIZATION,
      client_id: 'portal',
      transaction_id: known.transactionId,
      method: 'POST',
      route: '/v1/appointments/{id}',
      status: 409,
      error_code: 'slot-taken',
      duration_ms: 13,
      same_time: true,
    },
    expect.objectContaining({ organization_id: null, client_id: null, status: 401, error_code: 'unauthenticated' }),
  ]);
  await recorder.close();
});

test('a row appears without anybody asking for it', async () => {
  const written = Promise.withResolvers<void>();
  const sql = {
    query: (text: string, values: readonly unknown[]) =>
      database.db.query(text, values).finally(() => written.resolve()),
  };
  const recorder = createRequestRecorder(sql, log);
  recorder.record(entry());
  await written.promise;
  expect(await countRows()).toBe(1);
  await recorder.close();
});

test('a thousand requests are a handful of statements, and none is lost or doubled', async () => {
  const counted = counting();
  const recorder = createRequestRecorder(counted.sql, log);
  const entries = Array.from({ length: 1_000 }, () => entry());
  for (const each of entries) recorder.record(each);
  await Promise.all([recorder.flush(), recorder.flush(), recorder.flush()]);
  const { rows } = await database.db.query<{ transaction_id: string }>('select transaction_id from api_request');
  expect(rows.map((row) => row.transaction_id).toSorted()).toEqual(
    entries.map((each) => each.transactionId).toSorted(),
  );
  expect(counted.statements).toBeLessThanOrEqual(6);
  await recorder.close();
});

test('what was recorded before closing is written; what comes after is counted as dropped', async () => {
  const recorder = createRequestRecorder(database.db, log);
  recorder.record(entry());
  const closed = recorder.close();
  recorder.record(entry());
  await closed;
  recorder.record(entry());
  await recorder.close();
  expect(await countRows()).toBe(1);
  expect(logged.reduce((sum, { fields }) => sum + Number(fields['dropped'] ?? 0), 0)).toBe(2);
});

test('while the database is away records wait, in bounded memory, without asking at every request', async () => {
  const counted = counting();
  counted.failure = Object.assign(new Error('gone'), { code: '57P01' });
  const recorder = createRequestRecorder(counted.sql, log);
  for (let number = 0; number < 25_000; number += 1) recorder.record(entry());
  await recorder.flush();
  for (let number = 0; number < 1_000; number += 1) recorder.record(entry());
  expect(counted.statements).toBeLessThanOrEqual(3);
  delete counted.failure;
  await recorder.flush();
  expect(await countRows()).toBe(20_000);
  await recorder.close();
  expect(
    logged.filter(({ level }) => level === 'error').reduce((sum, { fields }) => sum + Number(fields['dropped']), 0),
  ).toBe(6_000);
});

test('a record that Postgres refuses goes, counted, and does not hold up those after it', async () => {
  const recorder = createRequestRecorder(database.db, log);
  recorder.record(entry({ durationMs: 3e9 }));
  await recorder.flush();
  recorder.record(entry());
  await recorder.flush();
  expect(await countRows()).toBe(1);
  expect(logged).toContainEqual({ level: 'error', fields: { dropped: 1 } });
  await recorder.close();
});
