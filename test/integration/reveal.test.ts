/** What was sent for a transaction: masked for everybody, as it was for whoever says why and is on record for it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { maskExchange, type Exchange } from '#adapter-kit';
import { payloadRoutes } from '../../src/api/routes/payloads.ts';
import type { ApiRequest } from '../../src/api/operation.ts';
import type { Caller } from '../../src/domain/index.ts';
import { loadContracts } from '../../src/contracts.ts';
import { readExchanges, writeAttemptResult } from '../../src/ledger/attempt-result.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';

const contracts = loadContracts('contracts');
let database: TestDatabase;
let bench: ReplayBench;
let transactionId: string;
let routes: ReturnType<typeof payloadRoutes>;

const EXCHANGE: Exchange = {
  at: '2027-02-27T09:00:00.000Z',
  durationMs: 41,
  method: 'POST',
  url: 'https://his.example/R4/Patient',
  write: true,
  requestBody: '{"resourceType":"Patient","name":[{"family":"Secretname"}]}',
  status: 201,
  responseBody: null,
  failure: null,
};

beforeAll(async () => {
  database = await createTestDatabase();
  bench = await ReplayBench.open(database.db);
  const { seal } = bench.ledger;
  transactionId = (await bench.book()).transactionId;
  const attemptId = transactionId;
  await database.db.query(
    `insert into attempt (id, transaction_id, number, step, purpose, lease_token) values ($1, $1, 1, 'book', 'execute', $1)`,
    [transactionId],
  );
  await writeAttemptResult(database.db, seal, { attemptId, class: 'success', durationMs: 41, exchanges: [EXCHANGE] });
  routes = payloadRoutes({
    db: database.db,
    seal,
    open: (id) => readExchanges(database.db, bench.ledger, id),
    mask: (exchange) => maskExchange(exchange as Exchange),
  });
});
afterAll(() => database.drop());

const asked = <Body>(body: Body, caller: Caller = bench.support): ApiRequest<Body> =>
  ({ caller, params: { id: transactionId }, body }) as unknown as ApiRequest<Body>;
const revealed = async (): Promise<number> =>
  (
    await database.db.query('select 1 from event where transaction_id = $1 and type = $2', [
      transactionId,
      'payload.revealed',
    ])
  ).rowCount ?? 0;

test('it is masked by the hub, for everybody, and nobody is on record for that', async () => {
  const { body } = await routes.readPayloads(asked(undefined));
  expect(JSON.stringify(body)).not.toContain('Secretname');
  expect(JSON.stringify(body)).toContain('xxxxxxxxxx');
  const fits = contracts.validator('payloads');
  expect([fits(body), fits.errors]).toEqual([true, null]);
  expect(await revealed()).toBe(0);
});

test('with a reason it is shown as it was for a quarter of an hour: told by an event, the reason sealed, on record for ever', async () => {
  const { body } = await routes.revealPayloads(asked({ reason: 'The clinic asks for Secretname' }));
  expect(body).toMatchObject({ masked: false, attempts: [{ number: 1, exchanges: [EXCHANGE] }] });
  const minutes = (Date.parse(body.hiddenAt) - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(14);
  expect(minutes).toBeLessThanOrEqual(15);
  expect(await revealed()).toBe(1);
  const kept = await database.db.query<{ id: string; reason: Buffer }>('select id, reason from reveal');
  const [row] = kept.rows;
  expect(row?.reason.toString('latin1')).not.toContain('Secretname');
  expect(bench.ledger.seal.open(`reveal/${row?.id ?? ''}`, row?.reason ?? Buffer.of())).toContain('The clinic asks');
  for (const change of ['delete from reveal', 'update reveal set client_id = null', 'truncate reveal'])
    await expect(database.db.query(change)).rejects.toThrow();
});

test('of another organization there is nothing to see or to reveal', async () => {
  const stranger = bench.clinic.caller('admin', { organizationId: bench.clinic.connectionId });
  for (const attempt of [
    () => routes.readPayloads(asked(undefined, stranger)),
    () => routes.revealPayloads(asked({ reason: 'Curious' }, stranger)),
  ])
    expect(await thrown(attempt())).toMatchObject({ code: 'not-found' });
});

test('what was sealed with a key that is gone is said to be gone', async () => {
  const blind = payloadRoutes({
    db: database.db,
    seal: bench.ledger.seal,
    open: () => Promise.resolve('erased' as const),
    mask: (exchange) => exchange,
  });
  expect((await blind.readPayloads(asked(undefined))).body.attempts).toMatchObject([
    { number: 1, exchanges: null, gone: 'erased' },
  ]);
});
