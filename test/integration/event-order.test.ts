/** Events in the order of their commits: nothing skipped, nothing twice, whoever commits late. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Log } from '../../src/domain/index.ts';
import type { Sql } from '../../src/db/database.ts';
import { readEvents } from '../../src/events/event.ts';
import { follow, openCursor, type Follower } from '../../src/events/follower.ts';
import { lastPosition, placeWaiting } from '../../src/events/order.ts';
import { appendEvents } from '../../src/ledger/event.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const NAME = 'slot.changed';

let database: TestDatabase;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

const write = (tx: Sql, label: string): Promise<void> =>
  appendEvents(tx, [{ organizationId: clinic.organizationId, type: NAME, data: { label } }]);

const labelsAfter = async (after: number): Promise<unknown[]> =>
  (await readEvents(database.db, { after, limit: 10_000 })).map((each) => each.data['label']);

/** As the hub does it. */
async function placeAll(): Promise<void> {
  for (let last = -1, now; (now = await placeWaiting(database.db)) !== last;) last = now;
}

/** The hub's own look finds nothing to be placed, and nothing placed to be left behind for good; what it does find, it does. */
async function isAtRest(): Promise<boolean> {
  let reads = 0;
  await placeWaiting({
    ...database.db,
    query: (...asked) => {
      reads += 1;
      return database.db.query(...asked);
    },
    transaction: (work) => {
      reads += 1;
      return database.db.transaction(work);
    },
  });
  return reads === 1;
}

test('an event that was written first and committed last is not skipped', async () => {
  const { db } = database;
  const start = await lastPosition(db);
  const hold = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  const late = db.transaction(async (tx) => {
    await write(tx, 'late');
    written.resolve();
    await hold.promise;
  });
  await written.promise;
  await db.transaction((tx) => write(tx, 'early'));
  await placeAll();
  expect(await labelsAfter(start)).toEqual(['early']);
  hold.resolve();
  await late;
  await placeAll();
  expect(await labelsAfter(start)).toEqual(['early', 'late']);
});

test('where nothing has happened one read finds it out; and what was placed while a transaction was open is not looked at for ever', async () => {
  const { db } = database;
  await placeAll();
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const open = db.transaction(async (tx) => {
    await tx.query('select pg_current_xact_id()');
    begun.resolve();
    await end.promise;
  });
  await begun.promise;
  await db.transaction((tx) => write(tx, 'meanwhile'));
  expect(await isAtRest()).toBe(false);
  expect(await isAtRest()).toBe(true);
  const { rows: held } = await db.query('select horizon from event_order');
  end.resolve();
  await open;
  // Transactions of other databases of the server count, too.
  while (await isAtRest()) await delay(20);
  expect((await db.query('select horizon from event_order')).rows).not.toEqual(held);
  expect(await isAtRest()).toBe(true);
});

