import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { replayTransaction, type ReplayInput } from '../../src/commands/replay.ts';
import type { HubError } from '../../src/domain/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
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

const replay = ({ transactionId }: Asked, input: ReplayInput = { mode: 'same' }): Promise<void> =>
  replayTransaction(bench.ledger, bench.support, transactionId, input);
const refused = (asked: Asked, input?: ReplayInput): Promise<HubError> => thrown(replay(asked, input));
const replaysOf = async ({ transactionId }: Asked): Promise<number> =>
  (await bench.story(transactionId)).filter((type) => type === 'transaction.replayed').length;

describe('a failed booking that is replayed', () => {
  test('claims its slot again, and waits for the HIS, under the same transaction id', async () => {
    const slotId = await bench.slot();
    const asked = await bench.failed(slotId);
    expect(await bench.slotOf(slotId)).toMatchObject({ status: 'free', owner: null });
    bench.sent.length = 0;
    await replay(asked);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({
      state: 'queued',
      settled_at: null,
      retries: 0,
      looks: 0,
      step: null,
      error_code: null,
      replays: 1,
    });
    expect(await bench.slotOf(slotId)).toEqual({ status: 'busy', claimed: true, owner: asked.appointmentId });
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'pending' });
    expect((await bench.story(asked.transactionId)).slice(-2)).toEqual([
      'transaction.replayed',
      'appointment.reopened',
    ]);
    expect(bench.sent).toEqual([asked.transactionId]);
    await bench.end(asked, 'confirmed');
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'booked' });
  });

  test('keeps the mappings that it began with, unless it is to be mapped anew', async () => {
    for (const [mode, kept] of [
      ['same', 'abc'],
      ['remap', null],
    ] as const) {
      const asked = await bench.failed();
      await database.db.query(`update transaction set mapping_version = 'abc' where id = $1`, [asked.transactionId]);
      await replay(asked, { mode });
      expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'queued', mapping_version: kept });
    }
  });

  test('many times at once is replayed once', async () => {
    const asked = await bench.failed();
    await Promise.all(Array.from({ length: 10 }, () => replay(asked)));
    expect(await replaysOf(asked)).toBe(1);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'queued', replays: 1 });
  });

  test('and fails again can be replayed again', async () => {
    const asked = await bench.failed();
    await replay(asked);
    await bench.end(asked, 'given-up');
    await replay(asked);
    expect(await replaysOf(asked)).toBe(2);
    expect(await bench.eventData(asked.transactionId, 'transaction.replayed')).toEqual({
      mode: 'same',
      by: bench.support.clientId,
      replay: 2,
      before: { state: 'failed', errorCode: 'business-rule', mappingVersion: null },
    });
  });

  test('is refused, and changes nothing, when somebody else has the slot', async () => {
    const slotId = await bench.slot();
    const asked = await bench.failed(slotId);
    const other = await bench.booked(slotId);
    expect(await refused(asked)).toMatchObject({ code: 'slot-taken' });
    expect(await bench.slotOf(slotId)).toMatchObject({ owner: other.appointmentId });
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'failed', replays: 0 });
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'rejected' });
  });

  test.each([
    ['is held', `held_until = now() + interval '1 minute'`, 'slot-taken'],
    ['is blocked', `status = 'blocked'`, 'slot-taken'],
    ['has begun', `start_at = now() - interval '1 minute'`, 'slot-taken'],
    ['has another time now', `end_at = end_at + interval '5 minutes'`, 'state-conflict'],
  ])('is refused when its slot %s', async (_name, change, code) => {
    const slotId = await bench.slot();
    const asked = await bench.failed(slotId);
    await database.db.query(`update slot set ${change} where id = $1`, [slotId]);
    expect(await refused(asked)).toMatchObject({ code });
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'failed' });
  });

  test('in a race with new bookings of the slot: one gets it, whoever it is', async () => {
    for (let round = 0; round < 20; round += 1) {
      const slotId = await bench.slot();
      const asked = await bench.failed(slotId);
      const done = await Promise.allSettled([replay(asked), bench.book(slotId), bench.book(slotId)]);
      expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const { owner } = await bench.slotOf(slotId);
      expect(owner === asked.appointmentId).toBe(done[0].status === 'fulfilled');
    }
  });
});

