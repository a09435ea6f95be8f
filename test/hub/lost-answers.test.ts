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
/** The simulated hospitals; each loses answers in its own words. */
const HOSPITALS = ['epic', 'cerner', 'xml-his', 'hl7v2'];

afterEach(async () => {
  for (const key of HOSPITALS) await hub.control(key, 'DELETE', '/faults');
});

let serial = 0;
async function bookUnder(key: string, fault: Readonly<Record<string, unknown>>) {
  serial += 1;
  const idempotencyKey = `lost-${serial}`;
  const slot = await hub.slot(key, 7);
  const patientId = await hub.newPatient();
  await hub.control(key, 'POST', '/faults', fault);
  const accepted = await hub.book<Booked>(slot.id, patientId, idempotencyKey, { prefer: 'respond-async' });
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

/** The same at every hospital at once; a failure names its hospital. */
const everywhere = (work: (key: string) => Promise<void>, hospitals = HOSPITALS): Promise<void[]> =>
  Promise.all(
    hospitals.map((key) =>
      work(key).catch((cause: unknown) => {
        throw new Error(`at ${key}: ${(cause as Error).message}`, { cause });
      }),
    ),
  );

async function withLookup(lookup: string, work: (key: string) => Promise<void>): Promise<void> {
  for (const key of HOSPITALS) await hub.control(key, 'POST', '/profile', { lookup });
  try {
    await everywhere(work);
  } finally {
    for (const key of HOSPITALS) await hub.control(key, 'POST', '/profile', { lookup: 'by-tag' });
  }
}

describe('a booking whose answer is lost', () => {
  test.each(['timeout-after-commit', 'reset-after-commit', '502-after-commit'])(
    'by %s is found at the HIS and succeeds, with one effect',
    (fault) =>
      everywhere(async (key) => {
        const { transactionId, appointment, slot } = await bookUnder(key, { on: 'book', fault, times: 1 });
        expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
        expect(await story(transactionId)).toEqual(
          expect.arrayContaining(['transaction.unknown', 'transaction.verifying', 'transaction.succeeded']),
        );
        expect(await story(transactionId)).not.toContain('transaction.absent');
        expect(await hub.effects(key, { transactionId })).toMatchObject([{ transactionId, status: 'booked' }]);
        expect(await hub.effects(key, { slotId: slot.externalId ?? 'none' })).toHaveLength(slot.externalId ? 1 : 0);
        await hub.until<Booked>(appointment, ({ status }) => status === 'booked');
      }),
    60_000,
  );

  test.each(['timeout-before', 'reset-before'])(
    'by %s is proved absent, sent again, and succeeds, with one effect',
    (fault) =>
      everywhere(async (key) => {
        const { transactionId } = await bookUnder(key, { on: 'book', fault, times: 1 });
        expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
        expect(await story(transactionId)).toEqual(
          expect.arrayContaining(['transaction.unknown', 'transaction.absent', 'transaction.succeeded']),
        );
        expect(await hub.effects(key, { transactionId })).toMatchObject([{ transactionId, status: 'booked' }]);
      }),
    60_000,
  );

  test(
    'at a HIS that cannot be asked goes to a person, and is never sent again',
    () =>
      withLookup('none', async (key) => {
        const { transactionId, appointment } = await bookUnder(key, {
          on: 'book',
          fault: 'timeout-after-commit',
          times: 1,
        });
        expect(await settled(transactionId)).toMatchObject({ state: 'needs_review' });
        expect((await hub.request<Booked>('GET', appointment)).body.status).toBe('pending');
        expect(await hub.effects(key, { transactionId })).toHaveLength(1);
      }),
    60_000,
  );

  test.each(['by-patient-and-time', 'idempotency-key'])(
    'is found in the lookup profile %s too',
    (lookup) =>
      withLookup(lookup, async (key) => {
        const { transactionId } = await bookUnder(key, { on: 'book', fault: 'timeout-after-commit', times: 1 });
        expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
        expect(await hub.effects(key, { transactionId })).toHaveLength(1);
      }),
    60_000,
  );
});

describe('the HIS says no, or not now', () => {
  test('slot taken at the HIS is a 409 with alternatives, and the slot is not offered again', () =>
    everywhere(
      async (key) => {
        const slot = await hub.slot(key, 9);
        await hub.control(key, 'POST', '/edit', { op: 'book-outside', externalId: slot.externalId });
        const refused = await hub.book<{ type: string; alternatives: object[] }>(
          slot.id,
          await hub.newPatient(),
          `taken-${key}`,
        );
        expect(refused).toMatchObject({ status: 409, body: { type: expect.stringMatching(/slot-taken$/) } });
        expect(refused.body.alternatives.length).toBeGreaterThan(0);
        expect((await hub.freeSlots(key)).map((each) => each.id)).not.toContain(slot.id);
      },
      // HL7 v2 tells of the edit by itself: the slot is not offered any more before anybody asks.
      HOSPITALS.filter((key) => key !== 'hl7v2'),
    ));

  test.each([
    '500',
    '503-retry-after',
    '429-retry-after',
    'token-expired',
    'malformed',
    'truncated',
    'html-200',
    'error-in-200',
    'slow',
  ])(
    '%s while booking never makes two, and never loses the booking',
    (fault) =>
      everywhere(async (key) => {
        const { transactionId } = await bookUnder(key, { on: 'book', fault, times: 1 });
        const { state } = await settled(transactionId);
        const effects = await hub.effects(key, { transactionId });
        expect([key, state, effects.length]).toEqual([key, 'succeeded', 1]);
      }),
    60_000,
  );

  test('a hospital that is down for longer costs time, and nothing but time', async () => {
    const { transactionId } = await bookUnder('epic', { on: 'any', fault: 'down' });
    // It waits, parked, and no retry is used up.
    await hub.until<TransactionBody>(`/v1/transactions/${transactionId}`, ({ state }) => state === 'parked');
    const { id } = hub.connection('epic');
    const health = await hub.request<{ breaker: string }>('GET', `/v1/connections/${id}/health`, { role: 'support' });
    expect(health.body.breaker).toBe('open');
    await hub.control('epic', 'DELETE', '/faults');
    expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
    expect(await hub.effects('epic', { transactionId })).toHaveLength(1);
  }, 60_000);

  test('a booking that is lost again and again goes to a person', async () => {
    const { transactionId } = await bookUnder('epic', { on: 'book', fault: 'reset-before' });
    expect(await settled(transactionId)).toMatchObject({ state: 'needs_review' });
    expect(await hub.effects('epic', { transactionId })).toEqual([]);
  }, 90_000);

  test('two first bookings of a new patient make one patient at the HIS, and the one that waits tells no story', async () => {
    const patientId = await hub.newPatient();
    const slots = [await hub.slot('epic', 11), await hub.slot('epic', 12)];
    await hub.control('epic', 'POST', '/faults', { on: 'any', fault: 'slow', afterMs: 400, times: 6 });
    const booked = await Promise.all(slots.map((each, n) => hub.book<Booked>(each.id, patientId, `twins-${n}`)));
    expect(booked.map(({ status }) => status)).toEqual([201, 201]);
    const seen = await hub.control<{ requests: { method: string; path: string; transactionId: string }[] }>(
      'epic',
      'GET',
      '/effects',
    );
    const mine = booked.map(({ body }) => body.transactions[0]?.id ?? '');
    const created = seen.requests.filter(
      (each) => each.method === 'POST' && each.path.endsWith('/Patient') && mine.includes(each.transactionId),
    );
    expect(created).toHaveLength(1);
    for (const id of mine) expect((await story(id)).length).toBeLessThan(6);
  }, 60_000);

  test(
    'a hospital that is down gets the booking when it is back',
    () =>
      everywhere(async (key) => {
        const { transactionId } = await bookUnder(key, { on: 'any', fault: 'down' });
        await hub.until<TransactionBody>(
          `/v1/transactions/${transactionId}`,
          ({ state }) => state === 'retrying' || state === 'parked',
        );
        await hub.control(key, 'DELETE', '/faults');
        expect(await settled(transactionId)).toMatchObject({ state: 'succeeded' });
        expect(await hub.effects(key, { transactionId })).toHaveLength(1);
      }),
    60_000,
  );
});

test('a booking that waits for a hospital that is down, and is cancelled, is never sent', async () => {
  const { transactionId, slot, appointment } = await bookUnder('epic', { on: 'any', fault: 'down' });
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

test('one slow hospital keeps no other waiting, however much waits for it', async () => {
  await hub.control('xml-his', 'POST', '/faults', { on: 'book', fault: 'slow', afterMs: 2_000 });
  const patientId = await hub.newPatient();
  const [first, ...others] = (await hub.freeSlots('xml-his')).slice(20, 340);
  // More than one process once took in hand at all: they filled every place, and the native booking waited behind them.
  expect(others.length).toBeGreaterThan(300);
  await hub.book<Booked>(first?.id ?? '', patientId, 'slow-first');
  await Promise.all(
    others.map((slot, n) => hub.book<Booked>(slot.id, patientId, `slow-${n}`, { prefer: 'respond-async' })),
  );
  const slot = await hub.slot('native', 5);
  const quick = await hub.book<Booked>(slot.id, await hub.newPatient(), 'quick', { prefer: 'wait=5' });
  expect(quick.status).toBe(201);
}, 90_000);
