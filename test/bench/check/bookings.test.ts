/** A fast wrong answer fails the bench: what the check at its end finds. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { checkBookings, type Booked } from './bookings.ts';

const [organization, connection, location, provider, patient] = Array.from({ length: 5 }, () => randomUUID());
let database: TestDatabase;
let booked: Booked;
let nth = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  await db.query(`insert into organization (id, key, name) values ($1, 'o', 'O')`, [organization]);
  await db.query(
    `insert into connection (id, organization_id, key, name, adapter, managed_by, policy) values ($1, $2, 'c', 'C', 'native', 'hub', '{}')`,
    [connection, organization],
  );
  await db.query(
    `insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, 'L', 'UTC')`,
    [location, organization, connection],
  );
  await db.query(
    `insert into provider (id, organization_id, connection_id, given, family) values ($1, $2, $3, '{A}', 'B')`,
    [provider, organization, connection],
  );
  await db.query('insert into patient (id, organization_id) values ($1, $2)', [patient, organization]);
});
afterAll(() => database.drop());

beforeEach(async () => {
  booked = await bookWell();
});

/** One booking as the hub leaves it behind. */
async function bookWell(): Promise<Booked> {
  const { db } = database;
  const key = `k-${(nth += 1)}`;
  const [slotId, appointmentId, transactionId, attempt] = Array.from({ length: 4 }, () => randomUUID());
  const times = [
    new Date(Date.UTC(2030, 0, 1, nth)).toISOString(),
    new Date(Date.UTC(2030, 0, 1, nth, 30)).toISOString(),
  ];
  const at = [organization, connection, provider, location];
  await db.query(
    `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, claimed, hub_managed)
     values ($5, $1, $2, $3, $4, $6, $7, 'in-person', 'busy', true, true)`,
    [...at, slotId, ...times],
  );
  await db.query(
    `insert into appointment (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, slot_id, patient_id, created_by)
     values ($5, $1, $2, $3, $4, $6, $7, 'in-person', 'booked', $8, $9, 'sandbox-app')`,
    [...at, appointmentId, ...times, slotId, patient],
  );
  await db.query('insert into slot_claim (slot_id, appointment_id) values ($1, $2)', [slotId, appointmentId]);
  await db.query(
    `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, settled_at)
     values ($3, $1, $2, $4, 'sandbox-app', 'book', 'succeeded', $5, now())`,
    [organization, connection, transactionId, appointmentId, slotId],
  );
  await db.query(
    `insert into book_entry (id, connection_id, transaction_id, provider_id, seat, start_at, end_at, status)
     values (gen_random_uuid(), $1, $2, $3, 1, $4, $5, 'booked')`,
    [connection, transactionId, provider, ...times],
  );
  for (const type of ['transaction.queued', 'transaction.succeeded', 'appointment.booked'])
    await db.query(
      'insert into event (id, organization_id, type, transaction_id) values (gen_random_uuid(), $1, $2, $3)',
      [organization, type, transactionId],
    );
  await db.query(
    `insert into attempt (id, transaction_id, number, step, purpose, lease_token) values ($1, $2, 1, 'book', 'execute', gen_random_uuid())`,
    [attempt, transactionId],
  );
  await db.query(`insert into attempt_result (attempt_id, class, duration_ms) values ($1, 'success', 1)`, [attempt]);
  await db.query(
    `insert into idempotency_record (organization_id, client_id, route, key, fingerprint, appointment_id, transaction_id)
     values ($1, 'sandbox-app', 'createAppointment', $2, '\\x00', $3, $4)`,
    [organization, key, appointmentId, transactionId],
  );
  return {
    key,
    slotId: slotId ?? '',
    status: 201,
    appointmentId: appointmentId ?? '',
    transactionId: transactionId ?? '',
  };
}

/** What is found when something is wrong; afterwards it is right again. */
async function found(journal: readonly Booked[], wrong: string, right: string, values: unknown[]) {
  await database.db.query(wrong, values);
  try {
    return await checkBookings(database.db, journal, 0);
  } finally {
    await database.db.query(right, values);
  }
}

test('nothing, when all that was promised is there', async () => {
  expect(await checkBookings(database.db, [booked], 0)).toEqual([]);
});

test('an acknowledged booking that is not in the book any more', async () => {
  const to = (status: string): string => `update appointment set status = '${status}' where id = $1`;
  expect(await found([booked], to('cancelled'), to('booked'), [booked.appointmentId])).toEqual([
    `1 acknowledged bookings are not in the book (transaction ${booked.transactionId})`,
  ]);
  expect(await checkBookings(database.db, [{ ...booked, appointmentId: randomUUID() }], 0)).toContain(
    `1 acknowledged bookings are not in the book (transaction ${booked.transactionId})`,
  );
  expect(await checkBookings(database.db, [{ ...booked, appointmentId: '' }], 0)).toContain(
    '1 bookings were acknowledged without naming an appointment',
  );
});

test('a slot that two have', async () => {
  const second = await bookWell();
  const at = (slotId: string): string => `update appointment set slot_id = '${slotId}' where id = $1`;
  expect(await found([booked], at(booked.slotId), at(second.slotId), [second.appointmentId])).toEqual([
    '1 slots have more than one living appointment',
  ]);
});

test('a booking that was refused, and made all the same', async () => {
  expect(await checkBookings(database.db, [{ ...booked, status: 409 }], 0)).toEqual([
    '1 bookings were refused, and are in the book',
  ]);
});

test('a booking whose story has a gap', async () => {
  const of = (client: string, key: string): string =>
    `update idempotency_record set key = '${key}' where transaction_id = $1 and client_id = '${client}'`;
  const values = [booked.transactionId];
  const gap = [`1 acknowledged bookings have no whole story in the ledger (transaction ${booked.transactionId})`];
  expect(await found([booked], of('sandbox-app', 'other'), of('sandbox-app', booked.key), values)).toEqual(gap);
  const entry = (status: string): string => `update book_entry set status = '${status}' where transaction_id = $1`;
  expect(await found([booked], entry('struck'), entry('booked'), values)).toEqual(gap);
});

test('a transaction that does not come to its end', async () => {
  const to = (state: string, settled: string): string =>
    `update transaction set state = '${state}', settled_at = ${settled} where id = $1`;
  expect(await found([booked], to('queued', 'null'), to('succeeded', 'now()'), [booked.transactionId])).toContain(
    '1 transactions have not settled',
  );
});