describe('what may be replayed', () => {
  test.each([
    ['confirmed', 'nothing to send'],
    ['refused', 'its answer'],
  ] as const)('a transaction that was %s is not, and the answer says why', async (on, why) => {
    const asked = await bench.book();
    await bench.end(asked, on);
    expect(await refused(asked)).toMatchObject({ code: 'state-conflict', message: expect.stringContaining(why) });
  });

  test('one that is still at work by itself is not', async () => {
    const asked = await bench.book();
    expect(await refused(asked)).toMatchObject({ code: 'state-conflict' });
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'queued', replays: 0 });
  });

  test('one of another organization is not found', async () => {
    const asked = await bench.failed();
    const other = await ReplayBench.open(database.db);
    const attempt = replayTransaction(other.ledger, other.support, asked.transactionId, { mode: 'same' });
    expect(await thrown(attempt)).toMatchObject({ code: 'not-found' });
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'failed' });
  });

  test('one of unknown outcome is looked up first, never sent', async () => {
    const asked = await bench.book();
    await bench.end(asked, 'unresolvable');
    bench.sent.length = 0;
    await replay(asked);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({
      state: 'unknown',
      looks: 0,
      absent_since: null,
      settled_at: null,
      unknown_since: expect.any(String),
    });
    expect(bench.sent).toEqual([asked.transactionId]);
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'pending' });
  });

  test('what was asked after one of unknown outcome waits behind it, and does not supersede it', async () => {
    const asked = await bench.book();
    await bench.end(asked, 'unresolvable');
    const cancellation = await bench.cancel(asked);
    await replay(asked);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'unknown' });
    expect(await bench.transaction(cancellation.transactionId)).toMatchObject({ state: 'queued' });
  });
});

describe('a failed change of an appointment', () => {
  test('a move claims where it goes again, and comes from where the appointment is', async () => {
    const [first, second, third] = [await bench.slot(), await bench.slot(), await bench.slot()];
    const booked = await bench.booked(first);
    const failed = await bench.move(booked, second);
    await bench.end(failed, 'given-up');
    expect(await bench.slotOf(second)).toMatchObject({ owner: null });
    // Somebody at the HIS has moved it meanwhile.
    await database.db.query('update appointment set slot_id = $2 where id = $1', [booked.appointmentId, third]);
    await replay(failed);
    expect(await bench.slotOf(second)).toMatchObject({ owner: booked.appointmentId });
    expect(await bench.transaction(failed.transactionId)).toMatchObject({
      state: 'queued',
      from_slot_id: third,
      slot_id: second,
    });
    expect(await bench.story(failed.transactionId)).not.toContain('appointment.reopened');
    expect(await bench.appointment(booked.appointmentId)).toMatchObject({ status: 'booked' });
  });

  test('a cancellation is sent once more', async () => {
    const booked = await bench.booked();
    const failed = await bench.cancel(booked);
    await bench.end(failed, 'given-up');
    await replay(failed);
    await bench.end(failed, 'confirmed');
    expect(await bench.appointment(booked.appointmentId)).toMatchObject({ status: 'cancelled' });
  });

  test.each(['confirmed', 'given-up', 'still open'] as const)(
    'is refused with the id of a later one that is %s',
    async (later) => {
      const booked = await bench.booked();
      const failed = await bench.cancel(booked);
      await bench.end(failed, 'given-up');
      const move = await bench.move(booked, await bench.slot());
      if (later !== 'still open') await bench.end(move, later);
      expect(await refused(failed)).toMatchObject({
        code: 'state-conflict',
        message: expect.stringContaining(move.transactionId),
        members: { laterTransactionId: move.transactionId },
      });
      expect(await bench.transaction(failed.transactionId)).toMatchObject({ state: 'failed' });
    },
  );

  test('can be replayed when what came later was refused by the HIS', async () => {
    const booked = await bench.booked();
    const failed = await bench.cancel(booked);
    await bench.end(failed, 'given-up');
    await bench.end(await bench.move(booked, await bench.slot()), 'refused');
    await replay(failed);
    expect(await bench.transaction(failed.transactionId)).toMatchObject({ state: 'queued' });
  });

  test('is refused when the visit has begun', async () => {
    const booked = await bench.booked();
    const failed = await bench.cancel(booked);
    await bench.end(failed, 'given-up');
    await database.db.query(`update appointment set status = 'arrived' where id = $1`, [booked.appointmentId]);
    expect(await refused(failed)).toMatchObject({ code: 'state-conflict' });
  });
});

