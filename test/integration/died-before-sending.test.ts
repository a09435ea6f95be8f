/** A worker that died after it took a booking, and before it wrote down that it would send anything. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { endExpiredLeases, lease } from '../../src/ledger/lease.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench } from '../support/replay-bench.ts';
import { scriptedHis } from '../support/scripted-his.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('a booking is sent by the next worker, also where no patient can be looked for', async () => {
  const bench = await ReplayBench.open(database.db);
  await database.db.query(
    `update connection set policy = policy || '{"lookupScheduleMs":[1,2,3,4],"absenceGapMs":1}' where id = $1`,
    [bench.clinic.connectionId],
  );
  let sent = 0;
  const his = scriptedHis(bench.ledger, [], {
    book: () => {
      sent += 1;
      return Promise.resolve({ class: 'success', externalId: 'A-1' });
    },
    cancel: () => Promise.resolve({ class: 'success', externalId: 'A-1' }),
    lookup: () => Promise.resolve({ kind: 'absent' }),
  });
  const { transactionId } = await bench.book();
  expect(await lease(database.db, transactionId, 0)).toMatchObject({ state: 'sending' });
  await delay(2);
  expect(await endExpiredLeases(database.db, 10)).toEqual([transactionId]);
  for (let turn = 0; turn < 10; turn += 1) {
    await database.db.query('update transaction set due_at = now() where id = $1', [transactionId]);
    await his.dispatcher.dispatch(transactionId);
    await delay(2);
  }
  await his.connections.close();
  expect(await bench.transaction(transactionId)).toMatchObject({ state: 'succeeded' });
  expect(sent).toBe(1);
});
