import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, FoundSlot, PatientAtHis, SlotAtHis } from '#adapter-kit';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

const wilma: PatientAtHis = {
  externalId: '12724070',
  name: { given: ['Wilma'], family: 'Smart' },
  birthDate: '1947-03-16',
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
  await hospital.quirks({ O2: false, O8: true, O15: false });
});
afterAll(() => hospital.close());

function nextSlot(mode: SlotAtHis['mode'] = 'in-person'): SlotAtHis {
  const [slot] = slots.splice(
    slots.findLastIndex((each) => each.mode === mode),
    1,
  );
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return slotAtHis(slot, 'America/Chicago');
}

type Existing = BookRequest & { readonly externalId: string; readonly identifiers: readonly [] };

async function booked(mode: SlotAtHis['mode'] = 'in-person'): Promise<Existing> {
  const request: BookRequest = { slot: nextSlot(mode), patient: wilma, mode, reason: null };
  const outcome = await hospital.connector.book(hospital.call(), request);
  if (outcome.class !== 'success') throw new Error(`expected a booking, got ${outcome.reason}`);
  return { ...request, externalId: outcome.externalId, identifiers: [] };
}

const stateOf = async (vendorId: string) =>
  (await hospital.effects()).appointments.find((each) => each.vendorId === vendorId);
const cancel = (appointment: Existing, call = hospital.call()) => comesTo(hospital.connector.cancel(call, appointment));
const reschedule = (appointment: Existing, to: SlotAtHis, call = hospital.call()) => {
  if (!hospital.connector.reschedule) throw new Error('cannot reschedule');
  return comesTo(hospital.connector.reschedule(call, { ...appointment, to }));
};
const hold = (slot: SlotAtHis, release: boolean, call = hospital.call()) => {
  if (!hospital.connector.hold) throw new Error('cannot hold');
  return comesTo(hospital.connector.hold(call, { slot, release }));
};
const isOffered = async (slot: SlotAtHis): Promise<boolean> =>
  (await hospital.slots()).some(({ externalId }) => externalId === slot.externalId);

