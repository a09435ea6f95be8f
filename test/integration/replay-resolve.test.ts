import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { replayTransaction } from '../../src/commands/replay.ts';
import { resolveTransaction, type ResolveInput } from '../../src/commands/resolve.ts';
import type { HubError } from '../../src/domain/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';

const REASON = 'Seen by Zerynthia at the desk';
const BOOKED: ResolveInput = { as: 'booked', externalId: 'A-1', reason: REASON };
const ABSENT: ResolveInput = { as: 'absent', reason: REASON };

let database: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(() => database.drop());

const resolve = ({ transactionId }: Asked, input: ResolveInput): Promise<void> =>
  resolveTransaction(bench.ledger, bench.support, transactionId, input);
const refused = (asked: Asked, input: ResolveInput): Promise<HubError> => thrown(resolve(asked, input));

async function disputed(asked: Promise<Asked>): Promise<Asked> {
  const transaction = await asked;
  await bench.end(transaction, 'unresolvable', { errorClass: 'unknown', errorCode: 'timeout' });
  return transaction;
}

describe('a booking of unknown outcome', () => {
  test('resolved as booked is booked, with its key at the HIS', async () => {
    const slotId = await bench.slot();
    const asked = await disputed(bench.book(slotId));
    await resolve(asked, BOOKED);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'succeeded', error_code: null });
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'booked', external_id: 'A-1' });
    expect(await bench.slotOf(slotId)).toMatchObject({ owner: asked.appointmentId });
    expect((await bench.story(asked.transactionId)).slice(-2)).toEqual(['transaction.resolved', 'appointment.booked']);
    expect(await bench.eventData(asked.transactionId, 'transaction.resolved')).toEqual({
      as: 'booked',
      by: bench.support.clientId,
    });
  });

  test('resolved as absent is rejected, and its slot is free again', async () => {
    const slotId = await bench.slot();
    const asked = await disputed(bench.book(slotId));
    await resolve(asked, ABSENT);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({
      state: 'rejected',
      error_code: 'resolved-as-absent',
    });
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'rejected', external_id: null });
    expect(await bench.slotOf(slotId)).toEqual({ status: 'free', claimed: false, owner: null });
  });

  test('lets what waited behind it go on when it is there, and makes it pointless when it is not', async () => {
    const there = await disputed(bench.book());
    const cancellation = await bench.cancel(there);
    bench.sent.length = 0;
    await resolve(there, BOOKED);
    expect(bench.sent).toEqual([cancellation.transactionId]);
    const absent = await disputed(bench.book());
    const pointless = await bench.cancel(absent);
    await resolve(absent, ABSENT);
    expect(await bench.transaction(pointless.transactionId)).toMatchObject({ state: 'superseded' });
  });

  test('keeps who said so, and why, sealed', async () => {
    const asked = await disputed(bench.book());
    await resolve(asked, BOOKED);
    const kept = await database.db.query<{ reason: Buffer; client_id: string; resolved_as: string }>(
      'select reason, client_id, resolved_as from resolution where transaction_id = $1',
      [asked.transactionId],
    );
    expect(kept.rows).toMatchObject([{ client_id: bench.support.clientId, resolved_as: 'booked' }]);
    for (const { reason } of kept.rows) {
      expect(reason.toString('latin1')).not.toContain('Zerynthia');
      expect(bench.ledger.seal.open(`resolution/${asked.transactionId}`, reason)).toBe(REASON);
    }
    const remove = database.db.query('delete from resolution where transaction_id = $1', [asked.transactionId]);
    await expect(remove).rejects.toThrow('append-only');
  });

  test('resolved twice alike is resolved once; otherwise the second is refused', async () => {
    const asked = await disputed(bench.book());
    await Promise.all([resolve(asked, BOOKED), resolve(asked, BOOKED), resolve(asked, BOOKED)]);
    expect((await bench.story(asked.transactionId)).filter((type) => type === 'appointment.booked')).toHaveLength(1);
    expect(await refused(asked, ABSENT)).toMatchObject({ code: 'state-conflict' });
    expect(await refused(asked, { ...BOOKED, externalId: 'A-2' })).toMatchObject({ code: 'state-conflict' });
  });

  test('is resolved or replayed, never both', async () => {
    for (let round = 0; round < 20; round += 1) {
      const asked = await disputed(bench.book());
      const done = await Promise.allSettled([
        resolve(asked, ABSENT),
        replayTransaction(bench.ledger, bench.support, asked.transactionId, { mode: 'same' }),
      ]);
      expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const { state } = await bench.transaction(asked.transactionId);
      expect(state).toBe(done[0].status === 'fulfilled' ? 'rejected' : 'unknown');
    }
  });

  test('needs its key when it is there, one that no other appointment has, and none when it is not', async () => {
    const asked = await disputed(bench.book());
    const wrong = { code: 'validation', errors: [{ pointer: '/externalId' }] };
    expect(await refused(asked, { as: 'booked', reason: REASON })).toMatchObject(wrong);
    expect(await refused(asked, { ...BOOKED, as: 'absent' })).toMatchObject(wrong);
    const { external_id: taken } = await bench.appointment((await bench.booked()).appointmentId);
    expect(await refused(asked, { ...BOOKED, externalId: taken ?? '' })).toMatchObject(wrong);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state: 'needs_review' });
  });

  test('of another organization is not found', async () => {
    const asked = await disputed(bench.book());
    const other = await ReplayBench.open(database.db);
    const attempt = resolveTransaction(other.ledger, other.support, asked.transactionId, BOOKED);
    expect(await thrown(attempt)).toMatchObject({ code: 'not-found' });
  });
});

