/** What pushes ask for and what a poll has read is written at the same time, and neither is refused for the other's sake. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type PooledDatabase } from '../../src/db/database.ts';
import { advanceBand, bandsDone, keepBands, pollNow, takePoll } from '../../src/ledger/poll.ts';
import { createClinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const ROUNDS = 60;
const PLAN = {
  bands: [1, 3, 7, 21, 60].map((untilDays) => ({ untilDays, everyMs: 1_000 })),
  directoryMs: 1_000,
  rateShare: 1,
  pageDays: 1,
  reconcileMs: 60_000,
};

let database: TestDatabase;
let db: PooledDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, { max: 8, onError: () => {} });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

test('pushes that ask for everything, pages that were read and a whole reading do not lock each other out', async () => {
  const connectionId = await (await createClinic(db)).addConnection('his');
  await takePoll(db, connectionId, 60_000);
  await keepBands(db, connectionId, PLAN, true);
  const now = new Date().toISOString();
  const work = Array.from({ length: ROUNDS }, (_, nth) => [
    db.transaction((tx) => pollNow(tx, connectionId)),
    db.transaction((tx) =>
      advanceBand(tx, connectionId, { untilDays: PLAN.bands[nth % 5]?.untilDays ?? 1, from: now, to: now, now }, now, {
        everyMs: 1_000,
        pauseMs: 10,
      }),
    ),
    db.transaction((tx) => bandsDone(tx, connectionId, PLAN)),
  ]).flat();
  const refused = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
  expect(refused).toEqual([]);
}, 60_000);
