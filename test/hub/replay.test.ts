/** A person mends what failed: one by one, by hand, and by the dozen. Seen from outside: API, command line, and the HIS's journal. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestHub, type Role, type TestHub } from '../support/hub.ts';

const KEY = 'epic';
const TESSERA = join(import.meta.dirname, '../../bin/tessera.cjs');

interface TransactionBody {
  readonly id: string;
  readonly state: string;
}
interface Booked {
  readonly id: string;
  readonly status: string;
  readonly externalId: string | null;
  readonly transactions: readonly { readonly id: string }[];
}
interface Plan {
  readonly id: string;
  readonly state: string;
  readonly count: number;
  readonly predicted: Readonly<Record<string, number>>;
  readonly progress: Readonly<Record<string, number>>;
  readonly items: readonly { readonly transactionId: string; readonly predicted: string; readonly result: string }[];
}
interface Asked {
  readonly slotId: string | null;
  readonly transactionId: string;
  readonly appointment: string;
}

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());
afterEach(async () => {
  await hub.control(KEY, 'DELETE', '/faults');
  await hub.control(KEY, 'POST', '/profile', { lookup: 'by-tag' });
  await retry(12);
});

/** With 0 a booking that the HIS asks to send later is given up at once. */
const retry = (retriesMax: number) =>
  hub.request('PATCH', `/v1/connections/${hub.connection(KEY).id}`, {
    role: 'admin',
    body: { policy: { retriesMax } },
  });

const post = <Body = Record<string, unknown>>(path: string, body?: unknown, role: Role = 'support') =>
  hub.request<Body>('POST', path, { role, ...(body === undefined ? {} : { body }) });

let serial = 0;
async function book(slot: { id: string; externalId: string | null }): Promise<Asked> {
  serial += 1;
  const accepted = await hub.book<Booked>(slot.id, await hub.newPatient(), `replay-${serial}`, {
    prefer: 'respond-async',
  });
  expect(accepted.status).toBe(202);
  return {
    slotId: slot.externalId,
    transactionId: accepted.body.transactions[0]?.id ?? '',
    appointment: `/v1/appointments/${accepted.body.id}`,
  };
}

const becomes = ({ transactionId }: Asked, state: string) =>
  hub.until<TransactionBody>(`/v1/transactions/${transactionId}`, (body) => body.state === state, 45_000);
const effectsOf = (asked: Asked) => hub.effects(KEY, { slotId: asked.slotId });

async function disputed(fault: string): Promise<Asked> {
  await hub.control(KEY, 'POST', '/profile', { lookup: 'none' });
  await hub.control(KEY, 'POST', '/faults', { on: 'book', fault, times: 1 });
  const asked = await book(await hub.slot(KEY, 7));
  await becomes(asked, 'needs_review');
  return asked;
}

async function failing(count: number): Promise<Asked[]> {
  await retry(0);
  await hub.control(KEY, 'POST', '/faults', { on: 'book', fault: '429-retry-after', times: count });
  const slots = (await hub.freeSlots(KEY)).slice(10, 10 + count);
  expect(slots).toHaveLength(count);
  const all: Asked[] = [];
  for (const slot of slots) all.push(await book(slot));
  for (const asked of all) await becomes(asked, 'failed');
  await retry(12);
  return all;
}

