/** An edited replay where the policy of the connection asks for a second person. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { approveReplay, readReplayApproval, rejectReplay } from '../../src/commands/replay-approval.ts';
import { replayTransaction, type ReplayInput } from '../../src/commands/replay.ts';
import { loadContracts } from '../../src/contracts.ts';
import type { Caller } from '../../src/domain/index.ts';
import { readTransaction } from '../../src/queries/transactions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';

const contracts = loadContracts('contracts');
let database: TestDatabase;
let bench: ReplayBench;
let ana: Caller;
let ben: Caller;
let asked: Asked;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
  await database.db.query(
    `update connection set policy = policy || '{"replayApproval": "second-person"}' where id = $1`,
    [bench.clinic.connectionId],
  );
  [ana, ben] = [bench.clinic.caller('support'), bench.clinic.caller('support')];
  asked = await bench.failed(undefined, 'Knee');
});
afterAll(() => database.drop());

const edited = (reason: string | null): ReplayInput => ({
  mode: 'edited',
  payload: { reason },
  why: 'Zerynthia asked',
});
const ask = (caller: Caller, input: ReplayInput = edited('Left knee')): Promise<void> =>
  replayTransaction(bench.ledger, caller, asked.transactionId, input);
const approve = (caller: Caller): Promise<void> => approveReplay(bench.ledger, caller, asked.transactionId);
const reject = (caller: Caller): Promise<void> => rejectReplay(bench.ledger, caller, asked.transactionId);
const shown = () => readTransaction(database.db, bench.support, asked.transactionId);
const unchanged = async (): Promise<void> => {
  expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'failed', replays: 0 });
  expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'rejected', reason: 'Knee' });
};

test('waits: nothing is sent, and the transaction shows who asked for what', async () => {
  bench.sent.length = 0;
  await ask(ana);
  await unchanged();
  expect(bench.sent).toEqual([]);
  const transaction = await shown();
  expect(transaction).toMatchObject({
    replayRequest: {
      state: 'waiting',
      requestedBy: ana.clientId,
      changed: ['reason'],
      requestedAt: expect.any(String),
    },
  });
  const validate = contracts.validator('transaction');
  expect([validate(transaction), validate.errors]).toEqual([true, null]);
  expect(JSON.stringify(transaction)).not.toMatch(/knee|Zerynthia/i);
  expect(await bench.eventData(asked.transactionId, 'replay.requested')).toMatchObject({
    by: ana.clientId,
    changed: ['reason'],
  });
});

test('what it would change is shown to whoever decides, and kept sealed', async () => {
  await ask(ana);
  const request = await readReplayApproval(bench.ledger, ben, asked.transactionId);
  expect(request).toMatchObject({
    before: { reason: 'Knee' },
    after: { reason: 'Left knee' },
    why: 'Zerynthia asked',
    state: 'waiting',
    decidedBy: null,
  });
  const validate = contracts.validator('replay-approval');
  expect([validate(request), validate.errors]).toEqual([true, null]);
  const kept = await database.db.query<{ row: string }>(
    'select encode(before || after || reason, $2) as row from replay_request where transaction_id = $1',
    [asked.transactionId, 'escape'],
  );
  expect(kept.rows[0]?.row).not.toMatch(/knee|Zerynthia/i);
});

test('is not approved by the one who asked, who is told why', async () => {
  await ask(ana);
  expect(await thrown(approve(ana))).toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('another person must approve'),
  });
  await unchanged();
});

test('approved by another is sent with the edit, once, however many approve at once', async () => {
  await ask(ana);
  const carl = bench.clinic.caller('admin');
  const done = await Promise.allSettled([approve(ben), approve(carl), approve(ben)]);
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'queued', replays: 1 });
  expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'pending', reason: 'Left knee' });
  const data = await bench.eventData(asked.transactionId, 'transaction.replayed');
  expect(data).toMatchObject({ mode: 'edited', by: ana.clientId, changed: ['reason'] });
  expect([ben.clientId, carl.clientId]).toContain(data['approvedBy']);
  expect(await shown()).toMatchObject({ replayRequest: { state: 'approved' } });
  expect(await bench.story(asked.transactionId)).toEqual(
    expect.arrayContaining(['replay.requested', 'transaction.replayed', 'replay.approved']),
  );
});

test('rejected stays as it was, and may be asked for anew', async () => {
  await ask(ana);
  await reject(ben);
  await unchanged();
  expect(await shown()).toMatchObject({ replayRequest: { state: 'rejected' } });
  expect(await thrown(approve(ben))).toMatchObject({ code: 'state-conflict' });
  await ask(ana, edited('Right knee'));
  await approve(ben);
  expect(await bench.appointment(asked.appointmentId)).toMatchObject({ reason: 'Right knee' });
});

test('asked for twice is one request; another edit waits for the decision on the first', async () => {
  await Promise.all([ask(ana), ask(ana), ask(ben)]);
  expect((await bench.story(asked.transactionId)).filter((type) => type === 'replay.requested')).toHaveLength(1);
  expect(await thrown(ask(ben, edited('Hip')))).toMatchObject({ code: 'state-conflict' });
});

test('that changes nothing, or cannot be replayed, is refused before anybody is asked', async () => {
  expect(await thrown(ask(ana, edited('Knee')))).toMatchObject({ code: 'unsupported-edit' });
  await database.db.query(
    `update slot set status = 'blocked' where id = (select slot_id from transaction where id = $1)`,
    [asked.transactionId],
  );
  expect(await thrown(ask(ana))).toMatchObject({ code: 'slot-taken' });
  expect(await bench.story(asked.transactionId)).not.toContain('replay.requested');
});

test('whose slot is gone by the time of approval is refused, changes nothing, and waits on', async () => {
  await ask(ana);
  await database.db.query(
    `update slot set status = 'blocked' where id = (select slot_id from transaction where id = $1)`,
    [asked.transactionId],
  );
  expect(await thrown(approve(ben))).toMatchObject({ code: 'slot-taken' });
  await unchanged();
  expect(await shown()).toMatchObject({ replayRequest: { state: 'waiting' } });
});

test('is not approved once the transaction was replayed as it is: an edit of what is at work has no effect', async () => {
  await ask(ana);
  await ask(ben, { mode: 'same' });
  expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'queued' });
  expect(await thrown(approve(ben))).toMatchObject({ code: 'state-conflict' });
  expect(await bench.appointment(asked.appointmentId)).toMatchObject({ reason: 'Knee' });
});

test('of another organization is not found, and where nobody asked there is nothing to approve', async () => {
  const stranger = (await ReplayBench.open(database.db)).support;
  expect(await thrown(approve(ben))).toMatchObject({ code: 'state-conflict' });
  expect(await thrown(readReplayApproval(bench.ledger, ben, asked.transactionId))).toMatchObject({ code: 'not-found' });
  await ask(ana);
  expect(await thrown(approve(stranger))).toMatchObject({ code: 'not-found' });
  expect(await thrown(readReplayApproval(bench.ledger, stranger, asked.transactionId))).toMatchObject({
    code: 'not-found',
  });
});

test('without that policy it is sent at once', async () => {
  await database.db.query(`update connection set policy = policy - 'replayApproval' where id = $1`, [
    bench.clinic.connectionId,
  ]);
  await ask(ana);
  expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'queued' });
  expect(await shown()).toMatchObject({ replayRequest: null });
});
