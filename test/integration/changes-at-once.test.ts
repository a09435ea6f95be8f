/** Two changes of one appointment at the same moment, without the version that either of them has seen (`If-Match: *`). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cancelAppointment, rescheduleAppointment } from '../../src/commands/change-appointment.ts';
import type { Sql } from '../../src/db/database.ts';
import type { HubError } from '../../src/domain/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';
import { untilWaiting } from '../support/until-waiting.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

type Change = (tx: Sql, bench: ReplayBench, booked: Asked) => Promise<Asked>;

const cancel: Change = (tx, { ledger, app }, { appointmentId: id }) =>
  cancelAppointment(tx, ledger, app, randomUUID(), { id });
const move: Change = async (tx, bench, { appointmentId: id }) =>
  rescheduleAppointment(tx, bench.ledger, bench.app, randomUUID(), { id, slotId: await bench.slot() });

test.each([
  ['a move after a cancellation', cancel, move],
  ['a cancellation after a move', move, cancel],
])('%s is refused: the other one is still with the HIS', async (_name, first, second) => {
  const { db } = database;
  const bench = await ReplayBench.open(db);
  const booked = await bench.booked();
  let late: Promise<HubError> | undefined;
  const { transactionId } = await db.transaction(async (tx) => {
    const opened = await first(tx, bench, booked);
    late = thrown(db.transaction((other) => second(other, bench, booked)));
    await untilWaiting(db, 1);
    return opened;
  });
  expect(await late).toMatchObject({ code: 'state-conflict', members: { transactionIds: [transactionId] } });
});