describe('cancelling', () => {
  test.each(['in-person', 'telemedicine'] as const)(
    '(%s) cancels at the version just read; again is a success too',
    async (mode) => {
      const appointment = await booked(mode);
      const call = hospital.call();
      expect(await cancel(appointment, call)).toBe('success');
      expect(await stateOf(appointment.externalId)).toMatchObject({ status: 'cancelled' });
      expect(call.recorder.exchanges.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
      const again = hospital.call();
      expect(await cancel(appointment, again)).toBe('success');
      expect(again.recorder.writeSent).toBe(false);
    },
  );

  test('the answer names the new version', async () => {
    const outcome = await hospital.connector.cancel(hospital.call(), await booked('telemedicine'));
    expect(outcome).toMatchObject({ class: 'success', version: '1-1' });
  });

  test('works without a reason code, and with versions that are numbers (O8 off)', async () => {
    await hospital.quirks({ O8: false });
    const connector = hospital.connect({ cancellationReason: undefined });
    expect(await comesTo(connector.cancel(hospital.call(), await booked('telemedicine')))).toBe('success');
  });

  test('a slot that was cancelled is offered again', async () => {
    const appointment = await booked();
    await cancel(appointment);
    expect(await isOffered(appointment.slot)).toBe(true);
  });

  test('an appointment that the HIS does not know is not-found', async () => {
    expect(await cancel({ ...(await booked()), externalId: '1' })).toBe('not-found unknown-appointment');
  });

  test('one that was cancelled at the desk is a success, and nothing is sent', async () => {
    const appointment = await booked();
    await hospital.edit({ op: 'cancel-outside', externalId: appointment.externalId });
    const call = hospital.call();
    expect(await cancel(appointment, call)).toBe('success');
    expect(call.recorder.writeSent).toBe(false);
  });

  test.each([
    ['reset-after-commit', 'thrown protocol connection-lost', 'found'],
    ['502-after-commit', 'unknown gateway', 'found'],
    ['reset-before', 'thrown protocol connection-lost', 'absent'],
    ['500', 'unknown server-error', 'absent'],
    ['html-200', 'thrown protocol unreadable-reply', 'absent'],
    ['error-in-200', 'unknown no-version-in-reply', 'absent'],
    ['malformed', 'thrown protocol unreadable-reply', 'absent'],
    ['truncated', 'thrown protocol connection-lost', 'absent'],
    ['503-retry-after', 'throttled unavailable', 'absent'],
    ['429-retry-after', 'throttled rate-limit', 'absent'],
  ] as const)('%s comes to %s, and the appointment itself says: %s', async (fault, outcome, kind) => {
    const appointment = await booked();
    await hospital.fault({ on: 'cancel', fault, times: 1 });
    const call = hospital.call();
    expect(await cancel(appointment, call)).toBe(outcome);
    expect(await hospital.connector.lookup(call, { kind: 'cancel', ...appointment })).toMatchObject({ kind });
  });

  test('a read before it that fails is transient: nothing was sent', async () => {
    const appointment = await booked();
    await hospital.fault({ on: 'lookup', fault: '500' });
    const call = hospital.call();
    expect(await cancel(appointment, call)).toBe('transient server-error');
    expect(call.recorder.writeSent).toBe(false);
  });

  test('a lost answer is looked up by the appointment itself, also where appointments cannot be searched', async () => {
    await hospital.profile('none');
    const appointment = await booked();
    await cancel(appointment);
    const finding = await hospital.connector.lookup(hospital.call(), { kind: 'cancel', ...appointment });
    expect(finding).toMatchObject({ kind: 'found', externalId: appointment.externalId });
  });
});

describe('rescheduling in place', () => {
  test('keeps the appointment, frees the old slot and takes the new one; again changes nothing', async () => {
    const appointment = await booked();
    const to = nextSlot();
    const call = hospital.call();
    expect(await reschedule(appointment, to, call)).toBe('success');
    expect(await stateOf(appointment.externalId)).toMatchObject({ slotId: to.externalId, status: 'booked' });
    expect([await isOffered(appointment.slot), await isOffered(to)]).toEqual([true, false]);
    const again = hospital.call();
    expect(await reschedule(appointment, to, again)).toBe('success');
    expect(again.recorder.writeSent).toBe(false);
    expect(await stateOf(appointment.externalId)).toMatchObject({ version: 2 });
  });

  test('a slot that is taken is slot-taken, and the appointment stays where it was', async () => {
    const appointment = await booked();
    const to = nextSlot();
    await hospital.fault({ on: 'reschedule', fault: 'slot-taken', times: 1 });
    expect(await reschedule(appointment, to)).toBe('conflict slot-taken');
    expect(await stateOf(appointment.externalId)).toMatchObject({ slotId: appointment.slot.externalId });
  });

  test('an appointment that somebody moved elsewhere meanwhile is left alone', async () => {
    const appointment = await booked();
    await hospital.edit({
      op: 'move-outside',
      externalId: appointment.externalId,
      toExternalId: nextSlot().externalId,
    });
    const call = hospital.call();
    expect(await reschedule(appointment, nextSlot(), call)).toBe('conflict moved-elsewhere');
    expect(call.recorder.writeSent).toBe(false);
  });

  test('one that is cancelled or unknown cannot be moved', async () => {
    const appointment = await booked();
    await hospital.edit({ op: 'cancel-outside', externalId: appointment.externalId });
    expect(await reschedule(appointment, nextSlot())).toBe('conflict appointment-cancelled');
    expect(await reschedule({ ...appointment, externalId: '1' }, nextSlot())).toBe('not-found unknown-appointment');
  });

  test.each([
    ['reset-after-commit', 'found'],
    ['502-after-commit', 'found'],
    ['reset-before', 'absent'],
    ['html-200', 'absent'],
  ] as const)('after %s the appointment itself says: %s', async (fault, kind) => {
    const appointment = await booked();
    const to = nextSlot();
    await hospital.fault({ on: 'reschedule', fault, times: 1 });
    const call = hospital.call();
    expect(await reschedule(appointment, to, call)).toMatch(/^(unknown|thrown protocol) /);
    expect(await hospital.connector.lookup(call, { kind: 'reschedule', ...appointment, to })).toMatchObject({ kind });
  });
});

describe('a record that somebody else has', () => {
  test.each([
    ['locked', 'transient locked', 'booked'],
    ['dependency-before', 'unknown dependency-failed', 'booked'],
    ['dependency-after', 'unknown dependency-failed', 'cancelled'],
  ])('O2 %s comes to %s', async (form, outcome, status) => {
    const appointment = await booked();
    await hospital.quirks({ O2: form });
    expect(await cancel(appointment)).toBe(outcome);
    expect(await stateOf(appointment.externalId)).toMatchObject({ status });
  });

  test('409 although the version is fresh (O15) is decided again twice, then given back as a conflict', async () => {
    const appointment = await booked('telemedicine');
    await hospital.quirks({ O15: true });
    const call = hospital.call();
    expect(await cancel(appointment, call)).toBe('conflict stale-version');
    expect(call.recorder.exchanges.map(({ method }) => method)).toEqual([
      'GET',
      'PATCH',
      'GET',
      'PATCH',
      'GET',
      'PATCH',
    ]);
  });

  test('of two at once for one appointment both come to an end that fits what the HIS has', async () => {
    const appointment = await booked();
    const to = nextSlot();
    const outcomes = await Promise.all([cancel(appointment), reschedule(appointment, to)]);
    const state = await stateOf(appointment.externalId);
    expect(outcomes[0]).toBe('success');
    expect(state?.status).toBe('cancelled');
    expect(['success', 'conflict appointment-cancelled']).toContain(outcomes[1]);
    expect(state?.slotId).toBe(outcomes[1] === 'success' ? to.externalId : appointment.slot.externalId);
  });
});

describe('holding a slot', () => {
  test('it is not offered while it is held; released, it is', async () => {
    const slot = nextSlot();
    expect(await hold(slot, false)).toBe('success');
    expect(await isOffered(slot)).toBe(false);
    expect(await hold(slot, false)).toBe('conflict slot-taken');
    expect(await hold(slot, true)).toBe('success');
    expect(await isOffered(slot)).toBe(true);
  });

  test('releasing what is not held, is booked or is unknown sends nothing and is a success', async () => {
    const { slot } = await booked();
    for (const each of [nextSlot(), slot, { ...slot, externalId: '1-1-1-1' }]) {
      const call = hospital.call();
      expect(await hold(each, true, call)).toBe('success');
      expect(call.recorder.writeSent).toBe(false);
    }
  });

  test('whoever holds it can book it, and the booking is then all there is', async () => {
    const slot = nextSlot();
    await hold(slot, false);
    const outcome = await comesTo(
      hospital.connector.book(hospital.call(), { slot, patient: wilma, mode: 'in-person', reason: null }),
    );
    expect(outcome).toBe('success');
    expect(await hold(slot, true)).toBe('success');
    expect(await isOffered(slot)).toBe(false);
  });

  test('a slot that is booked cannot be held', async () => {
    const { slot } = await booked();
    expect(await hold(slot, false)).toBe('conflict slot-taken');
  });

  test('of many at once for one slot exactly one gets it', async () => {
    const slot = nextSlot();
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => hold(slot, false)));
    expect(outcomes.filter((each) => each === 'success')).toHaveLength(1);
    expect(outcomes.filter((each) => each === 'conflict slot-taken')).toHaveLength(9);
  });

  test('the version is quoted as it came', async () => {
    const slot = nextSlot();
    const outcome = await hospital.connector.hold?.(hospital.call(), { slot, release: false });
    expect(outcome).toMatchObject({
      class: 'success',
      externalId: slot.externalId,
      version: expect.stringMatching(/^\d+v\d+$/),
    });
  });
});
