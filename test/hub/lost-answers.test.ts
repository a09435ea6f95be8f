/** What a hospital's silence comes to: looked up, never guessed, never sent twice. Seen from outside: API and the HIS's journal. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestHub, type TestHub } from '../support/hub.ts';

interface TransactionBody {
  id: string;
  state: string;
  attempts: number;
}
interface Timeline {
  items: { kind: string; event?: string; purpose?: string; class?: string }[];
}
interface Booked {
  id: string;
  status: string;
  transactions: { id: string }[];
}

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());
afterEach(() => hub.control('epic', 'DELETE', '/faults'));

async function bookUnder(fault: Readonly<Record<string, unknown>>, key: string) {
  const slot = await hub.slot('epic', 7);
  const patientId = await hub.newPatient();
  await hub.control('epic', 'POST', '/faults', fault);
  const accepted = await hub.book<Booked>(slot.id, patientId, key, { prefer: 'respond-async' });
  expect(accepted.status).toBe(202);
  const transactionId = accepted.body.transactions[0]?.id ?? '';
  return { slot, transactionId, appointment: `/v1/appointments/${accepted.body.id}` };
}

const settled = (transactionId: string) =>
  hub.until<TransactionBody>(
    `/v1/transactions/${transactionId}`,
    ({ state }) => ['succeeded', 'rejected', 'failed', 'needs_review'].includes(state),
    45_000,
  );

const story = async (transactionId: string) =>
  (await hub.request<Timeline>('GET', `/v1/transactions/${transactionId}/timeline`, { role: 'support' })).body.items
    .filter(({ kind }) => kind === 'event')
    .map(({ event }) => event);

describe('a booking whose answer is lost', () => {
  test.each(['timeout-after-commit', 'reset-after-commit', '502-after-commit'])(
    'by %s is found at the HIS and succeeds, with one effect',
    async (fault) => {
      const { transactionId, appointment, slot } = await bookUnder({ on: 'book', fault, times: 1 }, `lost-${fault}`);
      expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
      expect(await story(transactionId)).toEqual(
        expect.arrayContaining(['transaction.unknown', 'transaction.verifying', 'transaction.succeeded']),
      );
      expect(await story(transactionId)).not.toContain('transaction.absent');
      expect(await hub.effects('epic', { slotId: slot.externalId })).toMatchObject([
        { transactionId, status: 'booked' },
      ]);
      await hub.until<Booked>(appointment, ({ status }) => status === 'booked');
    },
    60_000,
  );

  test.each(['timeout-before', 'reset-before'])(
    'by %s is proved absent, sent again, and succeeds, with one effect',
    async (fault) => {
      const { transactionId, slot } = await bookUnder({ on: 'book', fault, times: 1 }, `before-${fault}`);
      expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
      expect(await story(transactionId)).toEqual(
        expect.arrayContaining(['transaction.unknown', 'transaction.absent', 'transaction.succeeded']),
      );
      expect(await hub.effects('epic', { slotId: slot.externalId })).toMatchObject([
        { transactionId, status: 'booked' },
      ]);
    },
    60_000,
  );

  test('at a HIS that cannot be asked goes to a person, and is never sent again', async () => {
    await hub.control('epic', 'POST', '/profile', { lookup: 'none' });
    try {
      const { transactionId, appointment, slot } = await bookUnder(
        { on: 'book', fault: 'timeout-after-commit', times: 1 },
        'write-only',
      );
      expect(await settled(transactionId)).toMatchObject({ state: 'needs_review' });
      expect((await hub.request<Booked>('GET', appointment)).body.status).toBe('pending');
      expect(await hub.effects('epic', { slotId: slot.externalId })).toHaveLength(1);
    } finally {
      await hub.control('epic', 'POST', '/profile', { lookup: 'by-tag' });
    }
  }, 60_000);

  test('is found by patient and time where the HIS shows no tag', async () => {
    await hub.control('epic', 'POST', '/profile', { lookup: 'by-patient-and-time' });
    try {
      const { transactionId, slot } = await bookUnder(
        { on: 'book', fault: 'timeout-after-commit', times: 1 },
        'by-time',
      );
      expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
      expect(await hub.effects('epic', { slotId: slot.externalId })).toHaveLength(1);
    } finally {
      await hub.control('epic', 'POST', '/profile', { lookup: 'by-tag' });
    }
  }, 60_000);
});

describe('the HIS says no, or not now', () => {
  test('slot taken at the HIS is a 409 with alternatives, and the slot is not offered again', async () => {
    const slot = await hub.slot('epic', 9);
    await hub.control('epic', 'POST', '/edit', { op: 'book-outside', externalId: slot.externalId });
    const refused = await hub.book<{ type: string; alternatives: object[] }>(
      slot.id,
      await hub.newPatient(),
      'taken-at-his',
    );
    expect(refused).toMatchObject({ status: 409, body: { type: expect.stringMatching(/slot-taken$/) } });
    expect(refused.body.alternatives.length).toBeGreaterThan(0);
    expect((await hub.freeSlots('epic', 50)).map((each) => each.id)).not.toContain(slot.id);
  });

  test.each([
    ['500', 1],
    ['503-retry-after', 1],
    ['429-retry-after', 1],
    ['token-expired', 1],
    ['malformed', 1],
    ['truncated', 1],
    ['html-200', 1],
    ['error-in-200', 1],
  ])(
    '%s while booking never makes two, and never loses the booking',
    async (fault, times) => {
      const { transactionId, slot } = await bookUnder({ on: 'book', fault, times }, `fault-${fault}`);
      const { state } = await settled(transactionId);
      const effects = await hub.effects('epic', { slotId: slot.externalId });
      expect([state, effects.length]).toEqual([
        state === 'succeeded' ? 'succeeded' : 'failed',
        state === 'succeeded' ? 1 : 0,
      ]);
      // What the HIS did not say, it did not do: only a refusal of the content may end without a booking.
      if (fault !== 'error-in-200') expect(state).toBe('succeeded');
    },
    60_000,
  );

  test('a hospital that is down gets the booking when it is back', async () => {
    const { transactionId, slot } = await bookUnder({ on: 'any', fault: 'down' }, 'down');
    await hub.until<TransactionBody>(
      `/v1/transactions/${transactionId}`,
      ({ state }) => state === 'retrying' || state === 'parked',
    );
    await hub.control('epic', 'DELETE', '/faults');
    expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
    expect(await hub.effects('epic', { slotId: slot.externalId })).toHaveLength(1);
  }, 60_000);
});

test('a booking that waits for a hospital that is down, and is cancelled, is never sent', async () => {
  const { transactionId, slot, appointment } = await bookUnder({ on: 'any', fault: 'down' }, 'withdrawn');
  await hub.until<TransactionBody>(`/v1/transactions/${transactionId}`, ({ state }) =>
    ['retrying', 'parked'].includes(state),
  );
  const pending = await hub.request<Booked>('GET', appointment);
  const cancelled = await hub.request<Booked>('DELETE', appointment, {
    headers: { 'idempotency-key': 'withdraw', 'if-match': pending.headers.get('etag') ?? '' },
  });
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  await hub.control('epic', 'DELETE', '/faults');
  expect((await hub.freeSlots('epic')).map((each) => each.id)).toContain(slot.id);
  expect(await hub.effects('epic', { slotId: slot.externalId })).toEqual([]);
}, 60_000);

test('a hospital found unwell is left alone, asked by harmless reads, and then gets what waited', async () => {
  await hub.control('epic', 'POST', '/faults', { on: 'book', fault: '502-after-commit' });
  await hub.control('epic', 'POST', '/faults', { on: 'token', fault: 'down' });
  const patientId = await hub.newPatient();
  const slots = (await hub.freeSlots('epic')).slice(20, 36);
  const accepted = await Promise.all(
    slots.map((slot, n) => hub.book<Booked>(slot.id, patientId, `unwell-${n}`, { prefer: 'respond-async' })),
  );
  const { id } = hub.connection('epic');
  await hub.until<{ breaker: string }>(`/v1/connections/${id}/health`, ({ breaker }) => breaker === 'open');
  await hub.control('epic', 'DELETE', '/faults');
  await hub.until<{ breaker: string }>(`/v1/connections/${id}/health`, ({ breaker }) => breaker === 'closed');
  for (const { body } of accepted) {
    expect(await settled(body.transactions[0]?.id ?? '')).toMatchObject({ state: 'succeeded' });
  }
  for (const slot of slots) expect(await hub.effects('epic', { slotId: slot.externalId })).toHaveLength(1);
}, 90_000);
