/** Many want one slot at once: one has it, and the others learn so together, without a place in any queue of locks. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { GroupBookings, type PlainBooking, type PlainOutcome } from '../../src/commands/group-bookings.ts';
import { createHold } from '../../src/commands/holds.ts';
import type { Database } from '../../src/db/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench } from '../support/replay-bench.ts';

let database: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(() => database.drop());

const caller = () => bench.clinic.caller('app');

const book = (bookings: GroupBookings, booking: PlainBooking['booking'], by = caller()): Promise<PlainOutcome> =>
  bookings.book(bench.plain(booking, by));

const claims = async (slotId: string): Promise<number> =>
  (await database.db.query('select 1 from slot_claim where slot_id = $1', [slotId])).rowCount ?? 0;

test('of fifty who want one slot at once one books it, and forty-nine are told that it is taken', async () => {
  const bookings = new GroupBookings(bench.ledger);
  const [slotId, patientId] = [await bench.slot(), await bench.clinic.addPatient()];
  const all = await Promise.all(Array.from({ length: 50 }, () => book(bookings, { slotId, patientId })));
  expect(all.filter((each) => each === 'taken')).toHaveLength(49);
  expect(all.filter((each) => typeof each === 'object')).toHaveLength(1);
  expect(await claims(slotId)).toBe(1);
  // And whoever comes later.
  expect(await book(bookings, { slotId: slotId.toUpperCase(), patientId })).toBe('taken');
});

test('of hundreds at once two statements are under way, and whoever loses its slot still learns so together with the others', async () => {
  const patientId = await bench.clinic.addPatient();
  const slots: string[] = [];
  for (let hour = 0; hour < 60; hour += 1) slots.push(await bench.slot());
  const { db, queue } = bench.ledger;
  let [underWay, most] = [0, 0];
  const counting = new Proxy(db, {
    get: (of, name: keyof Database) =>
      name === 'query'
        ? async (...asked: Parameters<Database['query']>) => {
            most = Math.max(most, (underWay += 1));
            return db.query(...asked).finally(() => (underWay -= 1));
          }
        : of[name],
  });
  const bookings = new GroupBookings({ ...bench.ledger, db: counting, queue: { ...queue, hasRoom: () => true } });
  const all = await Promise.all(
    Array.from({ length: 900 }, (_, nth) =>
      book(bookings, { slotId: slots[(nth * 7) % slots.length] ?? '', patientId }),
    ),
  );
  expect(all.filter((each) => typeof each === 'object')).toHaveLength(slots.length);
  expect(all.filter((each) => each === 'taken')).toHaveLength(900 - slots.length);
  for (const slot of slots) expect(await claims(slot)).toBe(1);
  expect(most).toBe(2);
});

test('what else is wrong with a booking is not hidden by a slot that is taken', async () => {
  const bookings = new GroupBookings(bench.ledger);
  const [slotId, patientId] = [await bench.slot(), await bench.clinic.addPatient()];
  const stranger = await ReplayBench.open(database.db);
  const holdId = randomUUID();
  const [first, ...others] = await Promise.all([
    book(bookings, { slotId, patientId }),
    book(bookings, { slotId, patientId: randomUUID() }),
    book(bookings, { slotId, patientId: await stranger.clinic.addPatient() }),
    book(bookings, { slotId, patientId, mode: 'telemedicine' }),
    book(bookings, { slotId, patientId, holdId }),
    book(bookings, { slotId, patientId }, stranger.clinic.caller('app')),
    book(bookings, { slotId: randomUUID(), patientId }),
  ]);
  expect(first).toHaveProperty('appointmentId');
  expect(others).toEqual([undefined, undefined, undefined, undefined, undefined, undefined]);
});

test('a slot that somebody holds, or that nobody has booked, is not called taken', async () => {
  const bookings = new GroupBookings(bench.ledger);
  const [slotId, patientId] = [await bench.slot(), await bench.clinic.addPatient()];
  const holder = caller();
  const hold = await database.db.transaction((tx) => createHold(tx, holder, { slotId, ttlSeconds: 60 }));
  expect(await book(bookings, { slotId, patientId })).toBeUndefined();
  expect(await book(bookings, { slotId, patientId, holdId: hold?.id ?? '' }, holder)).toHaveProperty('appointmentId');
  const blocked = await bench.slot();
  await database.db.query(`update slot set status = 'busy' where id = $1`, [blocked]);
  expect(await book(bookings, { slotId: blocked, patientId })).toBeUndefined();
});
