import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot, PatientAtHis } from '#adapter-kit';
import type { FaultName } from '#adapter-kit/simulator';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

const nancy: PatientAtHis = {
  externalId: '12724066',
  name: { given: ['Nancy'], family: 'Smart' },
  birthDate: '1990-09-15',
  email: null,
  phone: null,
  address: null,
  identifiers: [],
};

let hospital: SimulatedHospital;
let slots: FoundSlot[];

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  slots = await hospital.slots();
});
afterEach(async () => {
  await hospital.clearFaults();
  await hospital.quirks({ O11: false, O16: false });
});
afterAll(() => hospital.close());

/** A slot that no other test has. */
function bookingOf(): BookRequest {
  const slot = slots.pop();
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return { slot: slotAtHis(slot, 'America/Chicago'), patient: nancy, mode: slot.mode ?? 'in-person', reason: 'knee' };
}

async function effectsOf(transactionId: string): Promise<string[]> {
  const { appointments } = await hospital.effects();
  return appointments
    .filter((each) => each.transactionId === transactionId)
    .map(({ slotId, status }) => `${slotId} ${status}`);
}

describe('a booking that meets a fault', () => {
  /** What it comes to, and how many appointments the HIS then has. */
  const expected: Record<Exclude<FaultName, 'down'>, readonly [string, number]> = {
    'timeout-before': ['thrown protocol deadline', 0],
    'reset-before': ['thrown protocol connection-lost', 0],
    '500': ['unknown server-error', 0],
    '503-retry-after': ['throttled unavailable', 0],
    '429-retry-after': ['throttled rate-limit', 0],
    malformed: ['thrown protocol unreadable-reply', 0],
    truncated: ['thrown protocol connection-lost', 0],
    'html-200': ['thrown protocol unreadable-reply', 0],
    'error-in-200': ['unknown no-location-in-reply', 0],
    'token-expired': ['success', 1],
    'timeout-after-commit': ['thrown protocol deadline', 1],
    'reset-after-commit': ['thrown protocol connection-lost', 1],
    '502-after-commit': ['unknown gateway', 1],
    slow: ['success', 1],
    'slot-taken': ['conflict slot-taken', 0],
  };

  test.each(Object.entries(expected))('%s', async (fault, [outcome, appointments]) => {
    await hospital.fault({
      on: 'book',
      fault: fault as FaultName,
      times: 1,
      ...(fault === 'slow' ? { afterMs: 50 } : {}),
    });
    const call = hospital.call(fault.startsWith('timeout') ? { signal: AbortSignal.timeout(400) } : {});
    expect(await comesTo(hospital.connector.book(call, bookingOf()))).toBe(outcome);
    expect(await effectsOf(call.transactionId)).toHaveLength(appointments);
    // What the dispatcher decides "transient" or "unknown" by.
    expect(call.recorder.writeSent).toBe(true);
  });

  test('502 after the commit (O16) is unknown', async () => {
    await hospital.quirks({ O16: true });
    const call = hospital.call();
    expect(await comesTo(hospital.connector.book(call, bookingOf()))).toBe('unknown gateway');
    expect(await effectsOf(call.transactionId)).toHaveLength(1);
  });

  test('a domain that is down is not reached, so nothing was sent, and heals', async () => {
    await hospital.fault({ on: 'any', fault: 'down' });
    const call = hospital.call();
    const request = bookingOf();
    const connector = hospital.connect();
    expect(await comesTo(connector.book(call, request))).toMatch(/^thrown (unavailable|protocol) /);
    expect(call.recorder.writeSent).toBe(false);
    await hospital.clearFaults();
    expect(await comesTo(connector.book(call, request))).toBe('success');
  });

  test('503 is unknown where the domain has not proven that it means "not processed"', async () => {
    await hospital.fault({ on: 'book', fault: '503-retry-after', times: 1 });
    const outcome = await hospital.connect({ notProcessedStatuses: [] }).book(hospital.call(), bookingOf());
    expect(outcome).toMatchObject({ class: 'unknown', retryAfterMs: 2000 });
  });

  test.each([
    ['none', undefined],
    ['seconds', 2000],
    // A date has whole seconds, and counts from the reply's own Date.
    ['date', expect.any(Number)],
  ])('429 with Retry-After: %s (O11) is throttled', async (form, retryAfterMs) => {
    await hospital.quirks({ O11: form });
    const outcome = await hospital.connector.book(hospital.call(), bookingOf());
    expect(outcome).toEqual({
      class: 'throttled',
      reason: 'rate-limit',
      vendorCode: 'http-429/throttled',
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    const waits = outcome.class === 'throttled' && form === 'date' ? (outcome.retryAfterMs ?? 0) : 2000;
    expect(waits).toBeGreaterThanOrEqual(1000);
    expect(waits).toBeLessThanOrEqual(4000);
  });
});

test.each(['book', 'cancel', 'reschedule', 'hold', 'lookup', 'findSlots', 'matchPatient', 'listProviders'] as const)(
  '%s ends within 250 ms of its deadline',
  async (operation) => {
    const { connector } = hospital;
    const request = bookingOf();
    await hospital.fault({ on: 'any', fault: 'timeout-before' });
    const seen = (await hospital.effects()).requests.length;
    const deadline = new AbortController();
    const call = hospital.call({ signal: deadline.signal });
    const existing = { ...request, externalId: '1', identifiers: [] };
    const run = async (): Promise<unknown> => {
      if (operation === 'book') return connector.book(call, request);
      if (operation === 'lookup') return connector.lookup(call, { kind: 'book', ...request, knownExternalIds: [] });
      if (operation === 'cancel') return connector.cancel(call, existing);
      if (operation === 'reschedule') return connector.reschedule?.(call, { ...existing, to: request.slot });
      if (operation === 'hold') return connector.hold?.(call, { slot: request.slot, release: false });
      if (operation === 'matchPatient') return connector.matchPatient?.(call, nancy);
      const window = {
        from: request.slot.start,
        to: new Date(Date.parse(request.slot.start) + 86_400_000).toISOString(),
      };
      const pages = operation === 'findSlots' ? connector.findSlots?.(call, window) : connector.listProviders?.(call);
      for await (const page of pages ?? []) return page;
      return 'nothing';
    };
    const ended = run().then(
      () => performance.now(),
      () => performance.now(),
    );
    while ((await hospital.effects()).requests.length === seen) continue;
    const abortedAt = performance.now();
    deadline.abort();
    expect((await ended) - abortedAt).toBeLessThan(250);
  },
);
