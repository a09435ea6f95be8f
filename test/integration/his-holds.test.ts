/** Slots that the hub reserves at a HIS: whatever happens on the way, none stays reserved there for nobody. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Outcome } from '../../src/adapter-kit/index.ts';
import type { Database } from '../../src/db/database.ts';
import { newId } from '../../src/db/new-id.ts';
import { holdAtHis, releaseEndedHolds, type HoldAnswer } from '../../src/dispatch/his-holds.ts';
import { confirmHisHold, forgetHisHold, noteHisHold, type HisHold } from '../../src/ledger/his-hold.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench } from '../support/replay-bench.ts';
import { misconfigured, scriptedHis, silent, type ScriptedHis } from '../support/scripted-his.ts';

const DONE: Outcome = { class: 'success', externalId: 'done' };

let database: TestDatabase;
let bench: ReplayBench;
let his: ScriptedHis;
let slotId: string;
/** Slots that the HIS keeps for us. */
let reserved: Set<string>;
/** What it was asked, in order. */
let asked: string[];
/** Run once: before it does what it was asked, and before it answers. */
let beforehand: () => Promise<void>;
let afterwards: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.db.query('delete from his_hold');
  bench = await ReplayBench.open(database.db);
  slotId = await bench.slot();
  [reserved, asked, beforehand, afterwards] = [new Set(), [], nothing, nothing];
  his = scriptedHis(bench.ledger, ['HoldsSlots'], {
    book: none,
    cancel: none,
    lookup: none,
    async hold(_call, { slot, release }) {
      asked.push(release ? 'release' : 'hold');
      const [before, after] = [beforehand, afterwards];
      [beforehand, afterwards] = [nothing, nothing];
      await before();
      if (release) reserved.delete(slot.externalId);
      else reserved.add(slot.externalId);
      await after();
      return DONE;
    },
  });
});
afterEach(() => his.connections.close());
afterAll(() => database.drop());

const nothing = (): Promise<void> => Promise.resolve();
const none = (): Promise<never> => Promise.reject(new Error('not asked for here'));
const parts = (connections = his.connections) => ({ ...bench.ledger, connections, log: silent });
const hold = (forMs = 60_000): Promise<HoldAnswer> =>
  holdAtHis(parts(), slotId, new Date(Date.now() + forMs).toISOString());

const rows = async (): Promise<string[]> => {
  const kept = await database.db.query<{ state: string }>('select state from his_hold where slot_id = $1', [slotId]);
  return kept.rows.map(({ state }) => state);
};

/** The HIS is at somebody else's call. */
async function keepBusy(): Promise<() => Promise<void>> {
  await setPolicy({ concurrency: 1 });
  const { connection } = await his.connections.get(bench.clinic.connectionId);
  const gate = Promise.withResolvers<void>();
  const other = connection.takeTurn(() => gate.promise);
  return async () => {
    gate.resolve();
    await other;
  };
}

const setPolicy = (policy: object): Promise<unknown> =>
  database.db.query('update connection set policy = policy || $2::jsonb where id = $1', [
    bench.clinic.connectionId,
    JSON.stringify(policy),
  ]);

/** What a second look, half a minute later, finds. */
const halfAMinuteLater = (): Promise<unknown> =>
  database.db.query(`update his_hold set created_at = created_at - interval '30 seconds', due_at = now()`);

test('a hold that ends while its HIS is still being asked is given back after that', async () => {
  beforehand = async () => {
    await delay(20);
    await releaseEndedHolds(parts());
  };
  expect(await hold(10)).toBe('held');
  expect([...reserved]).toEqual([slotId]);
  await releaseEndedHolds(parts());
  expect([asked, [...reserved], await rows()]).toEqual([['hold', 'release'], [], []]);
});

test('one whose process died before it heard what the HIS has done is given back half a minute later', async () => {
  await hold(0);
  await database.db.query(`update his_hold set state = 'asking' where slot_id = $1`, [slotId]);
  await releaseEndedHolds(parts());
  expect([...reserved]).toEqual([slotId]);
  await halfAMinuteLater();
  await releaseEndedHolds(parts());
  expect([asked, [...reserved], await rows()]).toEqual([['hold', 'release'], [], []]);
});

