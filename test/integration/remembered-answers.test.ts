/** Answers that are remembered are those that the database would give now: whoever changes what, in whichever process. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openDatabase, type PooledDatabase, type Sql } from '../../src/db/database.ts';
import type { Caller } from '../../src/domain/index.ts';
import { Availability, type AvailabilityFilter } from '../../src/queries/availability.ts';
import { RememberedAnswers } from '../../src/queries/remembered-answers.ts';
import { deleteOldSlotChanges } from '../../src/queries/slot-changes.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/queues.ts';
import { readAvailability } from '../support/read-availability.ts';

const PAGE = { limit: 20 };

/** What one process of the hub has: a pool of its own, and what it remembers. */
class Process {
  readonly db: PooledDatabase;
  readonly answers: RememberedAnswers;
  reads = 0;
  /** Of each read: whether it was to be kept. */
  readonly kept: boolean[] = [];

  constructor(url: string, bytesMax?: number) {
    this.db = openDatabase(url, { max: 3, onError: () => {} });
    this.answers = new RememberedAnswers(this.db, bytesMax);
  }

  /** What it answers. */
  async ask(caller: Caller, providerId: string, filter: AvailabilityFilter = {}, page = PAGE): Promise<unknown> {
    const { organizationId, locationIds } = caller;
    const asked = [locationIds, filter, page];
    const body = await this.answers.answer({ organizationId, providerId, asked }, async (kept) => {
      this.reads += 1;
      this.kept.push(kept);
      const asks = new Availability(this.db);
      const { sameForMs, days, items } = await asks.read(caller, providerId, filter, page, kept);
      return { body: Buffer.from(`[${items.join(',')}]`), sameForMs, days };
    });
    return JSON.parse(body.toString());
  }

  /** Asks until it answers without reading. */
  async remember(caller: Caller, providerId: string, filter: AvailabilityFilter = {}): Promise<void> {
    await until('it remembers', async () => {
      const before = this.reads;
      await this.ask(caller, providerId, filter);
      return this.reads === before;
    });
  }
}

let database: TestDatabase;
let clinic: Clinic;
let caller: Caller;
let process: Process;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
  caller = clinic.caller();
  process = new Process(database.url);
});
afterEach(() => process.db.close());
afterAll(() => database.drop());

const now = async (filter: AvailabilityFilter = {}, providerId = clinic.providerId): Promise<unknown> =>
  (await readAvailability(database.db, caller, providerId, filter, PAGE)).items;

/** It remembers; then `change` is committed by another process; then the first answer must be that of the database. */
async function expectSeen(change: () => Promise<unknown>): Promise<void> {
  await process.remember(caller, clinic.providerId);
  const before = await now();
  await change();
  const after = await now();
  expect(after).not.toEqual(before);
  expect(await process.ask(caller, clinic.providerId)).toEqual(after);
}

const set = (slotId: string, what: string): Promise<unknown> =>
  database.db.query(`update slot set ${what} where id = $1`, [slotId]);

test('an answer is read once while nothing changes, and one for another caller’s reach or window is another', async () => {
  await clinic.addSlot();
  await process.remember(caller, clinic.providerId);
  const { reads } = process;
  await Promise.all(Array.from({ length: 50 }, () => process.ask(caller, clinic.providerId)));
  expect(process.reads).toBe(reads);
  const elsewhere = await clinic.addLocation('UTC');
  expect(await process.ask({ ...caller, locationIds: [elsewhere] }, clinic.providerId)).toEqual([]);
  expect(await process.ask(caller, clinic.providerId, { mode: 'telemedicine' })).toEqual([]);
  expect(process.reads).toBe(reads + 2);
  await clinic.addSlot({ providerId: await clinic.addProvider() });
  await process.ask(caller, clinic.providerId);
  expect(process.reads).toBe(reads + 2);
});

test('how long an answer holds is looked for when it is asked for again, and no sooner', async () => {
  await clinic.addSlot();
  for (let nth = 0; nth < 3; nth += 1) await process.ask(caller, clinic.providerId);
  expect(process.kept.slice(0, 2)).toEqual([false, true]);
  const asked: unknown[] = [];
  const body = Buffer.from('[]');
  const answer = () =>
    process.answers.answer({ organizationId: 'o', providerId: 'p', asked }, async () => ({
      body,
      sameForMs: 9e3,
      days: [0, 1],
    }));
  await answer();
  const remembered = await answer();
  // A part of Node's pool would keep all of that alive.
  expect([remembered.toString(), remembered.buffer.byteLength]).toEqual(['[]', 2]);
  const asks = (kept: boolean) => new Availability(database.db).read(caller, clinic.providerId, {}, PAGE, kept);
  const [once, again] = [await asks(false), await asks(true)];
  expect(once.sameForMs).toBe(0);
  expect(again.sameForMs).toBeGreaterThan(0);
  expect(again.items).toEqual(once.items);
});