describe('an edited replay', () => {
  const REASON = 'Zerynthia';
  const edited = (reason: string | null): ReplayInput => ({ mode: 'edited', payload: { reason } });

  test('sends the new reason, and keeps both, sealed; the story names what was changed, not its value', async () => {
    const asked = await bench.failed(undefined, 'Knee');
    await replay(asked, edited(REASON));
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ reason: REASON });
    const data = await bench.eventData(asked.transactionId, 'transaction.replayed');
    expect(data).toMatchObject({ mode: 'edited', changed: ['reason'] });
    expect(JSON.stringify(data)).not.toMatch(/Zerynthia|Knee/);
    const kept = await database.db.query<{ id: string; before: Buffer; after: Buffer }>(
      'select id, before, after from replay_edit where transaction_id = $1',
      [asked.transactionId],
    );
    expect(kept.rows).toHaveLength(1);
    for (const { id, before, after } of kept.rows) {
      expect(after.toString('latin1')).not.toContain(REASON);
      expect(JSON.parse(bench.ledger.seal.open(`replay_edit/${id}/before`, before))).toEqual({ reason: 'Knee' });
      expect(JSON.parse(bench.ledger.seal.open(`replay_edit/${id}/after`, after))).toEqual({ reason: REASON });
    }
  });

  test('of a cancellation changes why it is cancelled', async () => {
    const booked = await bench.booked();
    const failed = await bench.cancel(booked, 'Ill');
    await bench.end(failed, 'given-up');
    expect(await refused(failed, edited('Ill'))).toMatchObject({ code: 'unsupported-edit' });
    await replay(failed, edited(null));
    expect(await bench.transaction(failed.transactionId)).toMatchObject({ state: 'queued', reason: null });
  });

  test('that changes nothing, or changes what is in doubt, or a move, is refused', async () => {
    const asked = await bench.failed(undefined, 'Knee');
    expect(await refused(asked, edited('Knee'))).toMatchObject({ code: 'unsupported-edit' });
    const doubtful = await bench.book();
    await bench.end(doubtful, 'unresolvable');
    expect(await refused(doubtful, edited(REASON))).toMatchObject({ code: 'unsupported-edit' });
    const move = await bench.move(await bench.booked(), await bench.slot());
    await bench.end(move, 'given-up');
    expect(await refused(move, edited(REASON))).toMatchObject({ code: 'unsupported-edit' });
    for (const { transactionId } of [asked, move]) {
      expect(await bench.transaction(transactionId)).toMatchObject({ state: 'failed', replays: 0 });
    }
  });

  test('needs what to change, and only an edited one has it', async () => {
    const asked = await bench.failed();
    expect(await refused(asked, { mode: 'edited' })).toMatchObject({ code: 'validation' });
    expect(await refused(asked, { mode: 'same', payload: { reason: REASON } })).toMatchObject({
      errors: [{ pointer: '/payload' }],
    });
  });
});
