/** A HIS that tells by itself and is silent: nothing fails, and nothing is known of it. So its connection says so. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { connectionChecks } from '../../src/connections/check.ts';
import { feedHealth, PRODUCTION_POLICY } from '../../src/domain/index.ts';
import { readConnectionHealth } from '../../src/queries/connection-health.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench } from '../support/replay-bench.ts';
import { scriptedHis, silent as log, type ScriptedHis } from '../support/scripted-his.ts';

const HOUR_MS = 3_600_000;
const REMEDY = expect.stringContaining('TESSERA_MLLP_PORT');

let database: TestDatabase;
let bench: ReplayBench;
let his: ScriptedHis | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterEach(() => his?.connections.close());
afterAll(() => database.drop());

/** A connection whose HIS tells by itself, or not, and says nothing else. */
async function check(connectionId: string, tells: boolean) {
  const none = (): Promise<never> => Promise.reject(new Error('not asked for here'));
  const answers = { book: none, cancel: none, lookup: none };
  his = tells
    ? scriptedHis(bench.ledger, ['ReceivesNotices'], { ...answers, receive: none })
    : scriptedHis(bench.ledger, [], answers);
  return connectionChecks({ sql: database.db, seal: bench.ledger.seal, ...his, log })(connectionId);
}

const health = (id: string, tells: boolean) =>
  readConnectionHealth(database.db, bench.clinic.caller(), id, () => tells);

const hear = (connectionId: string, ageMs: number) =>
  database.db.query(
    `insert into received_message (id, organization_id, connection_id, message_id, body_hash, body, key_reused, received_at)
     values ($1::uuid, $2, $3, $1::text, '\\x00', '\\x00', false, now() - $4 * interval '1 ms')`,
    [uuidv7(), bench.clinic.organizationId, connectionId, ageMs],
  );

test('one that was never heard is warned of, in its check and in its health, with what to do', async () => {
  const id = await bench.clinic.addConnection('his');
  const detail = expect.stringContaining('never told anything');
  const report = await check(id, true);
  expect(report.warnings).toEqual([{ detail, remedy: REMEDY }]);
  expect(report.summary).toMatch(/ But the HIS has never told anything by itself: .*\.$/);
  expect((await health(id, true)).feed).toEqual({ heardAt: null, silent: true, detail, remedy: REMEDY });
});

test('one that has been silent for longer than its policy allows is warned of; one that speaks is not', async () => {
  const id = await bench.clinic.addConnection('his', { ...PRODUCTION_POLICY, feedSilentAfterMs: 2 * HOUR_MS });
  await hear(id, 3 * HOUR_MS);
  await hear(id, 4 * HOUR_MS);
  expect((await check(id, true)).warnings).toHaveLength(1);
  const { feed } = await health(id, true);
  expect(feed).toMatchObject({ silent: true, detail: expect.stringContaining(feed?.heardAt ?? 'never') });
  expect(Date.now() - Date.parse(feed?.heardAt ?? '')).toBeLessThan(3.1 * HOUR_MS);
  await hear(id, HOUR_MS);
  expect(await check(id, true)).toMatchObject({ warnings: [], summary: expect.not.stringContaining('But') });
  expect((await health(id, true)).feed).toMatchObject({ silent: false, detail: null, remedy: null });
});

test('a policy from before there was the limit is held to that of new connections', async () => {
  const id = await bench.clinic.addConnection('his', { retriesMax: 1, callsPerSecond: 1, staleAfterMs: 10_000 });
  await hear(id, 23 * HOUR_MS);
  expect((await health(id, true)).feed?.silent).toBe(false);
  expect((await check(id, true)).warnings).toEqual([]);
});

test('one that tells nothing by itself is not expected to', async () => {
  const id = await bench.clinic.addConnection('his');
  expect((await check(id, false)).warnings).toEqual([]);
  expect((await health(id, false)).feed).toBeNull();
});

test('silence begins once the limit is over, not before', () => {
  const heardAt = '2027-03-08T07:00:00.000Z';
  const at = (ms: number) => feedHealth(heardAt, { feedSilentAfterMs: 1_000 }, Date.parse(heardAt) + ms).silent;
  expect([at(1_000), at(1_001)]).toEqual([false, true]);
});
