/** A move at a HIS without one, when its second step, the cancellation of the old appointment, does not go as wished. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Finding, Outcome } from '../../src/adapter-kit/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { scriptedHis, type ScriptedHis } from '../support/scripted-his.ts';

const NEW = 'NEW-1';
const THROTTLED: Outcome = { class: 'throttled', reason: 'busy', retryAfterMs: 1 };
const REFUSED: Outcome = { class: 'invalid', reason: 'business-rule' };
const LOST: Outcome = { class: 'unknown', reason: 'deadline' };
const DONE: Outcome = { class: 'success', externalId: 'done' };
const times = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome);
const SETTLED = ['succeeded', 'rejected', 'failed', 'needs_review'];

let database: TestDatabase;
let bench: ReplayBench;
let his: ScriptedHis;
/** What the HIS answers to cancellations, by the appointment's key; the last of its kind goes on. */
let answers: { old: Outcome[]; new: Outcome[] };
let finding: Finding;
let cancelled: string[];

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
  await database.db.query(
    `update connection set policy = policy || '{"retriesMax":1,"retryBaseMs":1,"lookupScheduleMs":[1,2],"absenceGapMs":1}' where id = $1`,
    [bench.clinic.connectionId],
  );
  cancelled = [];
  finding = { kind: 'absent' };
  his = scriptedHis(bench.ledger, [], {
    book: () => Promise.resolve({ class: 'success', externalId: NEW }),
    cancel: (_call, { externalId }) => {
      cancelled.push(externalId === NEW ? 'new' : 'old');
      const row = externalId === NEW ? answers.new : answers.old;
      return Promise.resolve((row.length > 1 ? row.shift() : row[0]) ?? DONE);
    },
    lookup: () => Promise.resolve(finding),
  });
});
afterEach(() => his.connections.close());
afterAll(() => database.drop());

async function move(): Promise<Asked & { readonly to: string }> {
  const booked = await bench.booked();
  const to = await bench.slot();
  return { ...(await bench.move(booked, to)), to };
}

/** Works on the transaction whenever it is due, until it is settled or `enough` turns were taken. */
async function work({ transactionId }: Asked, enough = 200) {
  for (let turn = 0; turn < enough; turn += 1) {
    // As the prober does, once the HIS answers its harmless read.
    await database.db.query(`update connection set state = 'active' where state = 'parked'`);
    await database.db.query('update transaction set due_at = now() where id = $1', [transactionId]);
    await his.dispatcher.dispatch(transactionId);
    if (SETTLED.includes((await bench.transaction(transactionId)).state)) break;
    await delay(2);
  }
  return bench.transaction(transactionId);
}

test.each([
  ['throttled far beyond the retries of its connection', [...times(20, THROTTLED), DONE]],
  ['lost and proved absent far more often than a booking would be sent again', [...times(12, LOST), DONE]],
])('one that is %s goes on until it is done', async (_name, old) => {
  answers = { old, new: [] };
  const count = old.length;
  const asked = await move();
  expect(SETTLED).not.toContain((await work(asked, 6)).state);
  expect(await work(asked)).toMatchObject({ state: 'succeeded' });
  expect(cancelled).toEqual(Array(count).fill('old'));
  expect(await bench.appointment(asked.appointmentId)).toMatchObject({ external_id: NEW, slot_id: asked.to });
});

test('one that is refused is undone, however long that takes, and the move is refused for that reason', async () => {
  answers = { old: [REFUSED], new: [...times(20, THROTTLED), DONE] };
  const asked = await move();
  expect(await work(asked)).toMatchObject({ state: 'rejected', error_class: 'invalid', error_code: 'business-rule' });
  expect(cancelled).toEqual(['old', ...Array<string>(21).fill('new')]);
  expect((await bench.appointment(asked.appointmentId)).slot_id).not.toBe(asked.to);
  expect(await bench.slotOf(asked.to)).toMatchObject({ status: 'free', owner: null });
});

test('goes to a person when neither appointment can be cancelled, or nobody can ever tell', async () => {
  answers = { old: [REFUSED], new: [REFUSED] };
  expect(await work(await move())).toMatchObject({ state: 'needs_review' });
  answers = { old: [LOST], new: [] };
  finding = { kind: 'inconclusive', reason: 'not-kept', never: true };
  expect(await work(await move())).toMatchObject({ state: 'needs_review', error_code: 'not-kept' });
});
