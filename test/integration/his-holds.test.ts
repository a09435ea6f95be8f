/** Slots that the hub reserves at a HIS: whatever happens on the way, none stays reserved there for nobody. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/adapter-kit/index.ts';
import { holdAtHis, releaseEndedHolds, type HoldAnswer } from '../../src/dispatch/his-holds.ts';
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
/** Runs before it does what it was asked. */
let beforehand: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
  slotId = await bench.slot();
  [reserved, asked, beforehand] = [new Set(), [], () => Promise.resolve()];
  his = scriptedHis(bench.ledger, ['HoldsSlots'], {
    book: none,
    cancel: none,
    lookup: none,
    async hold(_call, { slot, release }) {
      asked.push(release ? 'release' : 'hold');
      await beforehand();
      if (release) reserved.delete(slot.externalId);
      else reserved.add(slot.externalId);
      return DONE;
    },
  });
});
afterEach(() => his.connections.close());
afterAll(() => database.drop());

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
