/** A hospital that cannot be asked for its slots, and tells by itself: what changes there is seen here, and lost answers are found. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestHub, type FreeSlot, type TestHub } from '../support/hub.ts';

interface TransactionBody {
  id: string;
  state: string;
}
interface Booked {
  id: string;
  status: string;
  transactions: { id: string }[];
}

const KEY = 'hl7v2';
let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());
afterEach(async () => {
  await hub.control(KEY, 'DELETE', '/faults');
  await hub.control(KEY, 'POST', '/profile', { lookup: 'by-tag' });
});

const edit = (body: Readonly<Record<string, unknown>>) => hub.control<{ vendorId: string }>(KEY, 'POST', '/edit', body);

/** Whether the slot is offered, as soon as that is `expected`, or after 15 s. */
async function offered(slot: FreeSlot, expected: boolean): Promise<boolean> {
  for (const deadline = Date.now() + 15_000; ; await delay(100)) {
    const isOffered = (await hub.freeSlots(KEY)).some(({ id }) => id === slot.id);
    if (isOffered === expected || Date.now() > deadline) return isOffered;
  }
}

async function bookUnder(fault: Readonly<Record<string, unknown>>, key: string) {
  const slot = await hub.slot(KEY, 5);
  const patientId = await hub.newPatient();
  await hub.control(KEY, 'POST', '/faults', fault);
  const accepted = await hub.book<Booked>(slot.id, patientId, key, { prefer: 'respond-async' });
  expect(accepted.status).toBe(202);
  return { slot, transactionId: accepted.body.transactions[0]?.id ?? '' };
}

const settled = (transactionId: string) =>
  hub.until<TransactionBody>(
    `/v1/transactions/${transactionId}`,
    ({ state }) => ['succeeded', 'rejected', 'failed', 'needs_review'].includes(state),
    45_000,
  );

test('a hospital that cannot be asked, and was away, is sent what waited as soon as it answers at all', async () => {
  await hub.control(KEY, 'POST', '/profile', { lookup: 'none' });
  await hub.control(KEY, 'POST', '/faults', { on: 'any', fault: 'down' });
  const slots = (await hub.freeSlots(KEY)).slice(40, 56);
  const patientId = await hub.newPatient();
  const asked = await Promise.all(
    slots.map(({ id }, nth) => hub.book<Booked>(id, patientId, `away-${nth}`, { prefer: 'respond-async' })),
  );
  const path = `/v1/connections/${hub.connection(KEY).id}`;
  await hub.until<{ state: string }>(path, ({ state }) => state === 'parked', 30_000, 'support');
  await hub.control(KEY, 'DELETE', '/faults');
  for (const { body } of asked) {
    const { state } = await settled(body.transactions[0]?.id ?? '');
    expect(state).toBe('succeeded');
  }
}, 90_000);

