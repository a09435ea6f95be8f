/** A lost answer is found again by what the hospital tells by itself, or by asking; and absence is never claimed of a feed. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, CancelRequest, CheckStep, Connector, FoundSlot, Notice } from '#adapter-kit';
import type { LookupProfile } from '#adapter-kit/simulator';
import type { TestCall } from '../../test/support/call.ts';
import { startHeardHospital, type HeardHospital } from '../../test/support/hl7-ear.ts';
import { comesTo, slotAtHis } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

let hospital: HeardHospital;
let slots: FoundSlot[];
/** The same hospital, to a hub that may not ask it. */
let unasked: Connector;
beforeAll(async () => {
  hospital = await startHeardHospital(adapter, startSimulator);
  slots = await hospital.ear.slots(40);
  unasked = hospital.connect({ query: false });
});
afterAll(async () => {
  await unasked.close();
  await hospital.close();
});
afterEach(async () => {
  await hospital.clearFaults();
  await hospital.profile('by-tag');
});

let patients = 0;
function booking(): BookRequest & { readonly kind: 'book'; readonly knownExternalIds: readonly string[] } {
  const slot = slots.shift();
  if (!slot) throw new Error('the hospital told too few slots');
  const name = { given: ['Nora'], family: 'Lost' };
  const patient = { name, birthDate: '1984-03-12', email: null, phone: null, address: null, identifiers: [] };
  patients += 1;
  return {
    kind: 'book',
    slot: slotAtHis(slot, 'America/Denver'),
    patient: { ...patient, externalId: `lost-${patients}` },
    mode: 'in-person',
    reason: null,
    knownExternalIds: [],
  };
}

/** Books, and loses the answer. */
async function lose(fault: 'timeout-after-commit' | 'timeout-before', profile: LookupProfile = 'by-tag') {
  await hospital.profile(profile);
  await hospital.fault({ on: 'book', fault, times: 1 });
  const request = booking();
  const call = hospital.call({ signal: AbortSignal.timeout(200) });
  expect(await comesTo(hospital.connector.book(call, request))).toBe('thrown protocol deadline');
  return {
    request,
    again: () => hospital.call({ transactionId: call.transactionId }),
    transactionId: call.transactionId,
  };
}

const toldOf =
  (externalId: string, event = 'booked') =>
  (notice: Notice): boolean =>
    notice.kind === 'appointment' && notice.externalId === externalId && notice.event === event;

const vendorIdOf = async (transactionId: string): Promise<string> =>
  (await hospital.effects()).appointments.find((each) => each.transactionId === transactionId)?.vendorId ?? 'none';

const deaf = (call: TestCall): TestCall => {
  const { feed: _, ...rest } = call;
  return rest;
};

describe('a booking whose answer was lost', () => {
  test.each(['idempotency-key', 'by-tag', 'by-patient-and-time'] as const)(
    'is found by asking, profile %s',
    async (profile) => {
      const { request, again, transactionId } = await lose('timeout-after-commit', profile);
      const finding = await hospital.connector.lookup(deaf(again()), request);
      expect(finding).toMatchObject({ kind: 'found', externalId: await vendorIdOf(transactionId) });
    },
  );

  test.each(['by-tag', 'by-patient-and-time'] as const)('is found by the feed alone, profile %s', async (profile) => {
    const { request, again, transactionId } = await lose('timeout-after-commit', profile);
    const externalId = await vendorIdOf(transactionId);
    await hospital.ear.until(toldOf(externalId));
    expect(await unasked.lookup(again(), request)).toMatchObject({ kind: 'found', externalId });
  });

  test.each(['by-tag', 'by-patient-and-time'] as const)(
    'is absent when the hospital says so, profile %s',
    async (profile) => {
      const { request, again } = await lose('timeout-before', profile);
      expect(await hospital.connector.lookup(again(), request)).toEqual({ kind: 'absent' });
    },
  );

  test('is never absent because the feed is silent', async () => {
    const { request, again } = await lose('timeout-before');
    expect(await unasked.lookup(again(), request)).toEqual({ kind: 'inconclusive', reason: 'not-told-yet' });
  });

  test('cannot be found at a hospital that neither tells nor answers, and the hub is told not to look again', async () => {
    const { request, again } = await lose('timeout-after-commit', 'none');
    const mute = hospital.connect({ query: false, feed: false });
    expect(await mute.lookup(again(), request)).toEqual({
      kind: 'inconclusive',
      reason: 'nothing-is-told',
      never: true,
    });
    await mute.close();
  });

  test('is inconclusive where the query is refused and nothing was told', async () => {
    const { request, again } = await lose('timeout-after-commit', 'none');
    expect(await hospital.connector.lookup(again(), request)).toEqual({ kind: 'inconclusive', reason: 'query-event' });
  });

  test('is not taken for another transaction’s appointment of the same patient at the same time', async () => {
    const { request, again, transactionId } = await lose('timeout-after-commit', 'by-patient-and-time');
    const known = { ...request, knownExternalIds: [await vendorIdOf(transactionId)] };
    expect(await hospital.connector.lookup(again(), known)).toEqual({ kind: 'absent' });
    expect(await unasked.lookup(again(), known)).toMatchObject({ kind: 'inconclusive' });
  });

  test('is not taken for the patient’s appointment with another provider at the same time', async () => {
    await hospital.profile('by-patient-and-time');
    // Of one hour of the day there may be one provider's slots only.
    const shared = slots.find((each) =>
      slots.some((other) => other.start === each.start && other.providerExternalId !== each.providerExternalId),
    );
    if (shared) slots = [shared, ...slots.filter((each) => each !== shared)];
    const wanted = booking();
    const other = slots.find(
      ({ start, providerExternalId }) =>
        start === wanted.slot.start && providerExternalId !== wanted.slot.providerExternalId,
    );
    if (!other) throw new Error('no other provider is free at that time');
    slots = slots.filter((each) => each !== other);
    const elsewhere = { ...wanted, slot: slotAtHis(other, 'America/Denver') };
    expect(await comesTo(hospital.connector.book(hospital.call(), elsewhere))).toBe('success');
    await hospital.ear.until((each) => each.kind === 'appointment' && each.time?.start === other.start);
    expect(await hospital.connector.lookup(hospital.call(), wanted)).toEqual({ kind: 'absent' });
    expect(await unasked.lookup(hospital.call(), wanted)).toEqual({ kind: 'inconclusive', reason: 'not-told-yet' });
  });

  test('that the hospital has cancelled since goes to a person', async () => {
    const { request, again, transactionId } = await lose('timeout-after-commit');
    const externalId = await vendorIdOf(transactionId);
    await hospital.edit({ op: 'cancel-outside', externalId });
    await hospital.ear.until(toldOf(externalId, 'cancelled'));
    expect(await unasked.lookup(again(), request)).toEqual({
      kind: 'inconclusive',
      reason: 'cancelled-since',
      never: true,
    });
  });
});

