/** Bookings that wait for nothing more are begun together, from whatever state they wait in, and only as they were seen. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import { BookingAttempts, type Wanted } from '../../src/ledger/booking-attempts.ts';
import { lease } from '../../src/ledger/lease.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKeys } from '../support/keys.ts';

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
async function booked(sets = ''): Promise<string> {
  const connectionId = await clinic.addConnection('his');
  const slotId = await clinic.addSlot({ connectionId, hubManaged: false, inHours: ++hour, externalId: randomUUID() });
  const patientId = await clinic.addPatient();
  const { transactionId } = await database.db.transaction((tx) =>
    bookAppointment(tx, ledger, clinic.caller('app'), randomUUID(), { slotId, patientId }),
  );
  if (sets !== '') await database.db.query(`update transaction set ${sets} where id = $1`, [transactionId]);
  return transactionId;
}
const wanted = (transactionId: string, more: Partial<Wanted> = {}): Wanted => ({
  transactionId,
  state: 'queued',
  attempts: 0,
  mappingBegan: null,
  step: 'book',
  leaseMs: 10_000,
  mappingVersion: undefined,
  connectionRevision: 0,
  ...more,
});
const begin = (transactionId: string, more?: Partial<Wanted>) =>
  new BookingAttempts(ledger).begin(wanted(transactionId, more));
async function told(transactionId: string): Promise<readonly string[]> {
  const found = await database.db.query<{ type: string }>(
    `select type from event where transaction_id = $1 order by sequence`,
    [transactionId],
  );
  return found.rows.map(({ type }) => type);
}
async function rowOf(transactionId: string) {
  const found = await database.db.query<Record<string, unknown>>(
    `select t.state, t.attempts, t.step, t.mapping_version, t.retries, (select max(number) from attempt a where a.transaction_id = t.id) as number
     from transaction t where t.id = $1`,
    [transactionId],
  );
  return found.rows[0];
}

test('the first attempt is begun, leased and told', async () => {
  const id = await booked();
  const before = await told(id);
  const begun = await begin(id, { mappingVersion: 'v1' });
  expect(begun).toMatchObject({ held: { id, state: 'sending' }, attempt: { number: 1 }, work: { id, retries: 0 } });
  expect(await rowOf(id)).toMatchObject({
    state: 'sending',
    attempts: 1,
    number: 1,
    step: 'book',
    mapping_version: 'v1',
  });
  expect(await told(id)).toEqual([...before, 'transaction.sending']);
});

test.each([-600_000, 600_000])(
  'a lease lasts as long as it is given, with a clock that is wrong by %d ms',
  async (byMs) => {
    const [together, byItself] = [await booked(), await booked()];
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + byMs);
    expect(await begin(together)).toBeDefined();
    expect(await lease(database.db, byItself, 10_000)).toBeDefined();
    clock.mockRestore();
    const { rows } = await database.db.query<{ seconds: number }>(
      'select extract(epoch from lease_until - now())::float8 as seconds from transaction where id = any($1)',
      [[together, byItself]],
    );
    expect(rows.map(({ seconds }) => seconds > 5 && seconds <= 10)).toEqual([true, true]);
  },
);

test.each(['retrying', 'parked'] as const)(
  'one that is %s is queued first, and keeps what is known of it',
  async (state) => {
    const id = await booked(`state = '${state}', attempts = 3, retries = 2, step = 'book', mapping_version = 'v1'`);
    const before = await told(id);
    const begun = await begin(id, { state, attempts: 3, mappingBegan: 'v1' });
    expect(begun).toMatchObject({ attempt: { number: 4 }, work: { retries: 2, mappingVersion: 'v1' } });
    expect(await rowOf(id)).toMatchObject({
      state: 'sending',
      attempts: 4,
      number: 4,
      mapping_version: 'v1',
      retries: 2,
    });
    expect(await told(id)).toEqual([...before, 'transaction.queued', 'transaction.sending']);
  },
);

test.each<[string, string, Partial<Wanted>]>([
  ['has changed its state since it was seen', `state = 'parked'`, { state: 'retrying' }],
  ['was tried since it was seen', `state = 'retrying', step = 'book', attempts = 1`, { state: 'retrying' }],
  ['may be at the HIS', `state = 'unknown', unknown_since = now()`, {}],
  [
    'began with other mappings',
    `state = 'retrying', step = 'book', mapping_version = 'v2'`,
    { state: 'retrying', mappingBegan: 'v1' },
  ],
  ['is in another step', `state = 'retrying', step = 'identify-patient'`, { state: 'retrying' }],
  ['is not due', `state = 'parked', due_at = now() + interval '1 hour'`, { state: 'parked' }],
])('nothing is done with one that %s', async (_, sets, more) => {
  const id = await booked(sets);
  const [before, events] = [await rowOf(id), await told(id)];
  expect(await begin(id, more)).toBeUndefined();
  expect(await rowOf(id)).toEqual(before);
  expect(await told(id)).toEqual(events);
});

test('many are begun in one statement, each once, however often it is asked for', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => booked(`state = 'retrying', step = 'book'`)));
  const attempts = new BookingAttempts(ledger);
  const asked = [...ids, ...ids].map((id) => attempts.begin(wanted(id, { state: 'retrying' })));
  const begun = (await Promise.all(asked)).filter((each) => each !== undefined);
  expect(begun.map(({ held }) => held.id).toSorted()).toEqual(ids.toSorted());
});
