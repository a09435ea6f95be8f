/** Statements that many share are planned once for each connection, however many share them: to plan costs more than to run. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openDatabase, type PooledDatabase, type Sql } from '../../../src/db/database.ts';
import { openOrganizations } from '../../../src/db/organizations.ts';
import { openRoles } from '../../../src/db/roles.ts';
import { keepMessages } from '../../../src/ledger/received-message.ts';
import { createSeal } from '../../../src/ledger/seal.ts';
import { AppointmentReader } from '../../../src/queries/appointments.ts';
import { readFreeSlots } from '../../../src/queries/free-slots.ts';
import { createClinic, type Clinic } from '../../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const TIMES = 20;
/** As often Postgres makes a plan for what is asked before it compares them with one for all (PostgreSQL manual, PREPARE). */
const TRIED = 5;
const seal = createSeal(randomBytes(32));

let database: TestDatabase;
let clinic: Clinic;
/** One connection: what it has prepared is seen by itself only. */
let one: PooledDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  clinic = await createClinic(database.db);
});
beforeEach(() => {
  one = openDatabase(database.url, { max: 1, onError: () => {} });
});
afterEach(() => one.close());
afterAll(() => database.drop());

/** How often the statement was planned for the values of one call, and how often it was run by the plan for all. */
async function plans(part: string, sql: Sql = one): Promise<readonly [custom: number, generic: number]> {
  const { rows } = await sql.query<{ custom: number; generic: number }>(
    'select custom_plans as custom, generic_plans as generic from pg_prepared_statements where strpos(statement, $1) > 0',
    [part],
  );
  const [row, more] = rows;
  if (!row || more) throw new Error(`${rows.length} prepared statements hold ${part}`);
  return [row.custom, row.generic];
}

/** One to four each time. */
const some = <Item>(nth: number, make: () => Item): Item[] => Array.from({ length: 1 + (nth % 4) }, make);

test('questions about free slots', async () => {
  // As at work: by themselves, and for an organization.
  const { app } = await openRoles(database.url, randomBytes(32));
  const organizations = openOrganizations(app, { max: 1, onError: () => {} });
  const apart = organizations.of(clinic.organizationId);
  await clinic.addSlot();
  const question = {
    providerId: clinic.providerId,
    from: new Date().toISOString(),
    to: new Date(Date.now() + 86_400_000).toISOString(),
    moves: false,
    kept: true,
    most: 50,
    mode: null,
    maxAge: null,
    locationIds: null,
    after: null,
  };
  for (let nth = 0; nth < TIMES; nth += 1)
    await readFreeSlots(
      apart,
      clinic.organizationId,
      some(nth, () => question),
    );
  expect(await plans('"heldForMs"', apart)).toEqual([TRIED, TIMES - TRIED]);
  await organizations.close();
});

test('readers of appointments', async () => {
  const id = await clinic.book(await clinic.addSlot({ inHours: 48 }));
  const reader = new AppointmentReader(one, seal);
  const caller = clinic.caller('admin');
  // Who asks while a statement is under way shares the next one.
  for (let nth = 0; nth < TIMES; nth += 1) await Promise.all(some(nth, () => reader.read(caller, id)));
  const [custom, generic] = await plans('as asked (id)');
  expect([custom, generic > TRIED]).toEqual([TRIED, true]);
});

test('messages that are kept', async () => {
  let sent = 0;
  const message = () => ({
    organizationId: clinic.organizationId,
    connectionId: clinic.connectionId,
    messageId: String((sent += 1)),
    kind: 'SIU^S12',
    body: Buffer.from(`message ${sent}`),
    answer: undefined,
  });
  for (let nth = 0; nth < TIMES; nth += 1) await keepMessages(one, seal, some(nth, message));
  expect(await plans('insert into message_to_apply')).toEqual([TRIED, TIMES - TRIED]);
});
