/** What the console counts, groups and searches for: right, of one's own organization, and as the contract says. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadContracts } from '../../src/contracts.ts';
import { overviewReader } from '../../src/queries/overview.ts';
import { countTransactions, listFailureGroups } from '../../src/queries/transaction-counts.ts';
import type { TransactionFilter } from '../../src/queries/transaction-filter.ts';
import { listTransactions } from '../../src/queries/transactions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';

const contracts = loadContracts('contracts');
let database: TestDatabase;
let bench: ReplayBench;
/** Of another organization. */
let other: ReplayBench;
let booked: Asked;
let failed: readonly Asked[];
let inDoubt: Asked;

beforeAll(async () => {
  database = await createTestDatabase();
  [bench, other] = [await ReplayBench.open(database.db), await ReplayBench.open(database.db)];
  booked = await bench.booked();
  failed = [await bench.failed(), await bench.failed()];
  inDoubt = await bench.book();
  await bench.end(inDoubt, 'unresolvable', { errorCode: 'no-lookup' });
  await bench.book();
  await other.failed();
});
afterAll(() => database.drop());

const expectValid = (name: string, value: unknown): void => {
  const validate = contracts.validator(name);
  validate(value);
  expect([name, validate.errors]).toEqual([name, null]);
};
const found = async (filter: TransactionFilter): Promise<unknown[]> => {
  const { items } = await listTransactions(database.db, bench.support, filter, { limit: 50 });
  return items.map((each) => each['id']);
};

test('each state is counted, up to a limit, under the filters of the list', async () => {
  const counts = await countTransactions(database.db, bench.support, {});
  expect(counts).toEqual({ states: { succeeded: 1, failed: 2, needs_review: 1, queued: 1 }, atMost: 10_000 });
  expectValid('transaction-counts', counts);
  const { states } = await countTransactions(database.db, bench.support, { q: 'LOOKUP' });
  expect(states).toEqual({ needs_review: 1 });
  expect((await countTransactions(database.db, bench.support, { q: 'nothing like it' })).states).toEqual({});
});

test('a search finds by id, by the key at the hospital, and by a part of the error', async () => {
  const { external_id: key } = await bench.appointment(booked.appointmentId);
  const { rows } = await database.db.query<{ patient_id: string }>('select patient_id from appointment where id = $1', [
    failed[0]?.appointmentId,
  ]);
  expect(await found({ q: booked.transactionId })).toEqual([booked.transactionId]);
  expect(await found({ q: booked.appointmentId })).toEqual([booked.transactionId]);
  expect(await found({ q: String(key) })).toEqual([booked.transactionId]);
  expect(await found({ q: 'ookU' })).toEqual([inDoubt.transactionId]);
  expect(await found({ q: rows[0]?.patient_id ?? '', state: 'failed' })).toEqual([failed[0]?.transactionId]);
  expect(await found({ q: '%' })).toEqual([]);
});

test('what is listed has its business keys, in the time of its location', async () => {
  const { items } = await listTransactions(database.db, bench.support, { state: 'failed' }, { limit: 1 });
  expectValid('transaction', items[0]);
  expect(items[0]).toMatchObject({
    timeZone: 'America/New_York',
    start: expect.stringMatching(/-0[45]:00$/),
    locationId: expect.any(String),
    providerId: expect.any(String),
  });
});

test('the same error is one group, with who waits and when it was met', async () => {
  const groups = await listFailureGroups(database.db, bench.support, {});
  for (const group of groups) expectValid('failure-group', group);
  expect(groups.map(({ errorCode, count, waiting }) => ({ errorCode, count, waiting }))).toEqual([
    { errorCode: 'no-lookup', count: 1, waiting: 1 },
    { errorCode: expect.any(String), count: 2, waiting: 2 },
  ]);
  expect(groups[1]).toMatchObject({ latestTransactionId: failed[1]?.transactionId });
  expect(await listFailureGroups(database.db, bench.support, { from: '2100-01-01T00:00:00Z' })).toEqual([]);
});

test('the overview counts what waits, and is not counted again for who asks at once', async () => {
  const read = overviewReader(database.db);
  const overview = await read(bench.support);
  expectValid('overview', overview);
  expect(overview).toMatchObject({
    needsReview: 1,
    failed: 2,
    unknown: 0,
    blocked: 1,
    bookingsToday: { succeeded: 1, failed: 2, needs_review: 1, queued: 1 },
    connections: [{ id: bench.clinic.connectionId, needsReview: 1, failed: 2, queue: { depth: 1 } }],
  });
  await bench.failed();
  expect(await read(bench.support)).toBe(overview);
  expect(await read(other.support)).toMatchObject({ failed: 1, needsReview: 0 });
});
