/** A page of free slots costs what is on it, not what its window holds. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openOrganizations, type Organizations } from '../../../src/db/organizations.ts';
import { openRoles } from '../../../src/db/roles.ts';
import { readFreeSlots, slotsOf } from '../../../src/queries/free-slots.ts';
import { createClinic, type Clinic } from '../../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const PROVIDERS = 8;
/** Of each: so few that Postgres expects one of them to be in a window, and so many that reading all of them is seen. */
const SLOTS = 600;
const MOST = 21;
/** More often than Postgres plans for the values of one call (PostgreSQL manual, PREPARE). */
const TIMES = 10;
const DAY_MS = 86_400_000;

let database: TestDatabase;
let clinic: Clinic;
let organizations: Organizations;

beforeAll(async () => {
  database = await createTestDatabase();
  clinic = await createClinic(database.db);
  const providers = await Promise.all(Array.from({ length: PROVIDERS }, () => clinic.addProvider()));
  const firsts = await Promise.all(
    [clinic.providerId, ...providers].map((providerId) => clinic.addSlot({ providerId, inHours: 24 })),
  );
  await database.db.transaction(async (tx) => {
    await tx.query(
      `insert into slot select (s).* from (
         select jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'external_id', s.id || '-' || n,
           'start_at', end_at + n * interval '10 minutes', 'end_at', end_at + (n + 1) * interval '10 minutes')) s
         from slot s, generate_series(1, $2::int) n where s.id = any($1)) t order by random()`,
      [firsts, SLOTS],
    );
    // What it has looked up is told now, not when the questions are counted.
    await tx.query('select pg_stat_force_next_flush()');
  });
  await database.db.query('analyze slot');
  const { app } = await openRoles(database.url, randomBytes(32));
  organizations = openOrganizations(app, { max: 1, onError: () => {} });
});
afterAll(async () => {
  await organizations.close();
  await database.drop();
});

/** Rows of slots that Postgres has fetched by an index, or by a bitmap of one, until now. */
async function fetched(): Promise<number> {
  // Whoever is idle tells the statistics what it has done within a second, or when it is asked to.
  await organizations.of(clinic.organizationId).query('select pg_stat_force_next_flush()');
  await organizations.of(clinic.organizationId).query('select 1');
  const { rows } = await database.db.query<{ fetched: number }>(
    `select idx_tup_fetch::int as fetched from pg_stat_user_tables where relname = 'slot'`,
  );
  return rows[0]?.fetched ?? Number.NaN;
}

// Those that are shown; and for how long that holds, the same again for holds among them.
test.each([
  ['those of the page are read', false, MOST, 1.5 * MOST],
  ['those of a page that is kept are read twice', true, 2 * MOST, 3 * MOST],
])('of six hundred free slots in a window, %s', async (_what, kept, least, most) => {
  const question = {
    providerId: clinic.providerId,
    from: new Date().toISOString(),
    to: new Date(Date.now() + 30 * DAY_MS).toISOString(),
    moves: false,
    kept,
    most: MOST,
    mode: null,
    maxAge: null,
    locationIds: null,
    after: null,
  };
  const before = await fetched();
  for (let nth = 0; nth < TIMES; nth += 1) {
    const [page] = await readFreeSlots(organizations.of(clinic.organizationId), clinic.organizationId, [question]);
    expect(page && slotsOf(page, clinic.providerId)).toHaveLength(MOST);
  }
  const each = ((await fetched()) - before) / TIMES;
  expect(each).toBeGreaterThanOrEqual(least);
  expect(each).toBeLessThan(most);
});
