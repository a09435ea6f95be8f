/** A worker that died after it took a booking, and before anything was sent. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { beginAttempt, endExpiredLeases, lease } from '../../src/ledger/lease.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench } from '../support/replay-bench.ts';
import { scriptedHis } from '../support/scripted-his.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test.each([
  { died: 'before it wrote down that it would send', begins: false, next: 'retrying' },
  { died: 'when it had written down that it would send', begins: true, next: 'unknown' },
])(
  'a worker dies $died: the next one sends the booking, also where no patient can be looked for',
  async ({ begins, next }) => {
    const bench = await ReplayBench.open(database.db);
    await database.db.query(
      `update connection set policy = policy || '{"lookupScheduleMs":[1,2,3,4],"absenceGapMs":1}' where id = $1`,
      [bench.clinic.connectionId],
    );
    let sent = 0;
    let looked = 0;
    const his = scriptedHis(bench.ledger, [], {
      book: () => {
        sent += 1;
        return Promise.resolve({ class: 'success', externalId: 'A-1' });
      },
      cancel: () => Promise.resolve({ class: 'success', externalId: 'A-1' }),
      lookup: () => {
        looked += 1;
        return Promise.resolve({ kind: 'absent' });
      },
    });
    const { transactionId } = await bench.book();
    const held = await lease(database.db, transactionId, 0);
    if (!held) throw new Error('expected the booking to be there for the taking, and it was not');
    if (begins) {
      // As far as the look for the patient, which every booking begins with.
      await beginAttempt(database.db, held, { step: 'identify-patient', leaseMs: 0, mappingVersion: undefined });
    }
    await delay(2);
    expect(await endExpiredLeases(database.db, 10)).toEqual([transactionId]);
    expect(await bench.transaction(transactionId)).toMatchObject({ state: next });
    for (let turn = 0; turn < 10; turn += 1) {
      await database.db.query('update transaction set due_at = now() where id = $1', [transactionId]);
      await his.dispatcher.dispatch(transactionId);
      await delay(2);
    }
    await his.connections.close();
    expect(await bench.transaction(transactionId)).toMatchObject({ state: 'succeeded' });
    expect(sent).toBe(1);
    // What was certainly not sent needs no look.
    if (!begins) expect(looked).toBe(0);
  },
);
