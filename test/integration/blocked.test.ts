/** Appointments whose changes are held up by one that is stuck: seen, told once, and set aside where that is safe. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { releaseAppointment } from '../../src/commands/release.ts';
import { replayTransaction } from '../../src/commands/replay.ts';
import { resolveTransaction } from '../../src/commands/resolve.ts';
import { tellBlocked } from '../../src/ledger/blocked.ts';
import { lease } from '../../src/ledger/lease.ts';
import { openTransaction } from '../../src/ledger/open-transaction.ts';
import { readAppointment } from '../../src/queries/appointments.ts';
import { listBlockedAppointments } from '../../src/queries/blocked-appointments.ts';
import { readTransaction } from '../../src/queries/transactions.ts';
import { loadContracts } from '../../src/contracts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { thrown } from '../support/thrown.ts';

const contracts = loadContracts('contracts');
let database: TestDatabase;
let bench: ReplayBench;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(() => database.drop());

const blocked = async (limit = 50, after?: readonly string[]) =>
  listBlockedAppointments(database.db, bench.support, {}, { limit, after });
const idsOf = async (): Promise<unknown[]> => (await blocked()).items.map((each) => each['appointmentId']);
const release = ({ appointmentId }: Asked, reason = 'The desk has looked') =>
  releaseAppointment(bench.ledger, bench.support, appointmentId, reason);
const age = (transactionId: string, minutes: number) =>
  database.db.query(
    `update transaction set created_at = created_at - $2 * interval '1 minute', settled_at = settled_at - $2 * interval '1 minute' where id = $1`,
    [transactionId, minutes],
  );
const toldOf = async ({ appointmentId }: Asked): Promise<string[]> => {
  const found = await database.db.query<{ type: string }>(
    `select type from event where appointment_id = $1 and type like 'appointment.%blocked' order by sequence`,
    [appointmentId],
  );
  return found.rows.map((row) => row.type);
};

/** A booked appointment whose move nobody knows the outcome of. */
async function moveInDoubt(): Promise<{ booked: Asked; move: Asked; from: string; to: string }> {
  const [from, to] = [await bench.slot(), await bench.slot()];
  const booked = await bench.booked(from);
  const move = await bench.move(booked, to);
  await bench.end(move, 'unresolvable', { errorCode: 'no-lookup' });
  return { booked, move, from, to };
}

describe('the list', () => {
  test('shows what waits for a person, with its age and cause, as the contract says', async () => {
    const { booked, move } = await moveInDoubt();
    await age(move.transactionId, 3);
    const { items } = await blocked();
    expect(items).toEqual([
      {
        appointmentId: booked.appointmentId,
        connectionId: bench.clinic.connectionId,
        transactionId: move.transactionId,
        kind: 'reschedule',
        state: 'needs_review',
        errorCode: 'no-lookup',
        since: expect.any(String),
        ageSeconds: expect.any(Number),
        waiting: 0,
        releasable: true,
        owner: null,
      },
    ]);
    expect(items[0]?.['ageSeconds']).toBeGreaterThanOrEqual(180);
    const validate = contracts.validator('blocked-appointment');
    expect([validate(items[0]), validate.errors]).toEqual([true, null]);
  });

  test('shows what is stuck for longer than the policy allows only when something waits behind it', async () => {
    const [stuck, alone, young] = [await bench.book(), await bench.book(), await bench.book()];
    for (const each of [stuck, young]) await bench.cancel(each);
    for (const each of [stuck, alone]) await age(each.transactionId, 16);
    await age(young.transactionId, 14);
    expect((await blocked()).items).toMatchObject([
      { appointmentId: stuck.appointmentId, state: 'queued', waiting: 1, releasable: false },
    ]);
  });

  test('leaves out what failed, what is done, and what belongs to others', async () => {
    await bench.failed();
    await bench.booked();
    const other = await ReplayBench.open(database.db);
    await other.end(await other.book(), 'unresolvable');
    expect(await idsOf()).toEqual([]);
  });

  test('is paged, oldest first, with nothing missed or shown twice', async () => {
    const asked: Asked[] = [];
    for (let count = 0; count < 5; count += 1) {
      asked.push(await bench.book());
      await bench.end(asked.at(-1) ?? (await bench.book()), 'unresolvable');
    }
    const seen: unknown[] = [];
    for (let after: readonly string[] | null | undefined; after !== null;) {
      const page = await blocked(2, after);
      seen.push(...page.items.map((each) => each['appointmentId']));
      after = page.next;
    }
    expect(seen).toEqual(asked.map((each) => each.appointmentId));
  });
});

