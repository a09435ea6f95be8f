import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot, LookupRequest, PatientAtHis } from '#adapter-kit';
import { LOOKUP_PROFILES } from '#adapter-kit/simulator';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

const derrick: PatientAtHis = {
  externalId: 'eq081-VQEgP8drUUqCWzHfw3',
  name: { given: ['Derrick'], family: 'Lin' },
  birthDate: '1973-06-03',
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

function bookingOf(): BookRequest {
  const slot = slots.pop();
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return { slot: slotAtHis(slot, 'America/Chicago'), patient: derrick, mode: slot.mode ?? 'in-person', reason: null };
}

const askedFor = (request: BookRequest, knownExternalIds: readonly string[] = []): LookupRequest => ({
  kind: 'book',
  ...request,
  knownExternalIds,
});

async function vendorIdOf(transactionId: string): Promise<string | undefined> {
  const { appointments } = await hospital.effects();
  return appointments.find((each) => each.transactionId === transactionId)?.vendorId;
}

describe.each(LOOKUP_PROFILES)('where a lost booking can be found %s', (profile) => {
  const blind = { kind: 'inconclusive', reason: 'lookup-not-permitted', never: true };

  test('a booking whose answer was lost is found with its own key', async () => {
    await hospital.profile(profile);
    await hospital.fault({ on: 'book', fault: 'reset-after-commit', times: 1 });
    const [call, request] = [hospital.call(), bookingOf()];
    expect(await comesTo(hospital.connector.book(call, request))).toBe('thrown protocol connection-lost');
    const finding = await hospital.connector.lookup(call, askedFor(request));
    const externalId = await vendorIdOf(call.transactionId);
    expect(externalId).toEqual(expect.any(String));
    expect(finding).toEqual(
      profile === 'none'
        ? blind
        : { kind: 'found', externalId, identifiers: [{ system: expect.any(String), value: expect.any(String) }] },
    );
  });

  test('a booking that never arrived is absent while its slot is offered', async () => {
    await hospital.profile(profile);
    const finding = await hospital.connector.lookup(hospital.call(), askedFor(bookingOf()));
    expect(finding).toEqual(profile === 'none' ? blind : { kind: 'absent' });
  });

  test('a slot that somebody else has, and no appointment of ours, is taken', async () => {
    await hospital.profile(profile);
    const request = bookingOf();
    await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    const finding = await hospital.connector.lookup(hospital.call(), askedFor(request));
    expect(finding).toEqual(profile === 'none' ? blind : { kind: 'taken' });
  });

  test('an appointment of another transaction is not ours, though patient and time are the same', async () => {
    await hospital.profile(profile);
    const request = bookingOf();
    const theirs = await hospital.connector.book(hospital.call(), request);
    const known = theirs.class === 'success' ? [theirs.externalId] : [];
    const finding = await hospital.connector.lookup(hospital.call(), askedFor(request, known));
    expect(finding).toEqual(profile === 'none' ? blind : { kind: 'taken' });
  });
});

test('the note alone tells two transactions apart, without a list of known appointments', async () => {
  const request = bookingOf();
  await hospital.connector.book(hospital.call(), request);
  expect(await hospital.connector.lookup(hospital.call(), askedFor(request))).toEqual({ kind: 'taken' });
});

test('an appointment of the same patient and slot that was made at the desk is not ours where notes can be read', async () => {
  const request = { ...bookingOf(), patient: { ...derrick, externalId: 'eWalkIn.0000000000000003' } };
  await hospital.fault({ on: 'book', fault: 'reset-before', times: 1 });
  const call = hospital.call();
  expect(await comesTo(hospital.connector.book(call, request))).toBe('thrown protocol connection-lost');
  const { vendorId: externalId } = await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
  expect(await hospital.connector.lookup(call, askedFor(request))).toEqual({ kind: 'taken' });
  await hospital.profile('by-patient-and-time');
  expect(await hospital.connector.lookup(call, askedFor(request))).toMatchObject({ kind: 'found', externalId });
});

test.each(['500', '503-retry-after', 'html-200', 'malformed', 'error-in-200', 'reset-before'] as const)(
  'a look that meets %s proves nothing',
  async (fault) => {
    const request = bookingOf();
    await hospital.fault({ on: 'lookup', fault });
    expect(await hospital.connector.lookup(hospital.call(), askedFor(request))).toMatchObject({ kind: 'inconclusive' });
  },
);

test('an absence that cannot see whether the slot is free proves nothing', async () => {
  const request = bookingOf();
  await hospital.fault({ on: 'slots', fault: '500' });
  expect(await hospital.connector.lookup(hospital.call(), askedFor(request))).toMatchObject({ kind: 'inconclusive' });
});

test('the same request again is answered with the first result where the HIS honours a key', async () => {
  await hospital.profile('idempotency-key');
  const [call, request] = [hospital.call(), bookingOf()];
  const outcomes = await Promise.all([hospital.connector.book(call, request), hospital.connector.book(call, request)]);
  expect(outcomes[0]).toMatchObject({ class: 'success' });
  expect(outcomes[1]).toEqual(outcomes[0]);
});

describe('cancelling', () => {
  async function booked(): Promise<
    BookRequest & { externalId: string; identifiers: readonly { system: string; value: string }[] }
  > {
    const request = bookingOf();
    const outcome = await hospital.connector.book(hospital.call(), request);
    if (outcome.class !== 'success') throw new Error(`expected a booking, got ${outcome.reason}`);
    return { ...request, externalId: outcome.externalId, identifiers: outcome.identifiers ?? [] };
  }
  const statusOf = async (vendorId: string): Promise<string | undefined> =>
    (await hospital.effects()).appointments.find((each) => each.vendorId === vendorId)?.status;

  test('cancels, and cancelling again is a success too', async () => {
    const appointment = await booked();
    expect(await comesTo(hospital.connector.cancel(hospital.call(), appointment))).toBe('success');
    expect(await statusOf(appointment.externalId)).toBe('cancelled');
    expect(await comesTo(hospital.connector.cancel(hospital.call(), appointment))).toBe('success');
  });

  test('the contact serial number is looked up where the hub does not know it', async () => {
    const appointment = { ...(await booked()), identifiers: [] };
    expect(await comesTo(hospital.connector.cancel(hospital.call(), appointment))).toBe('success');
    expect(await statusOf(appointment.externalId)).toBe('cancelled');
    expect(await comesTo(hospital.connector.cancel(hospital.call(), appointment))).toBe('success');
  });

  test('an appointment that the HIS does not know is not-found', async () => {
    const unknown = { ...bookingOf(), externalId: 'eNothing', identifiers: [] };
    expect(await comesTo(hospital.connector.cancel(hospital.call(), unknown))).toBe('not-found unknown-appointment');
  });

  test('a slot that was cancelled is offered again', async () => {
    const appointment = await booked();
    await hospital.connector.cancel(hospital.call(), appointment);
    expect(await comesTo(hospital.connector.book(hospital.call(), appointment))).toBe('success');
  });

  test.each([
    ['reset-after-commit', 'thrown protocol connection-lost', 'found'],
    ['502-after-commit', 'unknown gateway', 'found'],
    ['reset-before', 'thrown protocol connection-lost', 'absent'],
    ['500', 'unknown server-error', 'absent'],
    ['html-200', 'thrown protocol unreadable-reply', 'absent'],
    ['error-in-200', 'uncategorised unlisted-text', 'absent'],
    ['malformed', 'thrown protocol unreadable-reply', 'absent'],
    ['truncated', 'thrown protocol connection-lost', 'absent'],
  ] as const)('%s comes to %s, and the appointment itself says: %s', async (fault, outcome, kind) => {
    const appointment = await booked();
    await hospital.fault({ on: 'cancel', fault, times: 1 });
    const call = hospital.call();
    expect(await comesTo(hospital.connector.cancel(call, appointment))).toBe(outcome);
    expect(await hospital.connector.lookup(call, { kind: 'cancel', ...appointment })).toMatchObject({ kind });
  });

  test('a lost answer stays unknown where no appointment may be read', async () => {
    const appointment = await booked();
    await hospital.profile('none');
    const finding = await hospital.connector.lookup(hospital.call(), { kind: 'cancel', ...appointment });
    expect(finding).toEqual({ kind: 'inconclusive', reason: 'lookup-not-permitted', never: true });
  });

  test('without a licence for the services it is unsupported, and nothing is sent', async () => {
    const appointment = await booked();
    const call = hospital.call();
    const connector = hospital.connect({ interconnect: undefined });
    expect(await comesTo(connector.cancel(call, appointment))).toBe('unsupported service-not-licensed');
    expect(call.recorder.exchanges).toEqual([]);
  });
});
