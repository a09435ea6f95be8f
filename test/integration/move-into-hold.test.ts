/** A move into a slot that is held: its holder's alone, and the hold is used up by it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { rescheduleAppointment } from '../../src/commands/change-appointment.ts';
import type { Caller, HubError } from '../../src/domain/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { holdSlot } from '../support/hold-slot.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';

let database: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(() => database.drop());

const move = ({ appointmentId: id }: Asked, slotId: string, holdId?: string): Promise<Asked> =>
  database.db.transaction((tx) =>
    rescheduleAppointment(tx, bench.ledger, bench.app, randomUUID(), {
      id,
      slotId,
      ...(holdId === undefined ? {} : { holdId }),
    }),
  );
const refused = (asked: Asked, slotId: string, holdId?: string): Promise<HubError> =>
  thrown(move(asked, slotId, holdId));
const hold = async (slotId: string, caller: Caller = bench.app): Promise<string> =>
  (await holdSlot(database.db, caller, { slotId }))?.id ?? '';
const holdsOn = async (slotId: string): Promise<number> =>
  (await database.db.query('select 1 from hold where slot_id = $1', [slotId])).rowCount ?? 0;

test('the holder moves into it; nobody, not even the holder, without naming the hold', async () => {
  const booked = await bench.booked();
  const slotId = await bench.slot();
  const holdId = await hold(slotId);
  expect((await refused(booked, slotId)).code).toBe('slot-taken');
  const moved = await move(booked, slotId, holdId);
  expect(await holdsOn(slotId)).toBe(0);
  expect(await bench.slotOf(slotId)).toMatchObject({ status: 'busy', owner: booked.appointmentId });
  await bench.end(moved, 'confirmed');
  expect((await bench.appointment(booked.appointmentId)).slot_id).toBe(slotId);
});

test('another client, a hold that has ended, and a hold of another slot are refused, and change nothing', async () => {
  const booked = await bench.booked();
  const slotId = await bench.slot();
  const theirs = await hold(slotId, bench.clinic.caller('app'));
  expect(await refused(booked, slotId, theirs)).toMatchObject({
    code: 'hold-not-yours',
    errors: [{ pointer: '/holdId' }],
  });
  expect((await refused(booked, slotId, randomUUID())).code).toBe('hold-expired');
  expect((await refused(booked, slotId, 'nonsense')).code).toBe('hold-expired');
  const other = await hold(await bench.slot());
  expect(await refused(booked, slotId, other)).toMatchObject({ code: 'validation', errors: [{ pointer: '/holdId' }] });
  const mine = await bench.slot();
  const ended = await hold(mine);
  await database.db.query(`update hold set expires_at = now() - interval '1 second' where id = $1`, [ended]);
  expect((await refused(booked, mine, ended)).code).toBe('hold-expired');
  expect(await holdsOn(slotId)).toBe(1);
  expect((await bench.slotOf(slotId)).owner).toBeNull();
});

test('a move that the HIS refuses gives the slot back, without the hold', async () => {
  const booked = await bench.booked();
  const slotId = await bench.slot();
  await bench.end(await move(booked, slotId, await hold(slotId)), 'refused');
  expect(await bench.slotOf(slotId)).toEqual({ status: 'free', claimed: false, owner: null });
  expect(await holdsOn(slotId)).toBe(0);
});
