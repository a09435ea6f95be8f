import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, Finding, FoundSlot, LookupRequest, PatientAtHis } from '#adapter-kit';
import { slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import { noteIn } from './his-appointment.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

const hailey: PatientAtHis = {
  externalId: '12724065',
  name: { given: ['Hailey'], family: 'Smart' },
  birthDate: '2012-02-28',
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
  await hospital.quirks({ O6: true, O9: false, O17: true });
});
afterAll(() => hospital.close());

function bookingOf(): BookRequest {
  const slot = slots.pop();
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return {
    slot: slotAtHis(slot, 'America/Los_Angeles'),
    patient: hailey,
    mode: slot.mode ?? 'in-person',
    reason: null,
  };
}

const askedFor = (request: BookRequest, knownExternalIds: readonly string[] = []): LookupRequest => ({
  kind: 'book',
  ...request,
  knownExternalIds,
});
const lookUp = (request: BookRequest, known: readonly string[] = [], transactionId?: string): Promise<Finding> =>
  hospital.connector.lookup(
    hospital.call(transactionId === undefined ? {} : { transactionId }),
    askedFor(request, known),
  );
const blind: Finding = { kind: 'inconclusive', reason: 'lookup-not-permitted', never: true };

describe.each(['idempotency-key', 'by-tag', 'by-patient-and-time', 'none'] as const)('profile %s', (profile) => {
  test('a booking whose answer was lost is found', async () => {
    await hospital.profile(profile);
    await hospital.fault({ on: 'book', fault: 'reset-after-commit', times: 1 });
    const [call, request] = [hospital.call(), bookingOf()];
    await expect(hospital.connector.book(call, request)).rejects.toMatchObject({ kind: 'protocol' });
    const { appointments } = await hospital.effects();
    const externalId = appointments.find((each) => each.transactionId === call.transactionId)?.vendorId;
    const finding = await lookUp(request, [], call.transactionId);
    expect(finding).toEqual(profile === 'none' ? blind : { kind: 'found', externalId });
  });

  test('a booking that never arrived is absent while its slot is free', async () => {
    await hospital.profile(profile);
    expect(await lookUp(bookingOf())).toEqual(profile === 'none' ? blind : { kind: 'absent' });
  });

  test('a slot that somebody else has, and no appointment of ours, is taken', async () => {
    await hospital.profile(profile);
    const request = bookingOf();
    await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    expect(await lookUp(request)).toEqual(profile === 'none' ? blind : { kind: 'taken' });
  });

  test('an appointment of another transaction is not ours, though patient and slot are the same', async () => {
    await hospital.profile(profile);
    const request = bookingOf();
    const theirs = await hospital.connector.book(hospital.call(), request);
    const known = theirs.class === 'success' ? [theirs.externalId] : [];
    expect(await lookUp(request, known)).toEqual(profile === 'none' ? blind : { kind: 'taken' });
  });
});

test('the comment alone tells two transactions apart, without a list of known appointments', async () => {
  const request = bookingOf();
  await hospital.connector.book(hospital.call(), request);
  expect(await lookUp(request)).toEqual({ kind: 'taken' });
});

test('a comment that is not ours says that the appointment is not: whether another transaction wrote it, or the desk', () => {
  const at = { externalId: '1', version: '1', status: 'booked' };
  const said = ['hub:a', 'called, hub:a', 'hub:b', 'booked at the desk', ''].map((comment) =>
    noteIn({ ...at, comment }, 'a'),
  );
  expect([...said, noteIn(at, 'a')]).toEqual(['ours', 'ours', 'theirs', 'theirs', 'unsaid', 'unsaid']);
});

test('one that was cancelled is no proof of a booking', async () => {
  const [call, request] = [hospital.call(), bookingOf()];
  const outcome = await hospital.connector.book(call, request);
  const vendorId = outcome.class === 'success' ? outcome.externalId : '';
  await hospital.edit({ op: 'cancel-outside', externalId: vendorId });
  expect(await lookUp(request, [], call.transactionId)).toEqual({ kind: 'absent' });
});