describe('a change whose answer was lost', () => {
  async function booked(): Promise<CancelRequest> {
    const request = booking();
    const outcome = await hospital.connector.book(hospital.call(), request);
    if (outcome.class !== 'success') throw new Error('not booked');
    const { externalId, identifiers = [] } = outcome;
    return { externalId, identifiers, slot: request.slot, patient: request.patient, reason: null };
  }

  test.each(['asking', 'the feed'] as const)('a cancellation is found by %s', async (way) => {
    const cancel = await booked();
    const connector = way === 'asking' ? hospital.connector : unasked;
    const call = () => (way === 'asking' ? deaf(hospital.call()) : hospital.call());
    const before = await connector.lookup(call(), { kind: 'cancel', ...cancel });
    expect(before.kind).toBe(way === 'asking' ? 'absent' : 'inconclusive');
    await hospital.fault({ on: 'cancel', fault: 'reset-after-commit', times: 1 });
    expect(await comesTo(hospital.connector.cancel(hospital.call(), cancel))).toBe('thrown protocol answer-lost');
    await hospital.ear.until(toldOf(cancel.externalId, 'cancelled'));
    expect(await connector.lookup(call(), { kind: 'cancel', ...cancel })).toMatchObject({
      kind: 'found',
      externalId: cancel.externalId,
    });
  });

  test.each(['asking', 'the feed'] as const)('a move is found by %s', async (way) => {
    const cancel = await booked();
    const request = { kind: 'reschedule' as const, ...cancel, to: booking().slot };
    const connector = way === 'asking' ? hospital.connector : unasked;
    const call = () => (way === 'asking' ? deaf(hospital.call()) : hospital.call());
    const before = await connector.lookup(call(), request);
    expect(before.kind).toBe(way === 'asking' ? 'absent' : 'inconclusive');
    await hospital.fault({ on: 'reschedule', fault: 'reset-after-commit', times: 1 });
    expect(
      await comesTo(hospital.connector.reschedule?.(hospital.call(), request) ?? Promise.reject(new Error('no'))),
    ).toBe('thrown protocol answer-lost');
    await hospital.ear.until(toldOf(cancel.externalId, 'moved'));
    expect(await connector.lookup(call(), request)).toMatchObject({ kind: 'found', externalId: cancel.externalId });
  });
});

describe('enhanced mode', () => {
  test('CA alone is not a booking; the answer that comes on the feed’s connection settles it', async () => {
    await hospital.quirks({ H7: true });
    const enhanced = hospital.connect({ acknowledgement: 'enhanced', ackTimeoutMs: 100 });
    const request = booking();
    const call = hospital.call();
    expect(await comesTo(enhanced.book(call, request))).toBe('unknown awaiting-application-ack');
    const externalId = await vendorIdOf(call.transactionId);
    await hospital.ear.until(toldOf(externalId));
    expect(await enhanced.lookup(deaf(hospital.call()), request)).toMatchObject({ kind: 'absent' });
    expect(await unasked.lookup(hospital.call({ transactionId: call.transactionId }), request)).toMatchObject({
      kind: 'found',
      externalId,
    });
    await enhanced.close();
    await hospital.quirks({ H7: false });
  });

  test('a refusal that comes later is known too', async () => {
    await hospital.quirks({ H7: true });
    const enhanced = hospital.connect({ acknowledgement: 'enhanced', ackTimeoutMs: 100, query: false });
    const request = booking();
    await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    const call = hospital.call();
    expect(await comesTo(enhanced.book(call, request))).toBe('unknown awaiting-application-ack');
    await hospital.ear.until(({ kind }) => kind === 'answer');
    expect(await enhanced.lookup(hospital.call({ transactionId: call.transactionId }), request)).toEqual({
      kind: 'taken',
    });
    await enhanced.close();
    await hospital.quirks({ H7: false });
  });
});

async function stepsOf(connector: Connector): Promise<CheckStep[]> {
  const steps: CheckStep[] = [];
  for await (const step of connector.check?.(hospital.call()) ?? []) steps.push(step);
  return steps;
}

test('the check of a connection asks without changing anything, and says what it could not try', async () => {
  const steps = await stepsOf(hospital.connector);
  expect(steps.map(({ step, ok }) => `${step} ${ok}`)).toEqual(['auth true', 'read true', 'map true', 'write true']);
  await hospital.profile('none');
  const refused = await stepsOf(hospital.connector);
  expect(refused).toMatchObject([{ step: 'auth', ok: false, detail: expect.stringContaining('set "query" to false') }]);
});
