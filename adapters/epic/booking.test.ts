import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot, PatientAtHis } from '#adapter-kit';
import type { FaultName } from '#adapter-kit/simulator';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

const camila: PatientAtHis = {
  externalId: 'erXuFYUfucBZaryVksYEcMg3',
  name: { given: ['Camila'], family: 'Lopez' },
  birthDate: '1987-09-12',
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
  await hospital.profile('by-tag');
});
afterAll(() => hospital.close());

/** A slot that no other test has. */
function bookingOf(patient = camila): BookRequest {
  const slot = slots.pop();
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return { slot: slotAtHis(slot, 'America/New_York'), patient, mode: slot.mode ?? 'in-person', reason: 'knee' };
}

async function effectsOf(transactionId: string): Promise<string[]> {
  const { appointments } = await hospital.effects();
  return appointments
    .filter((each) => each.transactionId === transactionId)
    .map(({ slotId, status }) => `${slotId} ${status}`);
}

test('a booking gives the FHIR id and the contact serial number, and is one appointment', async () => {
  const request = bookingOf();
  const call = hospital.call();
  const outcome = await hospital.connector.book(call, request);
  const { appointments } = await hospital.effects();
  const effect = appointments.find((each) => each.transactionId === call.transactionId);
  expect(outcome).toEqual({
    class: 'success',
    externalId: effect?.vendorId,
    identifiers: [{ system: 'urn:oid:1.2.840.114350.1.13.861.1.7.3.698084.8', value: expect.stringMatching(/^\d+$/) }],
  });
  expect(await effectsOf(call.transactionId)).toEqual([`${request.slot.externalId} booked`]);
  expect(call.recorder.exchanges.filter(({ write }) => write)).toHaveLength(1);
});

test('one transaction booked twice is one appointment, and both answers name it', async () => {
  const request = bookingOf();
  const call = hospital.call();
  const first = await hospital.connector.book(call, request);
  expect(await hospital.connector.book(call, request)).toEqual(first);
  expect(await effectsOf(call.transactionId)).toHaveLength(1);
});

test('of many transactions at once for one slot exactly one wins, the others hear slot-taken', async () => {
  const request = bookingOf();
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => comesTo(hospital.connector.book(hospital.call(), request))),
  );
  expect(outcomes.filter((each) => each === 'success')).toHaveLength(1);
  expect(outcomes.filter((each) => each === 'conflict slot-taken')).toHaveLength(19);
});

test('calls at once share no state: each books its own slot under its own transaction', async () => {
  const work = Array.from({ length: 12 }, () => ({ call: hospital.call(), request: bookingOf() }));
  const outcomes = await Promise.all(work.map(({ call, request }) => hospital.connector.book(call, request)));
  const { appointments } = await hospital.effects();
  expect(outcomes).toEqual(
    work.map(({ call, request }) => {
      const effect = appointments.find((each) => each.transactionId === call.transactionId);
      expect(effect?.slotId).toBe(request.slot.externalId);
      return expect.objectContaining({ class: 'success', externalId: effect?.vendorId });
    }),
  );
});

test('a slot that was booked at the desk meanwhile is a conflict, and nothing is sent', async () => {
  const request = bookingOf();
  await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
  const call = hospital.call();
  expect(await comesTo(hospital.connector.book(call, request))).toBe('conflict slot-taken');
  expect(call.recorder.writeSent).toBe(false);
});

test('an unknown patient is not-found, not a taken slot', async () => {
  const nobody = { ...camila, externalId: 'eNobody' };
  expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf(nobody)))).toBe('not-found unknown-id');
});

test('a token that expires in the middle is renewed once, and the booking sent again', async () => {
  await hospital.fault({ on: 'book', fault: 'token-expired', times: 1 });
  const call = hospital.call();
  expect(await comesTo(hospital.connector.book(call, bookingOf()))).toBe('success');
  expect(await effectsOf(call.transactionId)).toHaveLength(1);
  expect(call.recorder.exchanges.filter(({ url }) => url.endsWith('/oauth2/token'))).toHaveLength(1);
});