describe('a booking of which nobody knows whether it was made', () => {
  test('and that a person found at the HIS is booked; it is never sent again', async () => {
    const asked = await disputed('timeout-after-commit');
    const [effect] = await effectsOf(asked);
    const resolved = await post(`/v1/transactions/${asked.transactionId}/resolve`, {
      as: 'booked',
      externalId: effect?.vendorId,
      reason: 'Seen at the HIS',
    });
    expect(resolved).toMatchObject({ status: 200, body: { state: 'succeeded' } });
    expect((await hub.request<Booked>('GET', asked.appointment)).body).toMatchObject({
      status: 'booked',
      externalId: effect?.vendorId,
    });
    expect(await effectsOf(asked)).toHaveLength(1);
  }, 60_000);

  test('and that a person did not find there is rejected, and its slot can be booked', async () => {
    const asked = await disputed('timeout-before');
    const reason = 'The clinic has no such visit';
    expect(
      await post(`/v1/transactions/${asked.transactionId}/resolve`, { as: 'absent', reason }, 'app'),
    ).toMatchObject({ status: 403 });
    expect(await post(`/v1/transactions/${asked.transactionId}/resolve`, { as: 'absent', reason })).toMatchObject({
      status: 200,
      body: { state: 'rejected' },
    });
    expect((await hub.request<Booked>('GET', asked.appointment)).body.status).toBe('rejected');
    const slot = (await hub.freeSlots(KEY)).find((each) => each.externalId === asked.slotId);
    const again = await book(slot ?? { id: '', externalId: null });
    await becomes(again, 'succeeded');
    expect(await effectsOf(asked)).toMatchObject([{ transactionId: again.transactionId }]);
  }, 60_000);

  test.each(['timeout-after-commit', 'timeout-before'])(
    'by %s is asked for when it is replayed: one effect, whatever had happened',
    async (fault) => {
      const asked = await disputed(fault);
      expect(await post(`/v1/transactions/${asked.transactionId}/replay`, { mode: 'same' })).toMatchObject({
        status: 202,
        body: { id: asked.transactionId },
      });
      // The HIS still cannot be asked: it goes back to a person, unsent.
      await hub.until<{ items: { event?: string }[] }>(
        `/v1/transactions/${asked.transactionId}/timeline`,
        ({ items }) => items.filter(({ event }) => event === 'transaction.needs_review').length === 2,
      );
      expect(await effectsOf(asked)).toHaveLength(fault === 'timeout-before' ? 0 : 1);
      await hub.control(KEY, 'POST', '/profile', { lookup: 'by-tag' });
      await post(`/v1/transactions/${asked.transactionId}/replay`, { mode: 'same' });
      await becomes(asked, 'succeeded');
      expect(await effectsOf(asked)).toMatchObject([{ transactionId: asked.transactionId, status: 'booked' }]);
      expect((await hub.request<Booked>('GET', asked.appointment)).body.status).toBe('booked');
    },
    60_000,
  );
});

test('a failed booking is booked by a replay, asked for many times: one effect, under the same id', async () => {
  const [asked] = (await failing(1)) as [Asked];
  expect((await hub.request<Booked>('GET', asked.appointment)).body.status).toBe('rejected');
  const path = `/v1/transactions/${asked.transactionId}/replay`;
  const replies = await Promise.all([1, 2, 3, 4, 5].map(() => post(path, { mode: 'same' })));
  // Whoever came when it had succeeded already is told so.
  for (const { status } of replies) expect([202, 409]).toContain(status);
  expect(replies.map(({ status }) => status)).toContain(202);
  await becomes(asked, 'succeeded');
  expect((await hub.request<Booked>('GET', asked.appointment)).body.status).toBe('booked');
  expect(await post(path, { mode: 'same' })).toMatchObject({
    status: 409,
    body: { type: expect.stringMatching(/state-conflict$/) },
  });
  expect(await effectsOf(asked)).toMatchObject([{ transactionId: asked.transactionId, status: 'booked' }]);
}, 60_000);

test('a failed booking whose slot is gone is refused with others that are free', async () => {
  const [asked] = (await failing(1)) as [Asked];
  const slot = (await hub.freeSlots(KEY)).find((each) => each.externalId === asked.slotId);
  await becomes(await book(slot ?? { id: '', externalId: null }), 'succeeded');
  const refused = await post<{ type: string; alternatives: object[] }>(
    `/v1/transactions/${asked.transactionId}/replay`,
    { mode: 'same' },
  );
  expect(refused).toMatchObject({ status: 409, body: { type: expect.stringMatching(/slot-taken$/) } });
  expect(refused.body.alternatives.length).toBeGreaterThan(0);
  expect(await effectsOf(asked)).toHaveLength(1);
}, 60_000);

