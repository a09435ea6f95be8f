/** Booking, moving and cancelling over real sockets, and every negative acknowledgement that there is. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BookRequest, CancelRequest, FoundSlot, SlotAtHis } from '#adapter-kit';
import type { FaultName } from '#adapter-kit/simulator';
import type { TestCall } from '../../test/support/call.ts';
import { startHeardHospital, type HeardHospital } from '../../test/support/hl7-ear.ts';
import { comesTo, slotAtHis } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

let hospital: HeardHospital;
let slots: FoundSlot[];
beforeAll(async () => {
  hospital = await startHeardHospital(adapter, startSimulator);
  slots = await hospital.ear.slots(90);
});
afterAll(() => hospital.close());
afterEach(async () => {
  await hospital.clearFaults();
  await hospital.profile('by-tag');
});

const nextSlot = (): SlotAtHis => {
  const slot = slots.shift();
  if (!slot) throw new Error('the hospital told too few slots');
  return slotAtHis(slot, 'Europe/Berlin');
};

let patients = 0;
const booking = (slot = nextSlot()): BookRequest => ({
  slot,
  patient: {
    externalId: `patient-${(patients += 1)}`,
    name: { given: ['Erika'], family: 'Test|^&~\\er' },
    birthDate: '1980-01-01',
    email: 'erika@example.com',
    phone: '+4930123456',
    address: null,
    identifiers: [],
  },
  mode: 'in-person',
  reason: null,
});

const book = (call: TestCall, request: BookRequest) => hospital.connector.book(call, request);

async function booked(request = booking()): Promise<{ call: TestCall; cancel: CancelRequest }> {
  const call = hospital.call();
  const outcome = await book(call, request);
  if (outcome.class !== 'success') throw new Error(`not booked: ${outcome.reason}`);
  const { externalId, identifiers = [] } = outcome;
  return { call, cancel: { externalId, identifiers, slot: request.slot, patient: request.patient, reason: null } };
}

const effectsOf = async (transactionId: string) =>
  (await hospital.effects()).appointments.filter((each) => each.transactionId === transactionId);

test('a booking is answered with the filler’s key, and the hospital holds it under the transaction', async () => {
  const request = booking();
  const { call, cancel } = await booked(request);
  expect(cancel.externalId).toMatch(/^9\d{5}$/);
  expect(await effectsOf(call.transactionId)).toMatchObject([
    { vendorId: cancel.externalId, slotId: request.slot.externalId, status: 'booked' },
  ]);
  const [exchange] = call.recorder.exchanges;
  expect(exchange).toMatchObject({
    method: 'MLLP',
    write: true,
    requestBody: expect.stringContaining('SRM^S01^SRM_S01'),
  });
});

test('an appointment is moved and cancelled by its keys, and both twice over are once', async () => {
  const { call, cancel } = await booked();
  const to = nextSlot();
  const move = { ...cancel, to };
  expect(await hospital.connector.reschedule?.(hospital.call(), move)).toMatchObject({
    class: 'success',
    externalId: cancel.externalId,
  });
  expect(await hospital.connector.reschedule?.(hospital.call(), move)).toMatchObject({ class: 'success' });
  expect(await effectsOf(call.transactionId)).toMatchObject([{ slotId: to.externalId, version: 2 }]);
  expect(await hospital.connector.cancel(hospital.call(), cancel)).toMatchObject({
    class: 'success',
    identifiers: cancel.identifiers,
  });
  expect(await hospital.connector.cancel(hospital.call(), cancel)).toMatchObject({ class: 'success' });
  expect(await effectsOf(call.transactionId)).toMatchObject([{ status: 'cancelled', version: 3 }]);
});

test('a message sent again is the same to the byte, so that a receiver can know it', async () => {
  const request = booking();
  const transactionId = '0197f3a2-6c1e-7b44-9d0a-3f1f6c1d2a55';
  const first = hospital.call({ transactionId });
  const second = hospital.call({ transactionId, attempt: 2 });
  await book(first, request);
  await book(second, request);
  const [sent, again] = [first, second].map(({ recorder }) => recorder.exchanges[0]?.requestBody ?? '');
  expect(again).toBe(sent);
  const controlId = sent?.split('|')[9] ?? '';
  expect(controlId).toMatch(/^[0-9A-Z]{20}$/);
});

test('a second attempt that finds the slot taken by the first is a success, not a conflict', async () => {
  const request = booking();
  const first = hospital.call();
  expect((await book(first, request)).class).toBe('success');
  const second = hospital.call({ transactionId: first.transactionId, attempt: 2 });
  expect((await book(second, request)).class).toBe('success');
  expect(await effectsOf(first.transactionId)).toHaveLength(1);
});

test('a hospital that knows messages by their key makes one appointment of the same message sent twice', async () => {
  await hospital.profile('idempotency-key');
  const request = booking();
  const call = hospital.call();
  const first = await book(call, request);
  const again = await book(hospital.call({ transactionId: call.transactionId }), request);
  expect(again).toEqual(first);
  expect(await effectsOf(call.transactionId)).toHaveLength(1);
});

test('of two bookings at once of one slot exactly one succeeds, the other is told that it is taken', async () => {
  const slot = nextSlot();
  const outcomes = await Promise.all([1, 2].map(() => comesTo(book(hospital.call(), booking(slot)))));
  expect(outcomes.toSorted()).toEqual(['conflict slot-taken', 'success']);
});

test('a slot that the hospital does not know is not found', async () => {
  const slot = { ...nextSlot(), start: '2001-01-01T08:00:00Z', end: '2001-01-01T08:30:00Z' };
  expect(await comesTo(book(hospital.call(), booking(slot)))).toBe('not-found resource-unknown');
});

test('cancelling what the hospital does not know is not found', async () => {
  const { cancel } = await booked();
  const unknown = { ...cancel, externalId: '999999', identifiers: [] };
  expect(await comesTo(hospital.connector.cancel(hospital.call(), unknown))).toBe('not-found appointment-unknown');
});

test.each([
  [{ processingId: 'T' }, 'unsupported processing-id'],
  [{ version: '2.9' }, 'unsupported version'],
])('header %j, which this hospital does not take, comes to %s', async (config, expected) => {
  const connector = hospital.connect(config);
  expect(await comesTo(connector.book(hospital.call(), booking()))).toBe(expected);
  await connector.close();
});

describe('faults while booking', () => {
  test.each([
    ['429-retry-after', 'transient application-error', 0],
    ['503-retry-after', 'transient application-error', 0],
    ['500', 'transient application-error', 0],
    ['token-expired', 'auth credentials-refused', 0],
    ['slot-taken', 'conflict slot-taken', 0],
    ['error-in-200', 'unknown error-in-accepted-reply', 0],
    ['slow', 'success', 1],
    ['timeout-before', 'thrown protocol deadline', 0],
    ['timeout-after-commit', 'thrown protocol deadline', 1],
    ['html-200', 'thrown protocol deadline', 0],
    ['malformed', 'thrown protocol deadline', 0],
    ['reset-before', 'thrown protocol answer-lost', 0],
    ['truncated', 'thrown protocol answer-lost', 0],
    ['reset-after-commit', 'thrown protocol answer-lost', 1],
    ['502-after-commit', 'thrown protocol answer-lost', 1],
  ] as const)('%s comes to "%s" with %i effects', async (fault, expected, effects) => {
    await hospital.fault({ on: 'book', fault, times: 1, ...(fault === 'slow' ? { afterMs: 50 } : {}) });
    const call = hospital.call({
      signal: AbortSignal.timeout(
        fault.includes('timeout') || fault === 'html-200' || fault === 'malformed' ? 300 : 5_000,
      ),
    });
    expect(await comesTo(book(call, booking()))).toBe(expected);
    // A refusal may be sent again; what may have been executed counts as a write that has left.
    if (expected.startsWith('thrown')) expect(call.recorder.writeSent).toBe(true);
    expect(await effectsOf(call.transactionId)).toHaveLength(effects);
  });

  test('a hospital that is down is unavailable, and nothing has left', async () => {
    const connector = hospital.connect();
    await hospital.fault({ on: 'any', fault: 'down' });
    const call = hospital.call();
    expect(await comesTo(connector.book(call, booking()))).toBe('thrown unavailable not-reached');
    expect(call.recorder.writeSent).toBe(false);
    await hospital.clearFaults();
    expect(await comesTo(connector.book(hospital.call(), booking()))).toBe('success');
    await connector.close();
  });
});

describe('habits of receivers', () => {
  afterEach(() => hospital.quirks({ H6: false, H9: false, H13: false }));

  test.each(['text-only', 'ar'] as const)('a taken slot is known as such, H6 %s', async (form) => {
    await hospital.quirks({ H6: form });
    const slot = nextSlot();
    await hospital.edit({ op: 'book-outside', externalId: slot.externalId });
    expect(await comesTo(book(hospital.call(), booking(slot)))).toBe('conflict slot-taken');
  });

  test('an acknowledgement with another MSA-2 is not taken for the answer', async () => {
    await hospital.quirks({ H6: 'wrong-id-first' });
    const { call, cancel } = await booked();
    expect(await effectsOf(call.transactionId)).toMatchObject([{ vendorId: cancel.externalId }]);
  });

  test('a hospital that books and does not answer leaves the outcome open', async () => {
    await hospital.quirks({ H6: 'no-answer' });
    const call = hospital.call({ signal: AbortSignal.timeout(200) });
    expect(await comesTo(book(call, booking()))).toBe('thrown protocol deadline');
    expect(await effectsOf(call.transactionId)).toHaveLength(1);
  });

  test('a hospital that drops the connection after each answer is connected to again, and what it dropped is no success', async () => {
    await hospital.quirks({ H13: true });
    const seen = [];
    for (let n = 0; n < 10; n += 1) {
      const call = hospital.call();
      const outcome = await comesTo(book(call, booking()));
      seen.push(`${outcome}, ${(await effectsOf(call.transactionId)).length} effects`);
    }
    // The end of a connection may cross the next message: then nobody knows, and the hub looks it up.
    expect(seen.filter((each) => !/^(success, 1|thrown protocol answer-lost, [01]) effects$/.test(each))).toEqual([]);
    expect(seen).toContain('success, 1 effects');
  });

  test('an answer in ISO 8859-1 is read', async () => {
    await hospital.quirks({ H9: 'declared' });
    expect(await comesTo(book(hospital.call(), booking()))).toBe('success');
  });

  describe('a strict hospital, of a booking that comes again', () => {
    const rules = async (): Promise<string[]> => (await hospital.violations()).map(({ rule }) => rule);
    beforeEach(() => hospital.strict(true));
    afterEach(() => hospital.strict(false));

    async function again(fault: FaultName, inBetween: (call: TestCall, request: BookRequest) => Promise<unknown>) {
      const request = booking();
      await hospital.fault({ on: 'book', fault, times: 1 });
      const call = hospital.call();
      await comesTo(hospital.connector.book(call, request));
      await inBetween(call, request);
      await comesTo(hospital.connector.book(hospital.call({ transactionId: call.transactionId }), request));
      return rules();
    }
    const nothing = (): Promise<void> => Promise.resolve();

    test('complains when nobody has looked', async () => {
      expect(await again('reset-before', nothing)).toEqual(['sent-again-without-look-up']);
    });

    test('does not when somebody has', async () => {
      const look = (call: TestCall, request: BookRequest) =>
        hospital.connector.lookup(call, { kind: 'book', ...request, knownExternalIds: [] });
      expect(await again('reset-before', look)).toEqual([]);
    });

    test('does not when it has refused the first', async () => {
      expect(await again('503-retry-after', nothing)).toEqual([]);
    });
  });

  test('a strict hospital finds nothing to complain about', async () => {
    await hospital.strict(true);
    const { cancel } = await booked();
    await hospital.connector.reschedule?.(hospital.call(), { ...cancel, to: nextSlot() });
    await hospital.connector.cancel(hospital.call(), cancel);
    expect(await hospital.violations()).toEqual([]);
    await hospital.strict(false);
  });
});

test('thirty bookings at once share no answers', async () => {
  const requests = Array.from({ length: 30 }, () => booking());
  const calls = requests.map(() => hospital.call());
  const outcomes = await Promise.all(requests.map((request, n) => book(calls[n] as TestCall, request)));
  const { appointments } = await hospital.effects();
  for (const [n, outcome] of outcomes.entries()) {
    expect(appointments.find(({ transactionId }) => transactionId === calls[n]?.transactionId)).toMatchObject({
      vendorId: outcome.class === 'success' ? outcome.externalId : 'not booked',
      slotId: requests[n]?.slot.externalId,
    });
  }
});