test.each([true, false])(
  'the appointment before it, which ends when the slot starts (O17 %s), is not taken for ours',
  async (O17) => {
    await hospital.profile('by-patient-and-time');
    await hospital.quirks({ O17 });
    const nth = slots.findLastIndex(
      (each, at) => slots[at - 1]?.end === each.start && slots[at - 1]?.providerExternalId === each.providerExternalId,
    );
    const [before, slot] = slots.splice(nth - 1, 2).map((each) => slotAtHis(each, 'America/Los_Angeles'));
    if (before === undefined || slot === undefined) throw new Error('no two slots in a row');
    await hospital.connector.book(hospital.call(), { ...bookingOf(), slot: before });
    expect(await lookUp({ ...bookingOf(), slot })).toEqual({ kind: 'absent' });
  },
);

test('an appointment at the same time with somebody else is not ours', async () => {
  await hospital.profile('by-patient-and-time');
  const nth = slots.findLastIndex((each, at) => slots[at - 1]?.start === each.start);
  const [theirs, ours] = slots.splice(nth - 1, 2).map((each) => slotAtHis(each, 'America/Los_Angeles'));
  if (theirs === undefined || ours === undefined) throw new Error('no two slots at once');
  await hospital.connector.book(hospital.call(), { ...bookingOf(), slot: theirs });
  expect(await lookUp({ ...bookingOf(), slot: ours })).toEqual({ kind: 'absent' });
});

test('a slot that the hub itself holds is no booking: a lost one is absent', async () => {
  const request = bookingOf();
  await hospital.connector.hold?.(hospital.call(), { slot: request.slot, release: false });
  expect(await lookUp(request)).toEqual({ kind: 'absent' });
});

test.each([
  '500',
  '503-retry-after',
  '429-retry-after',
  'html-200',
  'malformed',
  'truncated',
  'error-in-200',
  'reset-before',
] as const)('a look that meets %s proves nothing', async (fault) => {
  await hospital.fault({ on: 'lookup', fault });
  const finding = await lookUp(bookingOf());
  expect(finding).toMatchObject({ kind: 'inconclusive' });
  expect(finding).not.toHaveProperty('never');
});

test('one reset is not noticed', async () => {
  await hospital.fault({ on: 'lookup', fault: 'reset-before', times: 1 });
  expect(await lookUp(bookingOf())).toEqual({ kind: 'absent' });
});

test('a search that fails for one incomplete record (O9) proves nothing', async () => {
  await hospital.quirks({ O9: 'appointments' });
  expect(await lookUp(bookingOf())).toEqual({ kind: 'inconclusive', reason: 'record-incomplete' });
});

test('the same request again is answered with the first result where the HIS honours a key', async () => {
  await hospital.profile('idempotency-key');
  const [call, request] = [hospital.call(), bookingOf()];
  const first = await hospital.connector.book(call, request);
  expect(await hospital.connector.book(call, request)).toEqual(first);
  expect(call.recorder.exchanges.filter(({ status }) => status === 201)).toHaveLength(2);
});

describe('strict mode finds nothing', () => {
  test('in a lost booking that is looked up, and then sent again', async () => {
    await hospital.strict(true);
    await hospital.fault({ on: 'book', fault: 'reset-before', times: 1 });
    const [call, request] = [hospital.call(), bookingOf()];
    await expect(hospital.connector.book(call, request)).rejects.toMatchObject({ kind: 'protocol' });
    expect(await lookUp(request, [], call.transactionId)).toEqual({ kind: 'absent' });
    const again = hospital.call({ transactionId: call.transactionId, attempt: 2 });
    expect(await hospital.connector.book(again, request)).toMatchObject({ class: 'success' });
    expect(await hospital.violations()).toEqual([]);
  });

  test('in a booking that is sent again after a 401 or a 429: neither was processed', async () => {
    await hospital.strict(true);
    await hospital.fault({ on: 'book', fault: 'token-expired', times: 1 });
    expect(await hospital.connector.book(hospital.call(), bookingOf())).toMatchObject({ class: 'success' });
    const [call, request] = [hospital.call(), bookingOf()];
    await hospital.fault({ on: 'book', fault: '429-retry-after', times: 1 });
    expect(await hospital.connector.book(call, request)).toMatchObject({ class: 'throttled' });
    expect(await hospital.connector.book(call, request)).toMatchObject({ class: 'success' });
    expect(await hospital.violations()).toEqual([]);
  });
});