test('sixty failed bookings, replayed by a plan that is paused, run again and killed midway: one effect each', async () => {
  const from = new Date().toISOString();
  const all = await failing(60);
  const planned = await post<Plan>('/v1/replay-plans', {
    filter: { state: 'failed', connection: hub.connection(KEY).id, from },
    ratePerSecond: 15,
  });
  const before = planned.body.items
    .filter((each) => each.predicted === 'will-create')
    .map((each) => each.transactionId);
  expect(before).toEqual(all.map((each) => each.transactionId));
  const path = `/v1/replay-plans/${planned.body.id}`;
  const sentAtLeast = (count: number) => (plan: Plan) => planned.body.count - (plan.progress['waiting'] ?? 0) >= count;
  // Answers are lost on the way, too.
  await hub.control(KEY, 'POST', '/faults', { on: 'book', fault: 'reset-after-commit', rate: 0.1 });

  expect((await post(`${path}/run`)).status).toBe(202);
  await hub.until<Plan>(path, sentAtLeast(12));
  const paused = await post<Plan>(`${path}/pause`);
  expect(paused.body.state).toBe('paused');
  await Promise.all(all.slice(0, 10).map((each) => becomes(each, 'succeeded')));
  expect((await hub.request<Plan>('GET', path, { role: 'support' })).body.progress['waiting']).toBe(
    paused.body.progress['waiting'],
  );

  expect((await post(`${path}/run`)).status).toBe(202);
  await hub.until<Plan>(path, sentAtLeast(30));
  await hub.kill();
  await hub.start();
  await hub.control(KEY, 'DELETE', '/faults');
  const ended = await hub.until<Plan>(path, ({ state }) => state === 'finished', 60_000);
  expect(ended.progress).toMatchObject({ succeeded: 60, waiting: 0, open: 0, failed: 0 });
  expect((await post(`${path}/run`)).status).toBe(202);
  for (const asked of all) {
    expect(await effectsOf(asked)).toMatchObject([{ transactionId: asked.transactionId, status: 'booked' }]);
    expect((await hub.request<Booked>('GET', asked.appointment)).body.status).toBe('booked');
  }
}, 180_000);

describe('on the command line', () => {
  const tessera = async (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      TESSERA_API: hub.sandbox.api,
      TESSERA_TOKEN: hub.sandbox.tokens.support,
    };
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, [TESSERA, ...words], { env })) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  test('what failed is listed, shown, planned and run', async () => {
    const [asked] = (await failing(1)) as [Asked];
    const listed = await tessera('transactions', 'list', '--state', 'failed', '--json');
    expect(JSON.parse(listed.stdout).items[0]).toMatchObject({ id: asked.transactionId });
    const shown = await tessera('transactions', 'show', asked.transactionId);
    expect(shown.stdout).toContain('transaction.failed');
    const from = ['--from', JSON.parse(listed.stdout).items[0].createdAt as string];
    const planned = await tessera('replay', 'plan', '--state', 'failed', ...from, '--json');
    const plan = JSON.parse(planned.stdout) as Plan;
    expect(plan).toMatchObject({ state: 'planned', predicted: { 'will-create': 1 } });
    expect(await effectsOf(asked)).toHaveLength(0);
    const ran = await tessera('replay', 'run', plan.id);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('finished') });
    expect(await effectsOf(asked)).toHaveLength(1);
  }, 60_000);

  test('what is wrong ends with a code and says what to do', async () => {
    expect(await tessera('transactions', 'show', 'nothing')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(404)'),
    });
    expect(await tessera('transactions', 'list', '--state', 'odd')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('#/query/state'),
    });
    expect(await tessera('transactions', 'list', '--sandbox')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('TESSERA_DATA_DIR'),
    });
  });
});
