/** What the hub asks for with nearly every call is answered from an index, however much there is by then. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSeal } from '../../../src/ledger/seal.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { GROWING, plansOfHotQueries } from './hot-queries.ts';
import { explaining, readWhole, type Plan } from './plans.ts';
import { seedRows } from './seed.ts';

/** Enough that reading all of it is never the cheaper way to a page; few enough for a test. */
const SLOTS = 30_000;
const TRANSACTIONS = 20_000;

let database: TestDatabase;
let plans: readonly Plan[];

beforeAll(async () => {
  database = await createTestDatabase();
  const organizationId = randomUUID();
  await database.db.query(`insert into organization (id, key, name) values ($1, 'grown', 'Grown')`, [organizationId]);
  const wish = { organizationId, locations: 20, providers: 100, slots: SLOTS, transactions: TRANSACTIONS };
  const connectionId = await seedRows(database.db, wish);
  plans = await plansOfHotQueries({ db: database.db, seal: createSeal(randomBytes(32)), organizationId, connectionId });
}, 120_000);

afterAll(() => database.drop());

test('as many rows are seeded as were asked for, and seeding again adds none', async () => {
  const [{ id: organizationId } = { id: '' }] = (await database.db.query<{ id: string }>('select id from organization'))
    .rows;
  await seedRows(database.db, {
    organizationId,
    locations: 20,
    providers: 100,
    slots: SLOTS,
    transactions: TRANSACTIONS,
  });
  const { rows } = await database.db.query(
    `select (select count(*) from slot) as slots, (select count(*) from transaction) as transactions,
       (select count(*) from event) as events, (select count(*) from event_position where position <= $1) as positions,
       (select last_position from event_order) as last, (select count(*) from provider_location) as workplaces`,
    [TRANSACTIONS],
  );
  expect(rows).toEqual([
    {
      slots: SLOTS,
      transactions: TRANSACTIONS,
      events: TRANSACTIONS,
      positions: TRANSACTIONS,
      last: TRANSACTIONS,
      workplaces: 100,
    },
  ]);
});

test('no hot query reads a growing table as a whole', () => {
  expect(plans.length).toBeGreaterThan(15);
  const found = plans.flatMap((plan) => readWhole(plan, GROWING).map((table) => `${plan.of}: all of ${table}`));
  expect(found).toEqual([]);
});

describe('a plan that does so', () => {
  test('is seen', async () => {
    const caught = explaining(database.db);
    caught.about('a search without an index');
    await caught.db.query(`select id from slot where details ->> 'room' = $1`, ['1']);
    expect(caught.plans.flatMap((plan) => readWhole(plan, GROWING))).toEqual(['slot']);
  });
});
