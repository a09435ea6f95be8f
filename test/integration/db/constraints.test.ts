import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { isExclusionViolation, isUniqueViolation } from '../../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { insertAppointment, insertClinic, insertSlot, type Clinic } from './rows.ts';

let database: TestDatabase;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** What a statement is refused with; undefined when it is not. */
function refusal(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const NINE = '2026-12-01T09:00:00Z';
const QUARTER_PAST = '2026-12-01T09:15:00Z';
const HALF_PAST = '2026-12-01T09:30:00Z';
const TEN = '2026-12-01T10:00:00Z';

test('slots of a hub-managed schedule do not overlap: neither next to each other nor on another seat is an overlap', async () => {
  clinic = await insertClinic(database.db);
  await insertSlot(database.db, clinic, NINE, HALF_PAST);
  await insertSlot(database.db, clinic, HALF_PAST, TEN);
  await insertSlot(database.db, clinic, NINE, HALF_PAST, { seat: 2 });
  const error = await refusal(insertSlot(database.db, clinic, QUARTER_PAST, TEN));
  expect(isExclusionViolation(error, 'slot_overlap')).toBe(true);
  expect(isExclusionViolation(error, 'book_entry_overlap')).toBe(false);
  expect(isUniqueViolation(error)).toBe(false);
});

test('slots that a HIS manages may overlap: they are as the HIS says', async () => {
  clinic = await insertClinic(database.db);
  await insertSlot(database.db, clinic, NINE, HALF_PAST, { hubManaged: false });
  const overlapping = insertSlot(database.db, clinic, QUARTER_PAST, TEN, { hubManaged: false });
  expect(await refusal(overlapping)).toBeUndefined();
});

test('entries of the own book do not overlap, until one is struck', async () => {
  clinic = await insertClinic(database.db);
  const enter = (start: string, end: string) =>
    database.db.query(
      `insert into book_entry (id, connection_id, transaction_id, provider_id, seat, start_at, end_at, status)
       values ($1, $2, $3, $4, 1, $5, $6, 'booked')`,
      [randomUUID(), clinic.connection, randomUUID(), clinic.provider, start, end],
    );
  await enter(NINE, HALF_PAST);
  expect(isExclusionViolation(await refusal(enter(QUARTER_PAST, TEN)), 'book_entry_overlap')).toBe(true);
  await database.db.query(`update book_entry set status = 'struck' where provider_id = $1`, [clinic.provider]);
  await enter(QUARTER_PAST, TEN);
});

test('of fifty that claim a slot at once, one gets it', async () => {
  clinic = await insertClinic(database.db);
  const slot = await insertSlot(database.db, clinic, NINE, HALF_PAST);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      refusal(
        database.db.transaction(async (tx) => {
          const appointment = await insertAppointment(tx, clinic, slot);
          await tx.query('insert into slot_claim (slot_id, appointment_id) values ($1, $2)', [slot, appointment]);
        }),
      ),
    ),
  );
  expect(answers.filter((error) => error === undefined)).toHaveLength(1);
  expect(answers.filter((error) => isUniqueViolation(error, 'slot_claim_pkey'))).toHaveLength(49);
  const { rows } = await database.db.query('select count(*) from appointment where slot_id = $1', [slot]);
  expect(rows).toEqual([{ count: 1 }]);
});

/** One row in each append-only table. */
async function insertHistory(): Promise<void> {
  clinic = await insertClinic(database.db);
  const slot = await insertSlot(database.db, clinic, NINE, HALF_PAST);
  const appointment = await insertAppointment(database.db, clinic, slot);
  const transaction = randomUUID();
  const attempt = randomUUID();
  await database.db.query(
    `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id)
     values ($1, $2, $3, $4, 'app', 'book', 'queued', $5)`,
    [transaction, clinic.organization, clinic.connection, appointment, slot],
  );
  await database.db.query(
    `insert into attempt (id, transaction_id, number, step, purpose, lease_token) values ($1, $2, 1, 'book', 'execute', $1)`,
    [attempt, transaction],
  );
  await database.db.query(`insert into attempt_result (attempt_id, class, duration_ms) values ($1, 'succeeded', 12)`, [
    attempt,
  ]);
  await database.db.query(`insert into event (id, organization_id, type) values ($1, $2, 'appointment.booked')`, [
    randomUUID(),
    clinic.organization,
  ]);
}

test.each([
  ['attempt', 'step'],
  ['attempt_result', 'class'],
  ['event', 'type'],
])('a row of %s is neither changed nor deleted', async (table, column) => {
  await insertHistory();
  const before = await database.db.query(`select * from ${table}`);
  expect(before.rows.length).toBeGreaterThan(0);
  for (const statement of [`update ${table} set ${column} = 'other'`, `delete from ${table}`]) {
    await expect(database.db.query(statement)).rejects.toThrow(
      // A piece of it says so.
      new RegExp(`${table}(_\\w+)? is append-only`),
    );
  }
  expect((await database.db.query(`select * from ${table}`)).rows).toEqual(before.rows);
});