test('a process that was stopped before it asked the HIS does not ask when it goes on', async () => {
  const clock = jest.spyOn(Date, 'now');
  const query = async (text: string, values?: readonly unknown[]) => {
    const done = await database.db.query(text, values);
    if (text.startsWith('insert into his_hold')) clock.mockReturnValue(Date.now() + 10_000);
    return done;
  };
  const stopped = { ...parts(), db: { ...database.db, query } as Database };
  const answer = await holdAtHis(stopped, slotId, new Date().toISOString()).finally(() => clock.mockRestore());
  expect([answer, asked, await rows()]).toEqual(['not-held', [], []]);
});

test('one whose slot is booked while its HIS is still being asked is given back when the slot is free again', async () => {
  beforehand = async () => {
    await bench.clinic.book(slotId);
    await releaseEndedHolds(parts());
  };
  expect(await hold()).toBe('held');
  await database.db.query('delete from slot_claim where slot_id = $1', [slotId]);
  await releaseEndedHolds(parts());
  expect([asked, [...reserved], await rows()]).toEqual([['hold', 'release'], [], []]);
});

test('one that was given up while its HIS was asked is not had, and is given back once more', async () => {
  beforehand = async () => {
    await halfAMinuteLater();
    await releaseEndedHolds(parts());
    expect(await rows()).toEqual([]);
  };
  expect(await hold()).toBe('not-held');
  expect([...reserved]).toEqual([slotId]);
  await releaseEndedHolds(parts());
  expect([asked, [...reserved], await rows()]).toEqual([['hold', 'release', 'release'], [], []]);
});

test('one that was given up is given back also when a later hold was refused because of it', async () => {
  const [earlier, later] = [newId(), newId()].map((transactionId) => ({
    slotId,
    connectionId: bench.clinic.connectionId,
    transactionId,
  })) as [HisHold, HisHold];
  await noteHisHold(database.db, later, new Date(Date.now() + 60_000).toISOString());
  reserved.add(slotId);
  expect(await confirmHisHold(database.db, earlier)).toBe(false);
  await forgetHisHold(database.db, later);
  await releaseEndedHolds(parts());
  expect([asked, [...reserved], await rows()]).toEqual([['release'], [], []]);
});

test('a release whose answer comes late forgets no later hold of the slot', async () => {
  await hold(0);
  afterwards = async () => {
    await halfAMinuteLater();
    await releaseEndedHolds(parts());
    expect(await hold()).toBe('held');
  };
  await releaseEndedHolds(parts());
  expect([asked, [...reserved], await rows()]).toEqual([['hold', 'release', 'release', 'hold'], [slotId], ['held']]);
});

test('a hold whose HIS has no turn for it in time is not had there, and nothing is left of it', async () => {
  const end = await keepBusy();
  expect(await hold()).toBe('not-held');
  expect([asked, await rows()]).toEqual([[], []]);
  await end();
});

test('a hold that waits for its turn while the settings of its HIS are changed is not had there', async () => {
  const end = await keepBusy();
  const held = hold();
  const { connection } = await his.connections.get(bench.clinic.connectionId);
  while (connection.waiting === 0) await delay(5);
  await setPolicy({ concurrency: 2 });
  await his.connections.get(bench.clinic.connectionId);
  expect(await held).toBe('not-held');
  expect([asked, await rows()]).toEqual([[], []]);
  await end();
});

test('of a HIS whose settings cannot be used no slot is held, and what is to be given back waits', async () => {
  expect(await hold(0)).toBe('held');
  const broken = scriptedHis(bench.ledger, [], misconfigured);
  await releaseEndedHolds(parts(broken.connections));
  expect(await rows()).toEqual(['releasing']);
  expect(await holdAtHis(parts(broken.connections), await bench.slot(), new Date().toISOString())).toBe('not-held');
});
