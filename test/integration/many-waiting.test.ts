/** Thousands that wait at one HIS: how they are let in, called for, and parked together. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import type { Wake } from '../../src/db/queue.ts';
import type { Sql } from '../../src/db/database.ts';
import { sweep } from '../../src/dispatch/sweeper.ts';
import { WaitingRoom } from '../../src/dispatch/waiting-room.ts';
import { parkConnection, unparkConnection } from '../../src/ledger/connection-state.ts';
import { lease } from '../../src/ledger/lease.ts';
import { parkTransactions } from '../../src/ledger/park.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKeys } from '../support/keys.ts';

let database: TestDatabase;
let ledger: Ledger;
let clinic: Clinic;
const sent: string[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  const queue = {
    send: (_tx: Sql, ...wakes: Wake[]) => {
      sent.push(...wakes.map(({ transactionId }) => transactionId));
      return Promise.resolve();
    },
    begin: () => {},
    work: () => {},
    stop: () => Promise.resolve(),
  };
  ledger = { db: database.db, seal: createSeal(randomBytes(32)), keys: testKeys(database.db), queue };
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

let connectionId: string;
let hour = 24;
/** The first is due for the longest. */
let bookings: string[];
beforeEach(async () => {
  connectionId = await clinic.addConnection('his');
  const patientId = await clinic.addPatient();
  bookings = [];
  for (let nth = 0; nth < 5; nth += 1) {
    const slotId = await clinic.addSlot({ connectionId, hubManaged: false, inHours: ++hour, externalId: randomUUID() });
    const id = randomUUID();
    await database.db.transaction((tx) => bookAppointment(tx, ledger, clinic.caller('app'), id, { slotId, patientId }));
    await database.db.query(`update transaction set due_at = now() - $2 * interval '1 second' where id = $1`, [
      id,
      60 - nth,
    ]);
    bookings.push(id);
  }
  sent.length = 0;
});

const read = async () => {
  const found = await database.db.query<{ state: string; error_code: string | null; told: string[] }>(
    `select state, error_code, (select array_agg(e.type order by e.sequence) from event e where e.transaction_id = t.id) as told
     from transaction t where id = any($1::uuid[]) order by due_at, sequence`,
    [bookings],
  );
  return found.rows;
};
const set = (id: string | undefined, state: string) =>
  database.db.query('update transaction set state = $2 where id = $1', [id, state]);
const begin = (id: string) => lease(database.db, id, 60_000);

describe('a waiting room', () => {
  const begun: string[] = [];
  const roomOf = (size: number) => new WaitingRoom(database.db, (id) => begun.push(id), size);
  const place = (waiting: number) => ({ waiting, row: { id: connectionId } });
  beforeEach(() => void (begun.length = 0));

  test('fetches nothing while nobody found it full', async () => {
    const room = roomOf(3);
    expect(room.admits(place(2))).toBe(true);
    await room.refill(place(0));
    expect(begun).toEqual([]);
  });

  test('that was full fetches the longest due once it is half empty, and goes on until all are in', async () => {
    const room = roomOf(3);
    expect(room.admits(place(3))).toBe(false);
    await room.refill(place(2));
    expect(begun).toEqual([]);
    await room.refill(place(1));
    expect(begun).toEqual(bookings.slice(0, 3));
    // There may be more than were fetched.
    for (const id of bookings.slice(0, 3)) await begin(id);
    begun.length = 0;
    await room.refill(place(0));
    expect(begun).toEqual(bookings.slice(3));
    begun.length = 0;
    await room.refill(place(0));
    expect(begun).toEqual([]);
  });

  test('calls for nobody who is inside', async () => {
    const room = roomOf(5);
    room.overflows(connectionId);
    const out = Promise.withResolvers<void>();
    const inside = room.whileInside(bookings[0] ?? '', () => out.promise);
    await room.refill(place(0));
    expect(begun).toEqual(bookings.slice(1));
    out.resolve();
    await inside;
    expect(room.has(bookings[0] ?? '')).toBe(false);
  });
});

test('the sweeper calls for what is due and was not called for lately, but for what waits in its own process', async () => {
  const room = new WaitingRoom(database.db, () => {});
  const out = Promise.withResolvers<void>();
  const inside = room.whileInside(bookings[1] ?? '', () => out.promise);
  const called = new Map<string, number>();
  await sweep(ledger, { working: room, called });
  expect(sent.filter((id) => bookings.includes(id))).toEqual(bookings.filter((_, nth) => nth !== 1));
  sent.length = 0;
  await sweep(ledger, { working: room, called });
  expect(sent).toEqual([]);
  out.resolve();
  await inside;
});

describe('parked together', () => {
  const dueAt = new Date(Date.now() + 60_000).toISOString();
  const park = () => parkTransactions(ledger, bookings, { dueAt, reason: 'breaker-open', whileStopped: connectionId });

  test('each by its own edges, and what is at work or unknown keeps its state', async () => {
    await set(bookings[1], 'retrying');
    await set(bookings[2], 'unknown');
    await begin(bookings[3] ?? '');
    await parkConnection(database.db, connectionId, 'breaker-open', dueAt);
    await park();
    const parked = { state: 'parked', error_code: 'breaker-open' };
    const queued = expect.arrayContaining(['transaction.queued', 'transaction.parked']) as unknown as string[];
    expect(await read()).toEqual([
      expect.objectContaining({ state: 'sending' }),
      { ...parked, told: queued },
      { ...parked, told: queued },
      expect.objectContaining({ state: 'unknown', error_code: null }),
      { ...parked, told: queued },
    ]);
    expect(sent.toSorted()).toEqual(bookings.filter((_, nth) => nth !== 3).toSorted());
  });

  test('but none when the connection works again: whoever started it has called already', async () => {
    await parkConnection(database.db, connectionId, 'breaker-open', dueAt);
    await database.db.transaction((tx) => unparkConnection(tx, ledger.queue, connectionId));
    sent.length = 0;
    await park();
    expect((await read()).map(({ state }) => state)).toEqual(bookings.map(() => 'queued'));
    expect(sent).toEqual([]);
  });
});
