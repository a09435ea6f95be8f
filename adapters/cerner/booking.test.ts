import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot, PatientAtHis } from '#adapter-kit';
import type { FaultName } from '#adapter-kit/simulator';
import { answering } from '../../test/support/answering-server.ts';
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
  await hospital.profile('by-tag');
  await hospital.quirks({ O3: true, O4: true, O7: false, O11: false, O12: false, O16: false });
  await hospital.strict(false);
});
afterAll(() => hospital.close());

/** A slot that no other test has. */
function bookingOf(patient = nancy, mode: BookRequest['mode'] = 'in-person'): BookRequest {
  const nth = slots.findLastIndex((each) => each.mode === mode);
  const [slot] = slots.splice(nth, 1);
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return { slot: slotAtHis(slot, 'America/Chicago'), patient, mode, reason: 'knee' };
}

async function effectsOf(transactionId: string): Promise<string[]> {
  const { appointments } = await hospital.effects();
  return appointments
    .filter((each) => each.transactionId === transactionId)
    .map(({ slotId, status }) => `${slotId} ${status}`);
}

test.each(['in-person', 'telemedicine'] as const)(
  'a booking (%s) gives the id from the Location and the version, and is one appointment',
  async (mode) => {
    const request = bookingOf(nancy, mode);
    const call = hospital.call();
    const outcome = await hospital.connector.book(call, request);
    const { appointments } = await hospital.effects();
    const effect = appointments.find((each) => each.transactionId === call.transactionId);
    // Versions of video visits are no numbers.
    const version = mode === 'telemedicine' ? '0-1' : '0';
    expect(outcome).toEqual({ class: 'success', externalId: effect?.vendorId, version });
    expect(await effectsOf(call.transactionId)).toEqual([`${request.slot.externalId} booked`]);
    const [create, read] = call.recorder.exchanges.slice(-2);
    expect([create?.method, create?.status, create?.responseBody]).toEqual(['POST', 201, '']);
    expect([read?.method, read?.url.endsWith(`/Appointment/${effect?.vendorId}`)]).toEqual(['GET', true]);
  },
);

test('an appointment that cannot be read after the 201 is booked all the same', async () => {
  await hospital.fault({ on: 'lookup', fault: '500' });
  const call = hospital.call();
  expect(await hospital.connector.book(call, bookingOf())).toMatchObject({ class: 'success', version: '0' });
  expect(await effectsOf(call.transactionId)).toHaveLength(1);
});

test('a read after the 201 that hangs until the deadline does not make the booking unknown', async () => {
  await hospital.fault({ on: 'lookup', fault: 'timeout-before' });
  const call = hospital.call({ signal: AbortSignal.timeout(500) });
  expect(await comesTo(hospital.connector.book(call, bookingOf()))).toBe('success');
});

test('one transaction booked twice is one appointment, and both answers name it', async () => {
  const request = bookingOf();
  const call = hospital.call();
  const first = await hospital.connector.book(call, request);
  expect(await hospital.connector.book(call, request)).toEqual(first);
  expect(await effectsOf(call.transactionId)).toHaveLength(1);
});

test('a second attempt finds what the first left behind even where no comment is shown', async () => {
  await hospital.profile('by-patient-and-time');
  const request = bookingOf();
  const call = hospital.call();
  const first = await hospital.connector.book(call, request);
  const again = hospital.call({ transactionId: call.transactionId, attempt: 2 });
  expect(await hospital.connector.book(again, request)).toEqual(first);
});

test('another transaction for the same patient and slot hears slot-taken, never success', async () => {
  await hospital.profile('by-patient-and-time');
  const request = bookingOf();
  await hospital.connector.book(hospital.call(), request);
  expect(await comesTo(hospital.connector.book(hospital.call(), request))).toBe('conflict slot-taken');
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

test('a reason of more than 255 characters is cut with a sign of it, not refused, and not inside a character', async () => {
  const call = hospital.call();
  const reason = `${'x'.repeat(253)}😀 and more`;
  expect(await comesTo(hospital.connector.book(call, { ...bookingOf(), reason }))).toBe('success');
  const sent = JSON.parse(call.recorder.exchanges.find(({ write }) => write)?.requestBody ?? '') as {
    reasonCode: { text: string }[];
  };
  expect(sent.reasonCode[0]?.text).toBe(`${'x'.repeat(253)}…`);
});

describe('422 says too little, so the slot is read', () => {
  test('a slot that was booked at the desk meanwhile is slot-taken', async () => {
    const request = bookingOf();
    await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    expect(await comesTo(hospital.connector.book(hospital.call(), request))).toBe('conflict slot-taken');
  });

  test('a slot that the search still shows as free (O12) is slot-taken', async () => {
    const request = bookingOf();
    await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    await hospital.quirks({ O12: true });
    expect((await hospital.slots()).map(({ externalId }) => externalId)).toContain(request.slot.externalId);
    expect(await comesTo(hospital.connector.book(hospital.call(), request))).toBe('conflict slot-taken');
  });

  test('a slot that was booked together with the one before it (O7) is slot-taken', async () => {
    await hospital.quirks({ O7: true });
    const later = slots.findLastIndex(
      (each, nth) =>
        slots[nth - 1]?.end === each.start && slots[nth - 1]?.providerExternalId === each.providerExternalId,
    );
    const [first, second] = slots.splice(later - 1, 2).map((each) => slotAtHis(each, 'America/Chicago'));
    if (first === undefined || second === undefined) throw new Error('no two slots in a row');
    const request = bookingOf();
    const book = (slot: typeof first) => comesTo(hospital.connector.book(hospital.call(), { ...request, slot }));
    expect([await book(first), await book(second)]).toEqual(['success', 'conflict slot-taken']);
  });

  test('a slot that is there no more is slot-taken', async () => {
    const request = bookingOf();
    const slot = { ...request.slot, externalId: '24477854-21304876-1-0' };
    expect(await comesTo(hospital.connector.book(hospital.call(), { ...request, slot }))).toBe('conflict slot-taken');
  });

  test('with a free slot, a merged patient (O13) is not-found, to be matched anew', async () => {
    const merged = { ...nancy, externalId: '12724999' };
    expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf(merged)))).toBe('not-found patient-merged');
  });

  test('with a free slot, an unknown patient is not-found', async () => {
    const nobody = { ...nancy, externalId: '1' };
    expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf(nobody)))).toBe(
      'not-found unknown-patient',
    );
  });

  test('a slot that cannot be read just then is asked for again later: nothing was booked', async () => {
    const request = bookingOf();
    await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    await hospital.fault({ on: 'lookup', fault: '500' });
    expect(await comesTo(hospital.connector.book(hospital.call(), request))).toBe('transient server-error');
  });
});

