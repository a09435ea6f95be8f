/** The HIS gives a slot another time while what was asked for it waits: the patient agreed to a time, not to a key of the HIS. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connector, Finding, LookupRequest, Outcome, SlotAtHis } from '../../src/adapter-kit/index.ts';
import { replayTransaction } from '../../src/commands/replay.ts';
import { mirrorSlots } from '../../src/connections/mirror-slots.ts';
import { HIS_KEY } from '../../src/ledger/work-order.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { scriptedHis, type ScriptedHis } from '../support/scripted-his.ts';
import { thrown } from '../support/thrown.ts';

const HOUR_MS = 3_600_000;
const THROTTLED: Outcome = { class: 'throttled', reason: 'busy', retryAfterMs: 1 };
const LOST: Outcome = { class: 'unknown', reason: 'deadline' };
const SETTLED = ['succeeded', 'rejected', 'failed', 'needs_review'];

let database: TestDatabase;
let bench: ReplayBench;
let his: ScriptedHis;
/** What the HIS answers to writes, in their order; then it does them. */
let answers: Outcome[];
let finding: Finding;
/** When the slots were that it was sent, and asked about. */
let sent: string[];
let lookedUp: string[];

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
  const { connectionId, organizationId, providerId, locationId } = bench.clinic;
  await database.db.query(
    `update connection set policy = policy || '{"retryBaseMs":1,"lookupScheduleMs":[1,2],"absenceGapMs":1}' where id = $1`,
    [connectionId],
  );
  await database.db.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     values ($1, $2, 'provider', $3, $5, 'P-1'), ($1, $2, 'location', $4, $5, 'L-1')`,
    [organizationId, connectionId, providerId, locationId, HIS_KEY],
  );
  [answers, sent, lookedUp, finding] = [[], [], [], { kind: 'absent' }];
  useHis({});
});
afterEach(() => his.connections.close());
afterAll(() => database.drop());

function write(slot: SlotAtHis): Promise<Outcome> {
  sent.push(slot.start);
  return Promise.resolve(answers.shift() ?? { class: 'success', externalId: randomUUID() });
}

function useHis(more: Pick<Connector, 'reschedule'>): void {
  his = scriptedHis(bench.ledger, more.reschedule ? ['Reschedules'] : [], {
    book: (_call, { slot }) => write(slot),
    cancel: () => Promise.resolve(answers.shift() ?? { class: 'success', externalId: 'done' }),
    lookup: (_call, request: LookupRequest) => {
      lookedUp.push(request.kind === 'reschedule' ? request.to.start : request.slot.start);
      return Promise.resolve(finding);
    },
    ...more,
  });
}

interface OfferedSlot {
  readonly id: string;
  readonly externalId: string;
  readonly start: string;
}

let day = 1;
async function offeredSlot(): Promise<OfferedSlot> {
  const externalId = `S-${randomUUID()}`;
  const id = await bench.clinic.addSlot({ externalId, hubManaged: false, inHours: 24 * (day += 1) });
  const { rows } = await database.db.query<{ start: string }>('select start_at as start from slot where id = $1', [id]);
  return { id, externalId, start: new Date(rows[0]?.start ?? '').toISOString() };
}

/** The HIS offers it an hour later from now on. */
async function hisMoves({ externalId, start }: OfferedSlot): Promise<void> {
  const at = { organizationId: bench.clinic.organizationId, connectionId: bench.clinic.connectionId };
  const [later, end] = [HOUR_MS, HOUR_MS * 1.5].map((ms) => new Date(Date.parse(start) + ms).toISOString());
  if (later === undefined || end === undefined) throw new Error('no time');
  const offered = [{ externalId, providerExternalId: 'P-1', locationExternalId: 'L-1', start: later, end }];
  await database.db.transaction((tx) =>
    mirrorSlots(tx, at, { begunAt: new Date().toISOString(), offered, vanished: [] }),
  );
}

async function takeTurn({ transactionId }: Asked) {
  await database.db.query('update transaction set due_at = now() where id = $1', [transactionId]);
  await his.dispatcher.dispatch(transactionId);
  return bench.transaction(transactionId);
}

async function work(asked: Asked) {
  for (let turn = 0; turn < 20; turn += 1) {
    if (SETTLED.includes((await takeTurn(asked)).state)) break;
    await delay(2);
  }
  return bench.transaction(asked.transactionId);
}

test.each(['queued', 'retrying', 'parked'] as const)(
  'a booking that is %s when the HIS gives its slot another time is not sent: it is rejected, told, and the slot is free again',
  async (state) => {
    const slot = await offeredSlot();
    const asked = await bench.book(slot.id);
    if (state === 'retrying') {
      answers = [THROTTLED];
      await takeTurn(asked);
      sent = [];
    }
    if (state === 'parked')
      await database.db.query(`update transaction set state = 'parked' where id = $1`, [asked.transactionId]);
    expect(await bench.transaction(asked.transactionId)).toMatchObject({ state });
    await hisMoves(slot);
    expect(await work(asked)).toMatchObject({ state: 'rejected', error_class: 'conflict', error_code: 'slot-moved' });
    expect(sent).toEqual([]);
    expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'rejected' });
    expect(await bench.slotOf(slot.id)).toEqual({ status: 'free', claimed: false, owner: null });
    expect(await bench.eventData(asked.transactionId, 'appointment.rejected')).toEqual({ errorCode: 'slot-moved' });
    const again = replayTransaction(bench.ledger, bench.support, asked.transactionId, { mode: 'same' });
    expect(await thrown(again)).toMatchObject({
      code: 'state-conflict',
      message: expect.stringContaining('another time') as unknown,
    });
  },
);

test('a booking that may be at the HIS already is looked up at the time at which it was sent, and is booked when it is there', async () => {
  const slot = await offeredSlot();
  answers = [LOST];
  finding = { kind: 'found', externalId: 'A-there' };
  const asked = await bench.book(slot.id);
  expect(await takeTurn(asked)).toMatchObject({ state: 'unknown' });
  await hisMoves(slot);
  expect(await work(asked)).toMatchObject({ state: 'succeeded' });
  expect([sent, lookedUp]).toEqual([[slot.start], [slot.start]]);
  expect(await bench.appointment(asked.appointmentId)).toMatchObject({ status: 'booked', external_id: 'A-there' });
});

test('a booking that is not found at the time at which it was sent is not sent again for another time: a person looks', async () => {
  const slot = await offeredSlot();
  answers = [LOST];
  const asked = await bench.book(slot.id);
  await takeTurn(asked);
  await hisMoves(slot);
  expect(await work(asked)).toMatchObject({ state: 'needs_review', error_code: 'slot-moved', resends: 0 });
  expect(sent).toEqual([slot.start]);
  expect(new Set(lookedUp)).toEqual(new Set([slot.start]));
});

describe.each([
  ['in place', true],
  ['by two steps', false],
])('a move %s', (_, inPlace) => {
  const reschedule: Connector['reschedule'] = (_call, { to }) => write(to);
  beforeEach(() => useHis(inPlace ? { reschedule } : {}));

  async function asked() {
    const from = await offeredSlot();
    const to = await offeredSlot();
    const booked = await bench.booked(from.id);
    return { from, to, move: await bench.move(booked, to.id) };
  }

  test('into a slot that the HIS has given another time since is not sent: the appointment stays where it is', async () => {
    const { from, to, move } = await asked();
    await hisMoves(to);
    expect(await work(move)).toMatchObject({ state: 'rejected', error_class: 'conflict', error_code: 'slot-moved' });
    expect(sent).toEqual([]);
    expect(await bench.appointment(move.appointmentId)).toMatchObject({ status: 'booked', slot_id: from.id });
    expect(await bench.slotOf(from.id)).toMatchObject({ owner: move.appointmentId });
    expect(await bench.slotOf(to.id)).toEqual({ status: 'free', claimed: false, owner: null });
    expect(await bench.eventData(move.transactionId, 'appointment.change_rejected')).toEqual({
      errorCode: 'slot-moved',
    });
  });

  test('that may have been made is looked up at the time at which it was sent, and is where it was agreed to be', async () => {
    const { to, move } = await asked();
    answers = [LOST];
    finding = { kind: 'found', externalId: 'A-there' };
    await takeTurn(move);
    await hisMoves(to);
    expect(await work(move)).toMatchObject({ state: 'succeeded' });
    expect([sent, lookedUp]).toEqual([[to.start], [to.start]]);
    const { rows } = await database.db.query<{ start: string }>(
      'select start_at as start from appointment where id = $1',
      [move.appointmentId],
    );
    expect(rows.map(({ start }) => Date.parse(start))).toEqual([Date.parse(to.start)]);
  });

  test('that has failed is not replayed into another time', async () => {
    const { to, move } = await asked();
    await bench.end(move, 'given-up');
    await hisMoves(to);
    const again = replayTransaction(bench.ledger, bench.support, move.transactionId, { mode: 'same' });
    expect(await thrown(again)).toMatchObject({
      code: 'state-conflict',
      message: expect.stringContaining('another time') as unknown,
    });
  });
});

test('a move by two steps whose first is done is finished, whenever the slot is by now', async () => {
  const [from, to] = [await offeredSlot(), await offeredSlot()];
  const move = await bench.move(await bench.booked(from.id), to.id);
  answers = [{ class: 'success', externalId: 'A-new' }, THROTTLED];
  expect(await takeTurn(move)).toMatchObject({ state: 'retrying', step: 'cancel-old' });
  await hisMoves(to);
  expect(await work(move)).toMatchObject({ state: 'succeeded' });
  expect(await bench.appointment(move.appointmentId)).toMatchObject({ external_id: 'A-new', slot_id: to.id });
});