describe('the first answer after', () => {
  let slotId: string;
  beforeEach(async () => {
    slotId = await clinic.addSlot({ inHours: 5 });
  });

  const changes: Readonly<Record<string, () => Promise<unknown>>> = {
    'a booking': () => clinic.book(slotId),
    'a hold': () => set(slotId, `held_until = now() + interval '1 hour'`),
    'a block': () => set(slotId, `status = 'blocked'`),
    'a withdrawal': () => set(slotId, 'withdrawn = true'),
    'a new slot': () => clinic.addSlot({ inHours: 3 }),
    'a move of the slot to another provider': async () =>
      database.db.query('update slot set provider_id = $2 where id = $1', [slotId, await clinic.addProvider()]),
    'the end of the slot': () => database.db.query('delete from slot where id = $1', [slotId]),
    'a confirmation by its HIS': () => set(slotId, `as_of = now() + interval '1 second'`),
    'another time zone of its location': () =>
      database.db.query(`update location set time_zone = 'Asia/Kolkata' where id = $1`, [clinic.locationId]),
    'a stricter policy of its connection': () =>
      database.db.query(
        `update connection set managed_by = 'his', policy = policy || '{"staleAfterMs": 0}' where id = $1`,
        [clinic.connectionId],
      ),
  };
  test.each(Object.entries(changes))('%s, made anywhere, has it', async (_, change) => {
    await expectSeen(change);
  });
});

test('changes that are committed in another order than they were begun in are all seen', async () => {
  const [early, late] = [await clinic.addSlot({ inHours: 2 }), await clinic.addSlot({ inHours: 3 })];
  const block = (tx: Sql, id: string) => tx.query(`update slot set status = 'blocked' where id = $1`, [id]);
  await database.db.transaction(async (first) => {
    await block(first, early);
    await database.db.transaction((second) => block(second, late));
    // Remembers, while the first of the two changes is not committed yet.
    await process.remember(caller, clinic.providerId);
    expect(await process.ask(caller, clinic.providerId)).toMatchObject([{ id: early }]);
  });
  expect(await process.ask(caller, clinic.providerId)).toEqual([]);
});

test('what only the clock changes is seen without a change: a hold ends, a slot grows stale', async () => {
  const his = await clinic.addConnection('his', { staleAfterMs: 1_500 });
  const locationId = await clinic.addLocation('UTC', his);
  const providerId = await clinic.addProvider({ connectionId: his, locationId });
  const [held, shown] = await Promise.all(
    [2, 3].map((inHours) =>
      clinic.addSlot({
        providerId,
        connectionId: his,
        locationId,
        inHours,
        hubManaged: false,
        externalId: `${inHours}`,
      }),
    ),
  );
  await set(held ?? '', `held_until = now() + interval '1 second', as_of = now() + interval '1 hour'`);
  await process.remember(caller, providerId);
  expect(await process.ask(caller, providerId)).toMatchObject([{ id: shown, stale: false }]);
  await until('the hold has ended', async () => JSON.stringify(await now({}, providerId)).includes(held ?? ''));
  expect(await process.ask(caller, providerId)).toMatchObject([{ id: held }, { id: shown }]);
  await process.remember(caller, providerId);
  await until('the slot is stale', async () => JSON.stringify(await now({}, providerId)).includes('"stale":true'));
  expect(await process.ask(caller, providerId)).toMatchObject([{ stale: false }, { id: shown, stale: true }]);
});

