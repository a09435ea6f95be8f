/** Where the hub keeps the book itself, a booking is entered by the statement that makes it, and its story is whole. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { GroupBookings, type PlainOutcome } from '../../src/commands/group-bookings.ts';
import { pauseConnection } from '../../src/ledger/connection-state.ts';
import { readAppointment } from '../../src/queries/appointments.ts';
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

async function book(
  slotId: string,
  { isAwaited = true, ownBooks = ['any'], reason = 'Cough' } = {},
): Promise<PlainOutcome> {
  const plain = bench.plain({ slotId, patientId: await bench.clinic.addPatient(), reason });
  return new GroupBookings({ ...bench.ledger, ownBooks }).book({ ...plain, isAwaited });
}

const madeOf = (outcome: PlainOutcome) => {
  if (typeof outcome !== 'object') throw new Error(`expected a booking, got ${outcome}`);
  return outcome;
};

async function read(transactionId: string) {
  const found = await database.db.query(
    `select t.state, t.settled_at is not null as settled, a.status, a.version, a.external_id = b.id::text as named, b.status as entry,
       (select array_agg(e.type order by e.sequence) from event e where e.transaction_id = t.id) as told
     from transaction t join appointment a on a.id = t.appointment_id left join book_entry b on b.transaction_id = t.id
     where t.id = $1`,
    [transactionId],
  );
  return found.rows[0];
}

test('it is booked at once, told as any other, and nobody is sent for it', async () => {
  const made = madeOf(await book(await bench.slot()));
  expect(made.told?.()).toMatchObject({ status: 'booked', version: 2, reason: 'Cough' });
  // What is answered is what whoever reads it next is shown.
  expect(made.told?.()).toEqual(await readAppointment(database.db, bench.ledger.seal, bench.app, made.appointmentId));
  expect(await read(made.transactionId)).toEqual({
    state: 'succeeded',
    settled: true,
    status: 'booked',
    version: 2,
    named: true,
    entry: 'booked',
    told: ['transaction.queued', 'transaction.sending', 'transaction.succeeded', 'appointment.booked'],
  });
  expect(bench.sent).toEqual([]);
});

const WINDOW = { from: '2020-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' };

test.each<[string, () => Promise<unknown>, object?]>([
  ['while its connection is paused', () => pauseConnection(database.db, bench.clinic.connectionId, 'moving house')],
  [
    'in a maintenance window',
    () =>
      database.db.query(`update connection set policy = policy || $2 where id = $1`, [
        bench.clinic.connectionId,
        JSON.stringify({ maintenance: [WINDOW] }),
      ]),
  ],
  ['where another keeps the book', () => Promise.resolve(), { ownBooks: ['another'] }],
])('%s it is queued as any other', async (_, prepare, options = {}) => {
  await prepare();
  const made = madeOf(await book(await bench.slot(), options));
  expect(made.told).toBeUndefined();
  expect(await read(made.transactionId)).toMatchObject({
    state: 'queued',
    status: 'pending',
    version: 1,
    entry: null,
    told: ['transaction.queued'],
  });
  expect(bench.sent).toEqual([made.transactionId]);
});

test.each([
  ['where the hub keeps the book', {}],
  ['where another keeps it', { ownBooks: ['another'] }],
])('%s it is queued for a caller who does not wait, and who is told at once what there is', async (_, options) => {
  const made = madeOf(await book(await bench.slot(), { ...options, isAwaited: false }));
  expect(made.told?.()).toMatchObject({ status: 'pending', version: 1, externalId: null, reason: 'Cough' });
  expect(made.told?.()).toEqual(await readAppointment(database.db, bench.ledger.seal, bench.app, made.appointmentId));
  expect(await read(made.transactionId)).toMatchObject({ state: 'queued', entry: null, told: ['transaction.queued'] });
  expect(bench.sent).toEqual([made.transactionId]);
});

test('what overlaps an entry of the book is not booked, and leaves nothing behind', async () => {
  const start = new Date(Date.now() + 900 * 3_600_000).toISOString();
  const [first, other] = [await bench.clinic.addSlot({ start }), await bench.clinic.addSlot({ inHours: 901 })];
  madeOf(await book(first));
  await database.db.query(
    `update book_entry b set start_at = s.start_at, end_at = s.end_at from slot s where s.id = $1
       and b.transaction_id in (select id from transaction where slot_id = $2)`,
    [other, first],
  );
  expect(await book(other)).toBeUndefined();
  const left = await database.db.query(
    `select s.status from slot s where s.id = $1 and not exists (select 1 from appointment a where a.slot_id = s.id)
       and not exists (select 1 from slot_claim k where k.slot_id = s.id)`,
    [other],
  );
  expect(left.rows).toEqual([{ status: 'free' }]);
});
