import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { BookRequest, FoundSlot, PatientAtHis } from '#adapter-kit';
import type { FaultName } from '#adapter-kit/simulator';
import { answering } from '../../test/support/answering-server.ts';
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
  await hospital.strict(true);
  slots = await hospital.slots();
});
afterEach(async () => {
  await hospital.clearFaults();
  await hospital.profile('by-tag');
});
afterAll(async () => {
  // Whatever happened to it, the adapter has kept the vendor's contract.
  expect(await hospital.violations()).toEqual([]);
  await hospital.close();
});

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
  await using site = await answering(() => ({
    status: 400,
    body: '{"error":"invalid_client","error_description":null}',
  }));
  const call = hospital.call({ urls: [site.url] });
  const connector = hospital.connect({ baseUrl: site.url });
  expect(await comesTo(connector.book(call, bookingOf()))).toBe('thrown unauthorised invalid-client');
  const claims = site.asked.map(({ body }) => decodeJwt(new URLSearchParams(body).get('client_assertion') ?? ''));
  expect(claims).toHaveLength(2);
  expect(new Set(claims.map(({ jti }) => jti)).size).toBe(2);
  for (const { aud, exp = 0 } of claims) {
    expect(aud).toBe(`${site.url}/oauth2/token`);
    expect(exp - Date.now() / 1000).toBeLessThanOrEqual(300);
  }
});

test('neither assertion nor token is recorded', async () => {
  const call = hospital.call();
  await hospital.connect().book(call, bookingOf());
  const token = call.recorder.exchanges.find(({ url }) => url.endsWith('/oauth2/token'));
  expect(token).toMatchObject({ status: 200, requestBody: null, responseBody: null });
  expect(JSON.stringify(call.recorder.exchanges)).not.toMatch(/access_token|client_assertion|Bearer/);
});

test.each([
  ['ours, by its note, is our success', true],
  ['not ours is a conflict', false],
])('a patient who is said to be booked already: an appointment that is %s', async (_, isOurs) => {
  const { slot } = bookingOf();
  const call = hospital.call({ urls: [] });
  const bundle = (resource: object): string => JSON.stringify({ resourceType: 'Bundle', entry: [{ resource }] });
  const times = { start: slot.start, end: slot.end };
  const actors = ['Practitioner/p', 'Location/l'].map((reference) => ({ actor: { reference } }));
  await using site = await answering(({ path }) => {
    if (path.endsWith('/token'))
      return { status: 200, body: '{"access_token":"t","token_type":"bearer","expires_in":100}' };
    if (path.endsWith('/$find')) {
      const contained = [{ resourceType: 'Slot', id: slot.externalId }];
      return {
        status: 200,
        body: bundle({ resourceType: 'Appointment', id: 'eToken', contained, ...times, participant: actors }),
      };
    }
    if (path.endsWith('/$book')) {
      const coding = [{ system: 'urn:oid:1.2.840.114350.1.13.861.1.7.2.657369', code: '59141' }];
      return {
        status: 400,
        body: JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ details: { coding } }] }),
      };
    }
    if (path.includes('identifier='))
      return { status: 200, body: bundle({ resourceType: 'Appointment', id: 'eOurs', status: 'booked', ...times }) };
    const appointment = {
      Date: '3/8/2027',
      AppointmentStartTime: ' 9:15 AM',
      AppointmentDuration: '30',
      AppointmentStatus: 'Scheduled',
      AppointmentNotes: [isOurs ? `hub:${call.transactionId}` : 'walk-in'],
      ContactIDs: [{ ID: '7', Type: 'CSN' }],
    };
    return { status: 200, body: JSON.stringify({ Error: null, Appointments: [appointment] }) };
  });
  const work = hospital
    .connect({ baseUrl: site.url })
    .book(hospital.call({ urls: [site.url], transactionId: call.transactionId }), { ...bookingOf(), slot });
  expect(await comesTo(work)).toBe(isOurs ? 'success' : 'conflict patient-already-booked');
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