test('what is rolled back is never told, and leaves no gap', async () => {
  const { db } = database;
  const start = await lastPosition(db);
  await expect(
    db.transaction(async (tx) => {
      await write(tx, 'never');
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await db.transaction((tx) => write(tx, 'after'));
  await placeAll();
  const events = await readEvents(db, { after: start, limit: 10 });
  expect(events.map((each) => [each.position, each.data['label']])).toEqual([[start + 1, 'after']]);
});

test('changes of one thing that queue behind its lock are told in the order in which they were made, whoever began first', async () => {
  const { db } = database;
  const start = await lastPosition(db);
  const lock = `select 1 from organization where id = $1 for update`;
  const first = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  // The second has the older transaction: it has written something before it waits for the lock.
  const second = db.transaction(async (tx) => {
    await tx.query('select pg_current_xact_id()');
    begun.resolve();
    await first.promise;
    await tx.query(lock, [clinic.organizationId]);
    await write(tx, 'second');
  });
  await begun.promise;
  await db.transaction(async (tx) => {
    await tx.query(lock, [clinic.organizationId]);
    await write(tx, 'first');
  });
  first.resolve();
  await second;
  await placeAll();
  expect(await labelsAfter(start)).toEqual(['first', 'second']);
});

test('1,200 events of 40 writers, placed by four processes at once while they are written: each once, each writer in order', async () => {
  const { db } = database;
  const start = await lastPosition(db);
  const written = new AbortController();
  const placers = Array.from({ length: 4 }, async () => {
    while (!written.signal.aborted) await placeWaiting(db);
  });
  await Promise.all(
    Array.from({ length: 40 }, async (_, writer) => {
      for (let number = 0; number < 30; number += 1) await db.transaction((tx) => write(tx, `${writer}:${number}`));
    }),
  );
  written.abort();
  await Promise.all(placers);
  await placeAll();
  const labels = (await labelsAfter(start)).map(String);
  expect(new Set(labels).size).toBe(1_200);
  expect(labels).toHaveLength(1_200);
  for (let writer = 0; writer < 40; writer += 1) {
    const own = labels.filter((each) => each.startsWith(`${writer}:`)).map((each) => Number(each.split(':')[1]));
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
}, 60_000);

test('a follower gets what it failed on again, all others go on, and it leaves off where it was', async () => {
  const { db } = database;
  const taken: string[] = [];
  let broken = true;
  const failing: Follower = {
    name: 'failing',
    take: async (events) => {
      if (broken) throw new Error('away');
      taken.push(...events.map((each) => String(each.data['label'])));
    },
  };
  const others: string[] = [];
  const healthy: Follower = {
    name: 'healthy',
    take: async (events) => void others.push(...events.map((each) => String(each.data['label']))),
  };
  await openCursor(db, failing.name);
  await openCursor(db, healthy.name);
  await db.transaction((tx) => write(tx, 'one'));
  await placeAll();
  const token = randomUUID();
  expect(await follow(db, failing, token, quiet)).toBe(0);
  expect(await follow(db, healthy, randomUUID(), quiet)).toBe(1);
  expect(others).toEqual(['one']);
  broken = false;
  // It waits before it tries again.
  expect(await follow(db, failing, token, quiet)).toBe(0);
  await db.query(`update event_cursor set retry_at = now() where follower = 'failing'`);
  expect(await follow(db, failing, token, quiet)).toBe(1);
  expect(await follow(db, failing, token, quiet)).toBe(0);
  expect(taken).toEqual(['one']);
});

test('one process at a time follows for a name, and another takes over when its lease has ended', async () => {
  const { db } = database;
  const counting: Follower = { name: 'leased', take: () => Promise.resolve() };
  await openCursor(db, 'leased');
  await db.transaction((tx) => write(tx, 'a'));
  await placeAll();
  const [first, second] = [randomUUID(), randomUUID()];
  expect(await follow(db, counting, first, quiet)).toBe(1);
  await db.transaction((tx) => write(tx, 'b'));
  await placeAll();
  expect(await follow(db, counting, second, quiet)).toBe(0);
  await db.query(`update event_cursor set lease_until = now() - interval '1 s' where follower = 'leased'`);
  expect(await follow(db, counting, second, quiet)).toBe(1);
});

test('what nobody wants is passed over; what comes while it is asked whether anybody does is not', async () => {
  const { db } = database;
  const labels: string[] = [];
  const happen = async (label: string): Promise<void> => {
    await db.transaction((tx) => write(tx, label));
    await placeAll();
  };
  let isWanted = async (): Promise<boolean> => {
    await happen('meanwhile');
    return false;
  };
  const seldom: Follower = {
    name: 'seldom',
    isWanted: () => isWanted(),
    take: async (events) => void labels.push(...events.map((each) => String(each.data['label']))),
  };
  await openCursor(db, seldom.name);
  const token = randomUUID();
  await happen('unwanted');
  expect(await follow(db, seldom, token, quiet)).toBe(0);
  isWanted = () => Promise.resolve(true);
  expect(await follow(db, seldom, token, quiet)).toBe(1);
  expect(labels).toEqual(['meanwhile']);
});