test('a fresh token that is refused as well ends the attempt', async () => {
  await hospital.fault({ on: 'book', fault: 'token-expired' });
  expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf()))).toBe(
    'thrown unauthorised token-refused',
  );
});

test('calls at once ask for one token between them', async () => {
  const connector = hospital.connect();
  const before = (await hospital.effects()).requests.filter(({ path }) => path.endsWith('/token')).length;
  await Promise.all(Array.from({ length: 10 }, () => connector.book(hospital.call(), bookingOf())));
  const after = (await hospital.effects()).requests.filter(({ path }) => path.endsWith('/token')).length;
  expect(after - before).toBe(1);
});

test('a client that is refused twice, each time with an assertion of its own, is unauthorised', async () => {
  await hospital.fault({ on: 'token', fault: 'token-expired' });
  const call = hospital.call();
  expect(await comesTo(hospital.connect().book(call, bookingOf()))).toBe('thrown unauthorised invalid-client');
  const assertions = call.recorder.exchanges.map(({ requestBody }) => requestBody);
  expect(assertions).toHaveLength(2);
  expect(new Set(assertions).size).toBe(2);
});

describe('a booking that meets a fault', () => {
  /** What it comes to, and how many appointments the HIS then has. */
  const expected: Record<Exclude<FaultName, 'down'>, readonly [string, number]> = {
    'timeout-before': ['thrown protocol deadline', 0],
    'reset-before': ['thrown protocol connection-lost', 0],
    '500': ['unknown internal-error', 0],
    '503-retry-after': ['throttled unavailable', 0],
    '429-retry-after': ['throttled rate-limit', 0],
    malformed: ['thrown protocol unreadable-reply', 0],
    truncated: ['thrown protocol connection-lost', 0],
    'html-200': ['thrown protocol unreadable-reply', 0],
    'error-in-200': ['unknown internal-error', 0],
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

  test('a site that is down is transient, and heals', async () => {
    await hospital.fault({ on: 'any', fault: 'down' });
    const call = hospital.call();
    const request = bookingOf();
    expect(await comesTo(hospital.connector.book(call, request))).toMatch(/^transient (connection-lost|not-reached)$/);
    expect(call.recorder.writeSent).toBe(false);
    await hospital.clearFaults();
    expect(await comesTo(hospital.connector.book(call, request))).toBe('success');
  });

  test.each(['429-retry-after', '503-retry-after'] as const)(
    '%s is unknown where the site has not proven that it means "not processed"',
    async (fault) => {
      await hospital.fault({ on: 'book', fault, times: 1 });
      const outcome = await hospital.connect({ notProcessedStatuses: [] }).book(hospital.call(), bookingOf());
      expect(outcome).toMatchObject({ class: 'unknown', retryAfterMs: 2000 });
    },
  );

  test.each(['500', 'html-200', 'reset-before'] as const)(
    '%s in the slot search before it is transient: nothing was sent',
    async (fault) => {
      await hospital.fault({ on: 'slots', fault });
      const call = hospital.call();
      expect(await comesTo(hospital.connector.book(call, bookingOf()))).toMatch(/^transient /);
      expect(call.recorder.writeSent).toBe(false);
    },
  );
});

test.each(['book', 'cancel', 'lookup', 'findSlots', 'matchPatient', 'listProviders'] as const)(
  '%s ends within 250 ms of its deadline',
  async (operation) => {
    const { connector } = hospital;
    const request = bookingOf();
    await hospital.fault({ on: 'any', fault: 'timeout-before' });
    const seen = (await hospital.effects()).requests.length;
    const deadline = new AbortController();
    const call = hospital.call({ signal: deadline.signal });
    const run = async (): Promise<unknown> => {
      if (operation === 'book') return connector.book(call, request);
      if (operation === 'lookup') return connector.lookup(call, { kind: 'book', ...request, knownExternalIds: [] });
      if (operation === 'cancel') return connector.cancel(call, { ...request, externalId: 'eX', identifiers: [] });
      if (operation === 'matchPatient') return connector.matchPatient?.(call, camila);
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