describe('an alert', () => {
  test('comes once when the age is reached, by whichever process, and once when it is over', async () => {
    const { booked, move } = await moveInDoubt();
    await tellBlocked(database.db);
    expect(await toldOf(booked)).toEqual([]);
    await age(move.transactionId, 16);
    const told = await Promise.all(Array.from({ length: 4 }, () => tellBlocked(database.db)));
    expect(told.flatMap((each) => each.blocked.map(({ appointmentId }) => appointmentId))).toEqual([
      booked.appointmentId,
    ]);
    expect(await toldOf(booked)).toEqual(['appointment.blocked']);
    expect(await bench.eventData(move.transactionId, 'appointment.blocked')).toMatchObject({
      state: 'needs_review',
      errorCode: 'no-lookup',
      waiting: 0,
    });
    await release(booked);
    await Promise.all(Array.from({ length: 4 }, () => tellBlocked(database.db)));
    expect(await toldOf(booked)).toEqual(['appointment.blocked', 'appointment.unblocked']);
  });

  test('keeps to the age of the connection’s policy', async () => {
    const { booked } = await moveInDoubt();
    await database.db.query(`update connection set policy = policy || '{"blockedAfterMs": 0}' where id = $1`, [
      bench.clinic.connectionId,
    ]);
    await tellBlocked(database.db);
    expect(await toldOf(booked)).toEqual(['appointment.blocked']);
  });
});

describe('release', () => {
  test('lets later changes go on; the released one stays needs_review, and blocks nothing', async () => {
    const { booked, move } = await moveInDoubt();
    expect(await thrown(bench.cancel(booked))).toMatchObject({ code: 'state-conflict' });
    expect(await release(booked)).toBe(move.transactionId);
    expect(await idsOf()).toEqual([]);
    expect(
      await readAppointment(database.db, bench.ledger.seal, bench.support, booked.appointmentId),
    ).not.toHaveProperty('pendingChange');
    const cancellation = await bench.cancel(booked);
    await bench.end(cancellation, 'confirmed');
    expect(await bench.appointment(booked.appointmentId)).toMatchObject({ status: 'cancelled' });
    const released = await readTransaction(database.db, bench.support, move.transactionId);
    expect(released).toMatchObject({ state: 'needs_review', releasedAt: expect.any(String) });
    const validate = contracts.validator('transaction');
    expect([validate(released), validate.errors]).toEqual([true, null]);
  });

  test('hands over what waited already, and is told with who did it, not why', async () => {
    const { booked, move, from } = await moveInDoubt();
    // Commands refuse it; the ledger takes it, and keeps the order.
    const waiting = await database.db.transaction((tx) =>
      openTransaction(tx, bench.ledger, {
        id: randomUUID(),
        organizationId: bench.clinic.organizationId,
        connectionId: bench.clinic.connectionId,
        appointmentId: booked.appointmentId,
        clientId: bench.app.clientId,
        kind: 'cancel',
        slotId: from,
      }),
    );
    expect(await lease(database.db, waiting, 1_000)).toBeUndefined();
    bench.sent.length = 0;
    await release(booked, 'Zerynthia says so');
    expect(bench.sent).toEqual([waiting]);
    expect(await lease(database.db, waiting, 1_000)).toMatchObject({ state: 'sending' });
    const data = await bench.eventData(move.transactionId, 'appointment.released');
    expect(data).toEqual({ by: bench.support.clientId, kind: 'reschedule' });
    const kept = await database.db.query<{ id: string; reason: Buffer }>(
      'select id, reason from transaction_release where transaction_id = $1',
      [move.transactionId],
    );
    expect(kept.rows.map(({ id, reason }) => bench.ledger.seal.open(`transaction_release/${id}`, reason))).toEqual([
      'Zerynthia says so',
    ]);
    expect(kept.rows[0]?.reason.toString('latin1')).not.toContain('Zerynthia');
  });

  test('many times at once is once', async () => {
    const { booked, move } = await moveInDoubt();
    const ids = await Promise.all(Array.from({ length: 5 }, () => release(booked)));
    expect(new Set(ids)).toEqual(new Set([move.transactionId]));
    expect((await bench.story(move.transactionId)).filter((type) => type === 'appointment.released')).toHaveLength(1);
  });

  test('is refused for what is worked on by itself, for a booking in doubt, and where nothing blocks, with what to do', async () => {
    const queued = await bench.book();
    expect(await thrown(release(queued))).toMatchObject({
      code: 'state-conflict',
      message: expect.stringContaining('still worked on by itself'),
    });
    const doubtful = await bench.book();
    await bench.end(doubtful, 'unresolvable');
    expect(await thrown(release(doubtful))).toMatchObject({
      code: 'state-conflict',
      message: expect.stringContaining('resolve it'),
      members: { transactionId: doubtful.transactionId, state: 'needs_review' },
    });
    expect(await thrown(release(await bench.booked()))).toMatchObject({ code: 'state-conflict' });
    const other = await ReplayBench.open(database.db);
    expect(await thrown(releaseAppointment(bench.ledger, other.support, queued.appointmentId, 'x'))).toMatchObject({
      code: 'not-found',
    });
  });
});

