import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestHub, type TestHub } from '../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());

/** How often the HIS was asked to change the slot: once to reserve it, once more to give it back. */
const changesAtHis = async (externalId: string | null): Promise<number> => {
  const { requests } = await hub.control<{ requests: { method: string; path: string }[] }>('cerner', 'GET', '/effects');
  return requests.filter(({ method, path }) => method === 'PATCH' && path.endsWith(`/Slot/${externalId}`)).length;
};

const comesToChanges = async (count: number, externalId: string | null): Promise<void> => {
  for (const deadline = Date.now() + 10_000; (await changesAtHis(externalId)) !== count; await delay(100)) {
    if (Date.now() > deadline) throw new Error(`the slot was not changed ${count} times at the HIS`);
  }
};

test('a hold reserves the slot at a HIS that has such a thing, and gives it back when it is let go', async () => {
  const slot = await hub.slot('cerner', 0);
  const hold = await hub.request<{ id: string }>('POST', '/v1/holds', { body: { slotId: slot.id } });
  expect(hold.status).toBe(201);
  expect(await changesAtHis(slot.externalId)).toBe(1);
  expect((await hub.request('DELETE', `/v1/holds/${hold.body.id}`)).status).toBe(204);
  await comesToChanges(2, slot.externalId);
  // It is free there again: somebody else can be booked into it.
  const booked = await hub.book(slot.id, await hub.newPatient(), 'after-hold');
  expect(booked.status).toBe(201);
}, 30_000);

test('a slot let go and held again at once is still reserved for the second hold, and given back after it', async () => {
  const slot = await hub.slot('cerner', 4);
  for (let round = 0; round < 3; round += 1) {
    const hold = await hub.request<{ id: string }>('POST', '/v1/holds', { body: { slotId: slot.id } });
    expect(hold.status).toBe(201);
    expect((await hub.request('DELETE', `/v1/holds/${hold.body.id}`)).status).toBe(204);
  }
  await delay(2_500);
  // Reserved and given back, however often: nothing is left of it.
  expect((await changesAtHis(slot.externalId)) % 2).toBe(0);
  expect((await hub.book(slot.id, await hub.newPatient(), 'after-holds')).status).toBe(201);
}, 30_000);

test('a hold that ends by itself is given back at the HIS too', async () => {
  const slot = await hub.slot('cerner', 1);
  expect((await hub.request('POST', '/v1/holds', { body: { slotId: slot.id, ttlSeconds: 1 } })).status).toBe(201);
  expect(await changesAtHis(slot.externalId)).toBe(1);
  await comesToChanges(2, slot.externalId);
}, 30_000);

test('who holds a slot books it there, and nothing is given back afterwards', async () => {
  const slot = await hub.slot('cerner', 2);
  const hold = await hub.request<{ id: string }>('POST', '/v1/holds', { body: { slotId: slot.id } });
  const booked = await hub.request<{ status: string }>('POST', '/v1/appointments', {
    body: { slotId: slot.id, patientId: await hub.newPatient(), holdId: hold.body.id },
    headers: { 'idempotency-key': 'held-at-his' },
  });
  expect(booked).toMatchObject({ status: 201, body: { status: 'booked' } });
  await delay(2_500);
  expect(await changesAtHis(slot.externalId)).toBe(1);
  expect(await hub.effects('cerner', { slotId: slot.externalId })).toMatchObject([{ status: 'booked' }]);
}, 30_000);

test('who holds a slot moves an appointment there, and nothing is given back afterwards', async () => {
  const [from, to] = [await hub.slot('cerner', 6), await hub.slot('cerner', 7)];
  const booked = await hub.book<{ id: string }>(from.id, await hub.newPatient(), 'before-move');
  const hold = await hub.request<{ id: string }>('POST', '/v1/holds', { body: { slotId: to.id } });
  const path = `/v1/appointments/${booked.body.id}`;
  const headers = { 'idempotency-key': 'move-into-hold', 'if-match': booked.headers.get('etag') ?? '' };
  const both = { slotId: to.id, holdId: hold.body.id, status: 'arrived' };
  for (const body of [{ holdId: hold.body.id }, both, {}]) {
    expect((await hub.request('PATCH', path, { body, headers })).status).toBe(400);
  }
  const moved = await hub.request('PATCH', path, { body: { slotId: to.id, holdId: hold.body.id }, headers });
  expect(moved).toMatchObject({ status: 200, body: { status: 'booked', slotId: to.id } });
  await delay(2_500);
  expect(await changesAtHis(to.externalId)).toBe(1);
  expect(await hub.effects('cerner', { slotId: to.externalId })).toMatchObject([{ status: 'booked' }]);
}, 30_000);

test('a slot that somebody has taken at the HIS meanwhile cannot be held', async () => {
  const slot = await hub.slot('cerner', 3);
  await hub.control('cerner', 'POST', '/edit', { op: 'book-outside', externalId: slot.externalId });
  const hold = await hub.request<{ type: string; alternatives: object[] }>('POST', '/v1/holds', {
    body: { slotId: slot.id },
  });
  expect(hold).toMatchObject({ status: 409, body: { type: expect.stringMatching(/slot-taken$/) } });
  expect(hold.body.alternatives.length).toBeGreaterThan(0);
}, 30_000);

test('the repeat of a hold that was refused there is refused, too', async () => {
  const slot = await hub.slot('cerner', 5);
  await hub.control('cerner', 'POST', '/edit', { op: 'book-outside', externalId: slot.externalId });
  const hold = () =>
    hub.request<{ type: string }>('POST', '/v1/holds', {
      body: { slotId: slot.id },
      headers: { 'idempotency-key': 'taken-at-his' },
    });
  const [first, repeat] = [await hold(), await hold()];
  expect(first).toMatchObject({ status: 409, body: { type: expect.stringMatching(/slot-taken$/) } });
  expect(repeat).toMatchObject({ status: 409, body: first.body });
  expect(repeat.headers.get('idempotent-replayed')).toBe('true');
}, 30_000);

test('a repeat waits for what the HIS says, and gets the answer of the first', async () => {
  const slot = await hub.slot('cerner', 8);
  const hold = () =>
    hub.request<{ type: string }>('POST', '/v1/holds', {
      body: { slotId: slot.id },
      headers: { 'idempotency-key': 'held-slowly' },
    });
  await hub.control('cerner', 'POST', '/faults', { on: 'any', fault: 'slow', times: 1, afterMs: 2_000 });
  const first = hold();
  await delay(500);
  expect(await hold()).toMatchObject({
    status: 409,
    body: { type: expect.stringMatching(/idempotency-in-progress$/) },
  });
  expect((await first).status).toBe(201);
  const repeat = await hold();
  expect(repeat).toMatchObject({ status: 201, body: (await first).body });
  expect(repeat.headers.get('idempotent-replayed')).toBe('true');
}, 30_000);