test('who has lost its connections keeps nothing that is not so', async () => {
  const slotId = await clinic.addSlot();
  await process.remember(caller, clinic.providerId);
  const { rows } = await process.db.query<{ pid: number }>('select pg_backend_pid() as pid');
  await database.db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and usename = current_user and backend_type = 'client backend'
       and pid <> pg_backend_pid() and backend_start >= (select backend_start from pg_stat_activity where pid = $1)`,
    [rows[0]?.pid],
  );
  await clinic.book(slotId);
  // A question may fail for want of a connection: then there is no answer, and no wrong one.
  let answer: unknown;
  await until('it answers again', async () => {
    answer = await process.ask(caller, clinic.providerId).catch(() => undefined);
    return answer !== undefined;
  });
  expect(answer).toEqual([]);
});

test('who has not looked for longer than changes are noted forgets all', async () => {
  const slotId = await clinic.addSlot();
  await process.remember(caller, clinic.providerId);
  await clinic.book(slotId);
  const deleting = deleteOldSlotChanges(database.db, () => {}, 5);
  await until('nothing is noted any more', async () => {
    return (await database.db.query('select from slot_change limit 1')).rowCount === 0;
  });
  deleting.stop();
  expect(await process.ask(caller, clinic.providerId)).toEqual([]);
});

test('after a database was restored elsewhere, what its notes say of another server’s transactions harms nobody', async () => {
  await clinic.addSlot();
  await database.db.query(`update slot_change_kept set since = '9000000000'`);
  await database.db.query(`insert into slot_change values ('9000000001', $1, $2)`, [
    clinic.organizationId,
    clinic.providerId,
  ]);
  const deleting = deleteOldSlotChanges(database.db, () => {}, 5);
  await process.remember(caller, clinic.providerId);
  deleting.stop();
  expect((await database.db.query(`select from slot_change where changed_by > '8000000000'`)).rowCount).toBe(0);
});

test('no more is kept than there is room for', async () => {
  await clinic.addSlot();
  const small = new Process(database.url, 5_000);
  for (let hours = 1; hours <= 30; hours += 1) {
    const filter = { from: new Date(Date.now() + hours * 60_000).toISOString() };
    await small.ask(caller, clinic.providerId, filter);
    // What is asked once only is not kept.
    if (hours === 1) expect(small.answers.size).toBe(0);
    await small.ask(caller, clinic.providerId, filter);
  }
  expect(small.answers.size).toBeGreaterThan(0);
  expect(small.answers.size).toBeLessThan(10);
  await small.db.close();
});

test('whatever is changed by many at once, no answer is older than its question', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => clinic.addSlot({ inHours: 2 + index })));
  const processes = [process, new Process(database.url)];
  let seed = 7;
  const draw = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  // Each slot is changed by one writer only: what it has committed last is what every later answer must show.
  const writeAndAsk = async (slotId: string): Promise<void> => {
    for (let step = 0; step < 25; step += 1) {
      const status = draw(2) === 0 ? 'free' : 'blocked';
      await set(slotId, `status = '${status}'`);
      const shown = JSON.stringify(await processes[draw(2)]?.ask(caller, clinic.providerId));
      expect(shown.includes(slotId)).toBe(status === 'free');
    }
  };
  await Promise.all(ids.map(writeAndAsk));
  await processes[1]?.db.close();
}, 60_000);

const DAY_MS = 86_400_000;
/** From a midnight on that is some weeks away. */
const inDays = (days: number): string => new Date((Math.ceil(Date.now() / DAY_MS) + 40 + days) * DAY_MS).toISOString();

test('what happens on days that an answer is not about makes no difference to it', async () => {
  for (const day of [1, 2, 3]) await clinic.addSlot({ start: inDays(day) });
  const [window, page] = [{ from: inDays(0), to: inDays(4) }, { limit: 2 }];
  const answers = async (): Promise<readonly number[]> => {
    const before = process.reads;
    await process.ask(caller, clinic.providerId, window);
    const whole = process.reads - before;
    await process.ask(caller, clinic.providerId, window, page);
    return [whole, process.reads - before - whole];
  };
  await until('it remembers', async () => (await answers()).every((reads) => reads === 0));
  const beyond = await clinic.addSlot({ start: inDays(5) });
  expect(await answers()).toEqual([0, 0]);
  // Behind the page of two, and behind the one that tells whether there is another page.
  const late = await clinic.addSlot({ start: inDays(3.5) });
  expect(await answers()).toEqual([1, 1]);
  await set(late, `start_at = '${inDays(4.2)}', end_at = '${inDays(4.3)}'`);
  await answers();
  await set(beyond, `status = 'blocked'`);
  await database.db.query(`update slot set status = 'blocked' where provider_id = $1 and start_at >= $2`, [
    clinic.providerId,
    inDays(4.1),
  ]);
  expect(await answers()).toEqual([1, 0]);
});

test('of whatever days, windows and pages, each answer is that of the database', async () => {
  let seed = 11;
  const draw = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  // No two of them can come to overlap: each has its own time of the day.
  const slots = await Promise.all(
    Array.from({ length: 20 }, (_, nth) => clinic.addSlot({ start: inDays(draw(10) + nth / 24) })),
  );
  let asked = 0;
  for (let step = 0; step < 120; step += 1) {
    const slotId = slots[draw(slots.length)] ?? '';
    const days = draw(7) - 3;
    await set(
      slotId,
      draw(2) === 0
        ? `status = case status when 'free' then 'blocked' else 'free' end`
        : `start_at = start_at + interval '${days} days', end_at = end_at + interval '${days} days'`,
    );
    for (const from of [draw(3), draw(10)]) {
      const filter = { from: inDays(from), to: inDays(from + 3) };
      const page = { limit: draw(2) === 0 ? 2 : 20 };
      const { items } = await readAvailability(database.db, caller, clinic.providerId, filter, page);
      expect(await process.ask(caller, clinic.providerId, filter, page)).toEqual(items);
      asked += 1;
    }
  }
  // Else nothing was shown by this.
  expect(process.reads).toBeLessThan(asked * 0.9);
});

test('the window ends by the clock by which it is made, though that of the database is ahead', async () => {
  const start = new Date(Date.now() + 14 * 86_400_000 - 2_000).toISOString();
  await clinic.addSlot({ start });
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 5_000);
  try {
    const { items, sameForMs } = await new Availability(database.db).read(caller, clinic.providerId, {}, PAGE, true);
    expect(items).toEqual([]);
    // Then the window reaches the slot.
    expect(sameForMs).toBeGreaterThan(0);
    expect(sameForMs).toBeLessThanOrEqual(3_000);
  } finally {
    clock.mockRestore();
  }
});