describe('what somebody in the hospital does', () => {
  test('booking at the desk takes the slot out of what is offered, cancelling puts it back', async () => {
    const slot = await hub.slot(KEY, 3);
    const { vendorId } = await edit({ op: 'book-outside', externalId: slot.externalId });
    expect(await offered(slot, false)).toBe(false);
    await edit({ op: 'cancel-outside', externalId: vendorId });
    expect(await offered(slot, true)).toBe(true);
  }, 40_000);

  test('moving an appointment frees where it was and takes where it goes', async () => {
    const [from, to] = [await hub.slot(KEY, 3), await hub.slot(KEY, 4)];
    const { vendorId } = await edit({ op: 'book-outside', externalId: from.externalId });
    expect(await offered(from, false)).toBe(false);
    await edit({ op: 'move-outside', externalId: vendorId, toExternalId: to.externalId });
    expect(await offered(from, true)).toBe(true);
    expect(await offered(to, false)).toBe(false);
  }, 60_000);

  test('cancelling an appointment of the hub cancels it here, by itself', async () => {
    // Far from those that the bookings below take: what the hospital did there is counted.
    const slot = await hub.slot(KEY, 60);
    const booked = await hub.book<Booked>(slot.id, await hub.newPatient(), 'feed-cancelled-at-desk');
    expect([booked.status, booked.body.status]).toEqual([201, 'booked']);
    const [effect] = await hub.effects(KEY, { transactionId: booked.body.transactions[0]?.id ?? '' });
    await edit({ op: 'cancel-outside', externalId: effect?.vendorId });
    const { status } = await hub.until<Booked>(
      `/v1/appointments/${booked.body.id}`,
      (each) => each.status !== 'booked',
      20_000,
    );
    expect(status).toBe('cancelled');
    expect(await offered(slot, true)).toBe(true);
  }, 60_000);

  test('blocking and freeing a slot is seen', async () => {
    const slot = await hub.slot(KEY, 6);
    await edit({ op: 'block-slot', externalId: slot.externalId });
    expect(await offered(slot, false)).toBe(false);
    await edit({ op: 'free-slot', externalId: slot.externalId });
    expect(await offered(slot, true)).toBe(true);
  }, 40_000);

  test('a new provider, and a new name of one, are seen', async () => {
    await edit({ op: 'add-provider', externalId: '77', name: 'Nadia Feedborn' });
    await edit({ op: 'rename-provider', providerExternalId: '19', name: 'Emre Renamed' });
    for (const family of ['Feedborn', 'Renamed']) {
      const { items } = await hub.until<{ items: object[] }>(
        `/v1/providers?q=${family}`,
        (page) => page.items.length === 1,
      );
      expect(items).toMatchObject([{ name: { family } }]);
    }
  }, 60_000);
});

describe('a booking whose answer is lost', () => {
  test.each([
    ['timeout-after-commit', 'by-tag'],
    ['reset-after-commit', 'idempotency-key'],
    ['502-after-commit', 'by-patient-and-time'],
    ['timeout-before', 'by-tag'],
    ['reset-before', 'by-patient-and-time'],
    ['malformed', 'by-tag'],
    ['truncated', 'by-tag'],
    ['html-200', 'by-tag'],
    ['error-in-200', 'by-tag'],
  ])(
    'by %s, profile %s, succeeds with one effect',
    async (fault, lookup) => {
      await hub.control(KEY, 'POST', '/profile', { lookup });
      const { transactionId, slot } = await bookUnder({ on: 'book', fault, times: 1 }, `${fault}-${lookup}`);
      expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
      expect(await hub.effects(KEY, { slotId: slot.externalId })).toMatchObject([{ transactionId, status: 'booked' }]);
    },
    60_000,
  );

  test('at a hospital that neither tells nor answers goes to a person, and is never sent again', async () => {
    await hub.control(KEY, 'POST', '/profile', { lookup: 'none' });
    const { transactionId, slot } = await bookUnder({ on: 'book', fault: 'timeout-after-commit', times: 1 }, 'mute');
    expect(await settled(transactionId)).toMatchObject({ state: 'needs_review' });
    expect(await hub.effects(KEY, { slotId: slot.externalId })).toHaveLength(1);
  }, 60_000);

  test.each(['429-retry-after', '503-retry-after', '500', 'token-expired'])(
    '%s is sent again, and succeeds once',
    async (fault) => {
      const { transactionId, slot } = await bookUnder({ on: 'book', fault, times: 2 }, fault);
      expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
      expect(await hub.effects(KEY, { slotId: slot.externalId })).toHaveLength(1);
    },
    60_000,
  );

  test('a hospital that is down gets the booking when it is back', async () => {
    const { transactionId, slot } = await bookUnder({ on: 'any', fault: 'down' }, 'down');
    await hub.until<TransactionBody>(
      `/v1/transactions/${transactionId}`,
      ({ state }) => state === 'retrying' || state === 'parked',
    );
    await hub.control(KEY, 'DELETE', '/faults');
    expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
    expect(await hub.effects(KEY, { slotId: slot.externalId })).toHaveLength(1);
  }, 60_000);
});

test('after a kill of the hub the hospital tells everything again', async () => {
  const slot = await hub.slot(KEY, 8);
  await hub.kill();
  await hub.start();
  await edit({ op: 'block-slot', externalId: slot.externalId });
  expect(await offered(slot, false)).toBe(false);
}, 90_000);