describe('a released move', () => {
  test('is replayed like any other while nothing later was asked, and blocks again', async () => {
    const { booked, move } = await moveInDoubt();
    await release(booked);
    await replayTransaction(bench.ledger, bench.support, move.transactionId, { mode: 'same' });
    expect(await bench.transaction(move.transactionId)).toMatchObject({ state: 'unknown', released_at: null });
    expect(await thrown(bench.cancel(booked))).toMatchObject({ code: 'state-conflict' });
  });

  test('is not replayed once something later was asked: that would come out of order', async () => {
    const { booked, move } = await moveInDoubt();
    await release(booked);
    const cancellation = await bench.cancel(booked);
    expect(
      await thrown(replayTransaction(bench.ledger, bench.support, move.transactionId, { mode: 'same' })),
    ).toMatchObject({ code: 'state-conflict', members: { laterTransactionId: cancellation.transactionId } });
  });

  test('is not resolved while a later change is under way', async () => {
    const { booked, move } = await moveInDoubt();
    await release(booked);
    const cancellation = await bench.cancel(booked);
    const attempt = resolveTransaction(bench.ledger, bench.support, move.transactionId, { as: 'absent', reason: 'x' });
    expect(await thrown(attempt)).toMatchObject({ members: { laterTransactionId: cancellation.transactionId } });
  });

  test.each(['booked', 'absent'] as const)(
    'resolved as %s after a later move gives its slot back, and leaves the appointment where it is now',
    async (as) => {
      const { booked, move, from, to } = await moveInDoubt();
      await release(booked);
      const last = await bench.slot();
      await bench.end(await bench.move(booked, last), 'confirmed');
      expect(await bench.slotOf(to)).toMatchObject({ owner: booked.appointmentId });
      await resolveTransaction(bench.ledger, bench.support, move.transactionId, { as, reason: 'Seen' });
      expect(await bench.appointment(booked.appointmentId)).toMatchObject({ status: 'booked', slot_id: last });
      for (const slotId of [from, to])
        expect(await bench.slotOf(slotId)).toMatchObject({ status: 'free', owner: null });
      expect(await bench.slotOf(last)).toMatchObject({ owner: booked.appointmentId });
    },
  );
});
