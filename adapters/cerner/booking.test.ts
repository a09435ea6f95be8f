import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot, PatientAtHis } from '#adapter-kit';
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
  await hospital.quirks({ O3: true, O7: false, O12: false });
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

test('a create that is answered with a body (O3 off), or with gzip of nothing, is booked as well', async () => {
  for (const form of [false, 'gzip']) {
    await hospital.quirks({ O3: form });
    expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf()))).toBe('success');
  }
});

test('a 201 that names an appointment which the domain does not know is no booking yet: it is looked up', async () => {
  for (const location of ['https://elsewhere.example/r4/t/Appointment/1', '/r4/t/Appointment/..%2f..%2fadmin']) {
    await using site = await answering(({ path, method }) => {
      if (path.endsWith('/token')) return { status: 200, body: '{"access_token":"t","expires_in":570}' };
      return method === 'POST' ? { status: 201, headers: { location } } : { status: 404 };
    });
    const connector = hospital.connect({ baseUrl: `${site.url}/r4/t`, tokenUrl: `${site.url}/token` });
    const outcome = await connector.book(hospital.call({ urls: [site.url] }), bookingOf());
    expect(outcome).toEqual({ class: 'unknown', reason: 'not-there-after-create' });
  }
});

test('a Location whose id needs escaping is read as it was meant', async () => {
  await using site = await answering(({ path, method }, url) => {
    if (path.endsWith('/token')) return { status: 200, body: '{"access_token":"t","expires_in":570}' };
    if (method === 'POST') return { status: 201, headers: { location: `${url}/r4/t/Appointment/a%3A1/_history/0` } };
    return { status: 500 };
  });
  const connector = hospital.connect({ baseUrl: `${site.url}/r4/t`, tokenUrl: `${site.url}/token` });
  const outcome = await connector.book(hospital.call({ urls: [site.url] }), bookingOf());
  expect(outcome).toEqual({ class: 'success', externalId: 'a:1' });
  expect(site.asked.at(-1)?.path).toBe('/r4/t/Appointment/a%3A1');
});