describe('the token', () => {
  const tokenRequests = async (): Promise<number> =>
    (await hospital.effects()).requests.filter(({ path }) => path.endsWith('/token')).length;

  test('one that ends in the middle is renewed once, and the booking sent again', async () => {
    await hospital.fault({ on: 'book', fault: 'token-expired', times: 1 });
    const call = hospital.call();
    expect(await comesTo(hospital.connector.book(call, bookingOf()))).toBe('success');
    expect(await effectsOf(call.transactionId)).toHaveLength(1);
    expect(call.recorder.exchanges.filter(({ url }) => url.endsWith('/token'))).toHaveLength(1);
  });

  test('a fresh one that is refused as well ends the attempt', async () => {
    await hospital.fault({ on: 'book', fault: 'token-expired' });
    expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf()))).toBe(
      'thrown unauthorised token-refused',
    );
  });

  test('calls at once ask for one between them', async () => {
    const connector = hospital.connect();
    const before = await tokenRequests();
    await Promise.all(Array.from({ length: 10 }, () => connector.book(hospital.call(), bookingOf())));
    expect((await tokenRequests()) - before).toBe(1);
  });

  test('it is renewed when four fifths of its 570 s are over', async () => {
    const connector = hospital.connect();
    const before = await tokenRequests();
    const startedAt = Date.now();
    for (const seconds of [0, 450, 460]) {
      const call = { ...hospital.call(), now: () => startedAt + seconds * 1000 };
      await connector.lookup(call, { kind: 'cancel', ...bookingOf(), externalId: '1', identifiers: [] });
      const asked = (await tokenRequests()) - before;
      expect([seconds, asked]).toEqual([seconds, seconds < 456 ? 1 : 2]);
    }
  });

  test('a scope that was not granted (O5) stops a write before it is sent, and is asked for again', async () => {
    const connector = hospital.connect();
    await hospital.quirks({ O5: 'narrow' });
    const call = hospital.call();
    expect(await comesTo(connector.book(call, bookingOf()))).toBe('thrown unauthorised scope-missing');
    expect(call.recorder.writeSent).toBe(false);
    expect(JSON.stringify(call.logged)).toContain('system/Appointment.write');
    await hospital.quirks({ O5: true });
    expect(await comesTo(connector.book(hospital.call(), bookingOf()))).toBe('success');
  });

  test('a client that is refused is asked for a token once, and what support asks for is logged', async () => {
    const { config } = hospital.simulator.connection;
    const connector = adapter.connect({ config, secrets: { clientSecret: 'wrong' } });
    const call = hospital.call();
    const error: unknown = await connector.book(call, bookingOf()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      kind: 'unauthorised',
      reason: 'invalid-client',
      message: expect.stringContaining('check client id, secret, tenant'),
    });
    expect(call.recorder.exchanges).toHaveLength(1);
    expect(call.logged[0]?.fields).toEqual({
      code: 'invalid_client',
      errorUri: expect.stringContaining('/instances/'),
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('neither secret nor token is recorded', async () => {
    const call = hospital.call();
    await hospital.connect().book(call, bookingOf());
    const token = call.recorder.exchanges.find(({ url }) => url.endsWith('/token'));
    expect(token).toMatchObject({ status: 200, requestBody: null, responseBody: null });
    expect(JSON.stringify(call.recorder.exchanges)).not.toMatch(/access_token|Bearer|Basic/);
  });
});

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

test('a create that is answered with a body (O3 off), or with gzip of nothing, is booked as well', async () => {
  for (const form of [false, 'gzip']) {
    await hospital.quirks({ O3: form });
    expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf()))).toBe('success');
  }
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

test('a Location whose id needs escaping is read as it was meant', async () => {
  await using site = await answering(({ path, method }, url) => {
    if (path.endsWith('/token')) return { status: 200, body: '{"access_token":"t","expires_in":570}' };
    if (method === 'POST') return { status: 201, headers: { location: `${url}/r4/t/Appointment/a%3A1/_history/0` } };
    return { status: 404 };
  });
  const connector = hospital.connect({ baseUrl: `${site.url}/r4/t`, tokenUrl: `${site.url}/token` });
  const outcome = await connector.book(hospital.call({ urls: [site.url] }), bookingOf());
  expect(outcome).toEqual({ class: 'success', externalId: 'a:1' });
  expect(site.asked.at(-1)?.path).toBe('/r4/t/Appointment/a%3A1');
});
