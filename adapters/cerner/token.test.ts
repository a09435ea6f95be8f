import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot, PatientAtHis } from '#adapter-kit';
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
  await hospital.quirks({ O5: true });
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

const tokenRequests = async (): Promise<number> =>
  (await hospital.effects()).requests.filter(({ path }) => path.endsWith('/token')).length;

test('a token that ends in the middle is renewed once, and the booking sent again', async () => {
  await hospital.fault({ on: 'book', fault: 'token-expired', times: 1 });
  const call = hospital.call();
  expect(await comesTo(hospital.connector.book(call, bookingOf()))).toBe('success');
  expect(await effectsOf(call.transactionId)).toHaveLength(1);
  expect(call.recorder.exchanges.filter(({ url }) => url.endsWith('/token'))).toHaveLength(1);
});

test('a fresh token that is refused as well ends the attempt', async () => {
  await hospital.fault({ on: 'book', fault: 'token-expired' });
  expect(await comesTo(hospital.connector.book(hospital.call(), bookingOf()))).toBe(
    'thrown unauthorised token-refused',
  );
});

test('calls at once ask for one token between them', async () => {
  const connector = hospital.connect();
  const before = await tokenRequests();
  await Promise.all(Array.from({ length: 10 }, () => connector.book(hospital.call(), bookingOf())));
  expect((await tokenRequests()) - before).toBe(1);
});

test('a token is renewed when four fifths of its 570 s are over', async () => {
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