describe('a change of unknown outcome', () => {
  test('a cancellation that happened cancels; one that did not leaves all as it was', async () => {
    const happened = await disputed(bench.cancel(await bench.booked()));
    await resolve(happened, { as: 'booked', reason: REASON });
    expect(await bench.appointment(happened.appointmentId)).toMatchObject({
      status: 'cancelled',
      external_id: expect.any(String),
    });
    const not = await disputed(bench.cancel(await bench.booked()));
    await resolve(not, ABSENT);
    expect(await bench.appointment(not.appointmentId)).toMatchObject({ status: 'booked' });
    expect(await bench.story(not.transactionId)).toContain('appointment.change_rejected');
  });

  test.each([
    ['happened', { as: 'booked', reason: REASON }, 1],
    ['did not', ABSENT, 0],
  ] as const)('a move that %s leaves the appointment one slot, and frees the other', async (_name, input, at) => {
    const slots = [await bench.slot(), await bench.slot()];
    const booked = await bench.booked(slots[0]);
    const move = await disputed(bench.move(booked, slots[1] ?? ''));
    await resolve(move, input);
    expect((await bench.appointment(booked.appointmentId)).slot_id).toBe(slots[at]);
    const owners = await Promise.all(slots.map(async (id) => (await bench.slotOf(id)).owner));
    expect(owners[at]).toBe(booked.appointmentId);
    expect(owners[1 - at]).toBeNull();
  });

  test('a move in two steps takes the key that its first step was given', async () => {
    const booked = await bench.booked();
    const move = await disputed(bench.move(booked, await bench.slot()));
    await database.db.query(`update transaction set step = 'cancel-old', step_external_id = 'NEW-7' where id = $1`, [
      move.transactionId,
    ]);
    await resolve(move, { as: 'booked', reason: REASON });
    expect(await bench.appointment(booked.appointmentId)).toMatchObject({ external_id: 'NEW-7' });
  });
});

test.each(['given-up', 'confirmed', 'refused'] as const)(
  'a transaction that was %s is not resolved by hand',
  async (on) => {
    const asked = await bench.book();
    await bench.end(asked, on);
    const { status } = await bench.appointment(asked.appointmentId);
    expect(await refused(asked, { ...BOOKED, externalId: 'other' })).toMatchObject({ code: 'state-conflict' });
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status });
  },
);
