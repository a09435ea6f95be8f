/** A booking whose cancellation waits behind it is not sent, whatever state the two are in, and whoever looks. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import { cancelAppointment } from '../../src/commands/change-appointment.ts';
import { collapse } from '../../src/ledger/collapse.ts';
import { BookingAttempts, type Wanted } from '../../src/ledger/booking-attempts.ts';
import { lease } from '../../src/ledger/lease.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { testKeys } from '../support/keys.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { scriptedHis } from '../support/scripted-his.ts';

let database: TestDatabase;
let ledger: Ledger;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
  const queue = { send: () => Promise.resolve(), begin: () => {}, work: () => {}, stop: () => Promise.resolve() };
  ledger = { db: database.db, seal: createSeal(randomBytes(32)), keys: testKeys(database.db), queue };
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

let hour = 24;
/** The ids of a booking and of its cancellation. */
async function bookAndCancel(): Promise<readonly [string, string]> {
  const connectionId = await clinic.addConnection('his');
  const slotId = await clinic.addSlot({ connectionId, hubManaged: false, inHours: ++hour, externalId: randomUUID() });
  const patientId = await clinic.addPatient();
  const caller = clinic.caller('app');
  const cancelId = randomUUID();
  const booked = await database.db.transaction((tx) =>
    bookAppointment(tx, ledger, caller, randomUUID(), { slotId, patientId }),
  );
  await database.db.transaction((tx) => cancelAppointment(tx, ledger, caller, cancelId, { id: booked.appointmentId }));
  return [booked.transactionId, cancelId];
}
const begin = (transactionId: string, state: Wanted['state'] = 'queued') =>
  new BookingAttempts(ledger).begin({
    transactionId,
    state,
    attempts: 0,
    mappingBegan: null,
    step: 'book',
    leaseMs: 10_000,
    mappingVersion: undefined,
    connectionRevision: 0,
  });
const states = async (ids: readonly string[]): Promise<readonly unknown[]> => {
  const found = await database.db.query<{ state: string }>(
    'select state from transaction where id = any($1::uuid[]) order by sequence',
    [ids],
  );
  return found.rows.map(({ state }) => state);
};

test.each([
  ['queued', 'queued'],
  ['parked', 'queued'],
  ['retrying', 'queued'],
  ['queued', 'parked'],
  ['parked', 'parked'],
] as const)('booking %s, cancellation %s', async (bookingState, cancelState) => {
  const [bookingId, cancelId] = await bookAndCancel();
  const set = (id: string, state: string) =>
    database.db.query('update transaction set state = $2 where id = $1', [id, state]);
  await set(bookingId, bookingState);
  await set(cancelId, cancelState);
  expect(await lease(database.db, bookingId, 10_000)).toBeUndefined();
  expect(await begin(bookingId, bookingState)).toBeUndefined();
  expect(await states([bookingId, cancelId])).toEqual([bookingState, cancelState]);
  expect(await collapse(database.db, bookingId)).toBe(true);
  expect(await states([bookingId, cancelId])).toEqual(['superseded', 'superseded']);
});

test('without a cancellation that waits, the same booking is begun', async () => {
  const [bookingId, cancelId] = await bookAndCancel();
  await database.db.query(`update transaction set state = 'superseded', settled_at = now() where id = $1`, [cancelId]);
  expect(await begin(bookingId)).toMatchObject({ held: { id: bookingId, state: 'sending' } });
});

test('a booking that may be at the HIS is looked up all the same', async () => {
  const [bookingId] = await bookAndCancel();
  await database.db.query(`update transaction set state = 'unknown', unknown_since = now() where id = $1`, [bookingId]);
  expect(await lease(database.db, bookingId, 10_000)).toMatchObject({ state: 'verifying' });
});

test('a booking that waits for its HIS to come back is withdrawn at once, not when its time comes', async () => {
  const [bookingId, cancelId] = await bookAndCancel();
  await database.db.query(
    `update transaction set state = 'parked', due_at = now() + interval '4 hours' where id = $1`,
    [bookingId],
  );
  const never = () => Promise.reject(new Error('nothing may be sent'));
  const his = scriptedHis(ledger, [], { book: never, cancel: never, lookup: never });
  await his.dispatcher.dispatch(bookingId);
  await his.connections.close();
  expect(await states([bookingId, cancelId])).toEqual(['superseded', 'superseded']);
});
