/** Every quirk of the sandbox's Epic, met by the real adapter: the same result, or the right refusal, never a false booking. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookRequest, Connector, FoundSlot, PatientAtHis, Person } from '#adapter-kit';
import type { QuirkValue } from '#adapter-kit/simulator';
import { collect } from '../../test/support/call.ts';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';
import { MERGED } from './simulator/hospital.ts';
import { QUIRKS } from './simulator/quirks.ts';

const olivia = {
  externalId: 'eh2xYHuzl9nkSFVvV3osUHg3',
  name: { given: ['Olivia'], family: 'Roberts' },
  birthDate: '2003-01-07',
  email: null,
  phone: null,
  address: null,
  identifiers: [],
} satisfies PatientAtHis;
const anna: Person = { ...olivia, name: { given: ['Anna'], family: 'Novak' }, birthDate: '1990-02-02' };
const DEFAULTS = Object.fromEntries(QUIRKS.map((each) => [each.id, each.default]));

let hospital: SimulatedHospital;
let slots: FoundSlot[];
/** Without the proprietary services: what FHIR shows is all there is. */
let fhirOnly: Connector;

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  slots = await hospital.slots();
  fhirOnly = hospital.connect({ interconnect: undefined });
  await hospital.strict(true);
});
afterEach(async () => {
  await hospital.clearFaults();
  await hospital.quirks(DEFAULTS);
});
afterAll(async () => {
  // None of it made the adapter break the contract.
  expect(await hospital.violations()).toEqual([]);
  await hospital.close();
});

const quirk = (id: string, value: QuirkValue): Promise<void> => hospital.quirks({ [id]: value });

function bookingOf(patient: PatientAtHis = olivia): BookRequest {
  const slot = slots.pop();
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return { slot: slotAtHis(slot, 'America/New_York'), patient, mode: slot.mode ?? 'in-person', reason: null };
}

/** In no order: several searches run at once. */
async function slotsAround({ slot }: BookRequest, connector = hospital.connector): Promise<FoundSlot[]> {
  const at = (hours: number): string => new Date(Date.parse(slot.start) + hours * 3_600_000).toISOString();
  const found = await collect(connector.findSlots?.(hospital.call(), { from: at(-12), to: at(12) }));
  return found.toSorted((a, b) => a.externalId.localeCompare(b.externalId));
}

async function effectsOf(transactionId: string) {
  return (await hospital.effects()).appointments.filter((each) => each.transactionId === transactionId);
}

/** Books, and gives what it came to and what the hospital then holds. */
async function attempt(request = bookingOf(), connector = hospital.connector) {
  const call = hospital.call();
  const outcome = await comesTo(connector.book(call, request));
  const look = (by = connector) => by.lookup(call, { kind: 'book', ...request, knownExternalIds: [] });
  const [effect, another] = await effectsOf(call.transactionId);
  expect(another).toBeUndefined();
  return { call, request, outcome, effect, look };
}

/** Everything that a connection does, once. */
async function roundTrip(connector = hospital.connect()): Promise<string[]> {
  const request = bookingOf();
  const offered = await slotsAround(request, connector);
  const match = await connector.matchPatient?.(hospital.call(), olivia);
  const { outcome, effect, look } = await attempt(request, connector);
  const found = await look();
  const externalId = effect?.vendorId ?? '';
  const cancel = { ...request, externalId, identifiers: found.kind === 'found' ? (found.identifiers ?? []) : [] };
  const cancelled = await comesTo(connector.cancel(hospital.call(), cancel));
  return [
    offered.some((slot) => slot.externalId === request.slot.externalId && slot.start === request.slot.start)
      ? 'offered'
      : 'not offered',
    match?.kind === 'one' && match.evidence.externalId === olivia.externalId ? 'matched' : 'not matched',
    outcome,
    found.kind === 'found' && found.externalId === externalId ? 'found' : found.kind,
    cancelled,
  ];
}

describe('the same meaning, said otherwise, comes to the same', () => {
  test.each([
    ['E1', true],
    ['E1', false],
    ['E1', 'expired'],
    ['E1', 'dies-at-next-find'],
    ['E2', 'first'],
    ['E2', 'total-0'],
    ['E4', false],
    ['E5', false],
    ['E6', 'once'],
    ['E7', false],
    ['E8', false],
    ['E9', false],
    ['E9', 'expires'],
    ['E11', false],
    ['E12', false],
    ['E12', 'blank'],
    ['E16', false],
  ] as const)('%s %s', async (id, value) => {
    await quirk(id, value);
    expect(await roundTrip()).toEqual(['offered', 'matched', 'success', 'found', 'success']);
  });
});

test('E1: a token that has died costs a second $find and a second $book, and one appointment', async () => {
  await quirk('E1', 'expired');
  const { call, outcome } = await attempt();
  const books = call.recorder.exchanges.filter(({ url }) => url.endsWith('$book'));
  expect([outcome, books.map(({ status }) => status)]).toEqual(['success', [404, 200]]);
});

test('E1: bookings of one patient that kill each other’s tokens end in an appointment or in none, as they say', async () => {
  await quirk('E1', 'dies-at-next-find');
  const attempts = await Promise.all(Array.from({ length: 6 }, () => attempt()));
  for (const { outcome, effect } of attempts) {
    expect([outcome, effect?.status]).toEqual(
      outcome === 'success' ? ['success', 'booked'] : ['conflict slot-taken', undefined],
    );
  }
});

test.each(['first', 'total-0'] as const)('E2: remarks among the results (%s) hide none of them', async (form) => {
  const request = bookingOf();
  const before = await slotsAround(request);
  await quirk('E2', form);
  expect(before.length).toBeGreaterThan(20);
  expect(await slotsAround(request)).toEqual(before);
});

describe('E3: a decision tree that finds no visit type is a wrong setting', () => {
  test('and not an empty day, and nothing is sent', async () => {
    const request = bookingOf();
    await quirk('E3', 'always');
    const { call, outcome, effect } = await attempt(request);
    expect([outcome, effect, call.recorder.writeSent]).toEqual(['invalid configuration', undefined, false]);
    await expect(slotsAround(request)).rejects.toMatchObject({ kind: 'misconfigured', reason: 'configuration' });
  });

  test.each([true, false])('whatever its status is (200: %s)', async (form) => {
    await quirk('E3', form);
    const connector = hospital.connect({ visitTypes: [{ system: 'urn:oid:1', code: '1', mode: 'in-person' }] });
    await expect(slotsAround(bookingOf(), connector)).rejects.toMatchObject({ reason: 'configuration' });
  });
});

describe('E4: a site that ignores a parameter which matters', () => {
  test('does not have its slots taken for those that were asked for', async () => {
    const request = bookingOf();
    await quirk('E4', 'needed');
    await expect(slotsAround(request)).rejects.toMatchObject({ kind: 'misconfigured', reason: 'configuration' });
    const { call, outcome } = await attempt(request);
    expect([outcome, call.recorder.writeSent]).toEqual(['invalid configuration', false]);
  });

  test('does not have the appointment of another patient taken for ours', async () => {
    const request = bookingOf();
    await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
    await quirk('E4', 'needed');
    const ask = { kind: 'book', ...request, knownExternalIds: [] } as const;
    expect(await fhirOnly.lookup(hospital.call(), ask)).toEqual({ kind: 'inconclusive', reason: 'parameter-ignored' });
    await quirk('E4', 'unsaid');
    expect(await fhirOnly.lookup(hospital.call(), ask)).toEqual({ kind: 'taken' });
    await quirk('E4', 'needed');
    // Notes say whose it is; what became of the slot cannot be seen at such a site.
    expect(await hospital.connector.lookup(hospital.call(), ask)).toMatchObject({ kind: 'inconclusive' });
  });

  test('does not give our appointment the key of the first one that it shows', async () => {
    await attempt();
    const { effect, look } = await attempt();
    await quirk('E4', 'needed');
    const found = await look(hospital.connector);
    // The FHIR id, or the CSN, by which it can be cancelled; never another appointment's.
    expect(found).toMatchObject({ kind: 'found' });
    const csn = found.kind === 'found' ? found.identifiers?.[0]?.value : undefined;
    expect([effect?.vendorId, csn]).toContain(found.kind === 'found' ? found.externalId : '');
  });

  test('does not have a patient of another birthday or number chosen', async () => {
    await quirk('E4', 'needed');
    const match = (person: Person) => hospital.connector.matchPatient?.(hospital.call(), person);
    expect(await match(olivia)).toMatchObject({ kind: 'one', evidence: { externalId: olivia.externalId } });
    expect(await match({ ...olivia, birthDate: '1950-01-01' })).toEqual({ kind: 'none' });
  });
});

describe('E5: XML', () => {
  test.each([
    [true, 'thrown misconfigured xml-reply'],
    [false, 'success'],
  ] as const)('comes (%s) where something drops the Accept header, which is said', async (form, expected) => {
    await quirk('E5', form);
    const call = hospital.call();
    const dropping: typeof call = {
      ...call,
      fetch: (url, request = {}) => call.fetch(url, { ...request, headers: { ...request.headers, accept: '*/*' } }),
    };
    expect(await comesTo(hospital.connector.book(dropping, bookingOf()))).toBe(expected);
  });

  test('to everything is a wrong set-up, and nothing is sent', async () => {
    await quirk('E5', 'always');
    const { call, outcome } = await attempt();
    expect([outcome, call.recorder.writeSent]).toEqual(['thrown misconfigured xml-reply', false]);
  });

  test('as the answer of $book leaves it unknown, and the look-up finds it', async () => {
    await quirk('E5', 'book');
    const { outcome, effect, look } = await attempt();
    expect(outcome).toBe('thrown protocol unreadable-reply');
    expect(await look()).toMatchObject({ kind: 'found', externalId: effect?.vendorId });
  });
});

describe('E6: a client that is refused', () => {
  test('for good is unauthorised after two assertions of its own, and nothing is sent', async () => {
    await quirk('E6', 'unsynchronised');
    const { call, outcome, effect } = await attempt(bookingOf(), hospital.connect());
    expect([outcome, effect, call.recorder.writeSent]).toEqual([
      'thrown unauthorised invalid-client',
      undefined,
      false,
    ]);
    expect(call.recorder.exchanges.map(({ status }) => status)).toEqual([400, 400]);
  });

  test.each([
    [true, 400],
    ['401', 401],
    [false, 400],
  ] as const)('by %s is unauthorised, in either status', async (form, status) => {
    await quirk('E6', form);
    const { call, outcome } = await attempt(bookingOf(), hospital.connect({ keyId: 'another' }));
    expect(outcome).toBe('thrown unauthorised invalid-client');
    expect(call.recorder.exchanges.map((each) => each.status)).toEqual([status, status]);
  });
});

test.each(['book', 'all'] as const)('E7: a scope that is missing (%s) is auth, and nothing is booked', async (form) => {
  await quirk('E7', form);
  const { outcome, effect } = await attempt();
  expect([outcome, effect]).toEqual(['auth not-authorised', undefined]);
});

describe('E8: a patient who was merged', () => {
  const merged = { ...olivia, externalId: MERGED.from };

  test('is not booked, but not-found, for the hub to match again; the match is the survivor', async () => {
    const { outcome, effect } = await attempt(bookingOf(merged));
    expect([outcome, effect]).toEqual(['not-found patient-merged', undefined]);
    const camila = { ...olivia, name: { given: ['Camila'], family: 'Lopez' }, birthDate: '1987-09-12' };
    expect(await hospital.connector.matchPatient?.(hospital.call(), camila)).toMatchObject({
      kind: 'one',
      evidence: { externalId: MERGED.into },
    });
  });

  test('meanwhile leaves a booking whose answer was lost unknown, not absent', async () => {
    await quirk('E8', false);
    const { effect, look } = await attempt(bookingOf(merged));
    expect(effect?.status).toBe('booked');
    await quirk('E8', true);
    expect(await look(fhirOnly)).toMatchObject({ kind: 'inconclusive' });
  });
});

test('E9: slots are the same in one page, in several, and when the session expires in between', async () => {
  const request = bookingOf();
  const paged = await slotsAround(request);
  await quirk('E9', 'expires');
  expect(await slotsAround(request)).toEqual(paged);
  await quirk('E9', false);
  expect(await slotsAround(request)).toEqual(paged);
});

describe('E10: one reset in fifty calls', () => {
  test('is not noticed in a search', async () => {
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    const window = { from: at(2), to: at(21 * 24) };
    const find = async (call = hospital.call()): Promise<Set<string>> =>
      new Set((await collect(hospital.connector.findSlots?.(call, window))).map(({ externalId }) => externalId));
    const before = await find();
    await quirk('E10', 'before');
    const call = hospital.call();
    expect(await find(call)).toEqual(before);
    expect(call.recorder.exchanges.filter(({ failure }) => failure !== null).length).toBeGreaterThan(0);
  });

  test.each(['before', 'after'] as const)('%s a booking is settled by a look-up', async (form) => {
    await quirk('E10', form);
    let lost = 0;
    for (let nth = 0; nth < 60; nth += 1) {
      const { outcome, effect, look } = await attempt();
      if (outcome === 'success') {
        expect(effect?.status).toBe('booked');
        continue;
      }
      expect(outcome).toBe('thrown protocol connection-lost');
      expect((await look()).kind).toBe(effect === undefined ? 'absent' : 'found');
      lost += 1;
    }
    expect(lost).toBeGreaterThan(0);
  });
});

describe('E11: what the services say in an exception', () => {
  const cancelTwice = async (form: QuirkValue): Promise<string[]> => {
    const { request, effect, look } = await attempt();
    const found = await look();
    const identifiers = found.kind === 'found' ? (found.identifiers ?? []) : [];
    const cancel = { ...request, externalId: effect?.vendorId ?? '', identifiers };
    await quirk('E11', form);
    return [
      await comesTo(hospital.connector.cancel(hospital.call(), cancel)),
      await comesTo(hospital.connector.cancel(hospital.call(), cancel)),
    ];
  };

  test.each([true, false, 'stack-traces'] as const)(
    'is read from its message (%s), not from its stack trace: cancelling twice is a success',
    async (form) => {
      expect(await cancelTwice(form)).toEqual(['success', 'success']);
    },
  );

  test('is found in a list of codes in any order', async () => {
    expect(await cancelTwice('lists')).toEqual(['success', 'conflict slot-taken']);
  });
});

test.each([true, false, 'blank'] as const)(
  'E12: an appointment that the services show (padded %s) is found by its note, with a tidy number',
  async (form) => {
    await quirk('E12', form);
    const { effect, look } = await attempt();
    const found = await look();
    expect(found).toMatchObject({ kind: 'found', externalId: effect?.vendorId });
    expect(found.kind === 'found' ? found.identifiers?.[0]?.value : '').toMatch(/^\d+$/);
  },
);

test('E12: no notes, written as an empty text, are no notes of ours', async () => {
  const request = bookingOf({ ...olivia, externalId: 'eWalkIn.0000000000000003' });
  await hospital.edit({ op: 'book-outside', externalId: request.slot.externalId });
  await quirk('E12', 'blank');
  const finding = await hospital.connector.lookup(hospital.call(), { kind: 'book', ...request, knownExternalIds: [] });
  expect(finding).toEqual({ kind: 'taken' });
});

test('E13: a slot that unavailable time runs into is offered, and refused as a rule of the house', async () => {
  const nth = slots.findLastIndex(
    (each, at) => slots[at - 1]?.end === each.start && slots[at - 1]?.providerExternalId === each.providerExternalId,
  );
  const [before, slot] = slots.splice(nth - 1, 2);
  if (before === undefined || slot === undefined) throw new Error('no two slots in a row');
  await hospital.edit({ op: 'block-slot', externalId: before.externalId });
  await quirk('E13', true);
  const request = { ...bookingOf(), slot: slotAtHis(slot, 'America/New_York'), mode: slot.mode ?? 'in-person' };
  expect((await slotsAround(request)).map(({ externalId }) => externalId)).toContain(slot.externalId);
  const { outcome, effect } = await attempt(request);
  expect([outcome, effect]).toEqual(['invalid business-rule', undefined]);
});

describe('E14: a gateway', () => {
  const booked = async () => {
    const { request, effect, look } = await attempt();
    const found = await look();
    const identifiers = found.kind === 'found' ? (found.identifiers ?? []) : [];
    return { ...request, externalId: effect?.vendorId ?? '', identifiers };
  };

  test.each([
    ['503', 'transient unavailable', 'unknown unavailable'],
    ['429', 'throttled rate-limit', 'unknown rate-limit'],
    ['429-json', 'throttled rate-limit', 'unknown rate-limit'],
  ] as const)(
    'that says %s stops a booking before it is sent, and leaves a write unknown',
    async (form, read, write) => {
      const appointment = await booked();
      await quirk('E14', form);
      const { call, outcome, effect } = await attempt();
      expect([outcome, effect, call.recorder.writeSent]).toEqual([read, undefined, false]);
      const wary = hospital.connect({ notProcessedStatuses: [] });
      expect(await comesTo(wary.cancel(hospital.call(), appointment))).toBe(write);
      await quirk('E14', false);
      expect(await wary.lookup(hospital.call(), { kind: 'cancel', ...appointment })).toEqual({ kind: 'absent' });
    },
  );

  test('that is slow is left at the deadline, and what it has done is found', async () => {
    const appointment = await booked();
    await quirk('E14', 'slow');
    const call = hospital.call({ signal: AbortSignal.timeout(300) });
    expect(await comesTo(hospital.connector.cancel(call, appointment))).toBe('thrown protocol deadline');
    await quirk('E14', false);
    const finding = await hospital.connector.lookup(hospital.call(), { kind: 'cancel', ...appointment });
    expect(finding).toMatchObject({ kind: 'found' });
  });
});

describe('E15: what is not shown', () => {
  test('by 4119 is not concluded to be absent', async () => {
    await hospital.fault({ on: 'book', fault: 'reset-after-commit', times: 1 });
    const { outcome, effect, look } = await attempt();
    expect([outcome, effect?.status]).toEqual(['thrown protocol connection-lost', 'booked']);
    await quirk('E15', '4119');
    expect(await look(fhirOnly)).toEqual({ kind: 'inconclusive', reason: 'partial-data' });
    await quirk('E15', false);
    expect(await look(fhirOnly)).toMatchObject({ kind: 'found', externalId: effect?.vendorId });
  });

  test('behind the glass (4130) is not booked, and not concluded to be absent', async () => {
    await quirk('E15', '4130');
    const { outcome, effect, look } = await attempt();
    expect([outcome, effect]).toEqual(['auth break-the-glass', undefined]);
    expect(await look(fhirOnly)).toMatchObject({ kind: 'inconclusive' });
  });
});

test('E16: of two patients who match nobody is chosen; of one, that one', async () => {
  expect(await hospital.connector.matchPatient?.(hospital.call(), anna)).toEqual({ kind: 'many' });
  await quirk('E16', false);
  expect(await hospital.connector.matchPatient?.(hospital.call(), anna)).toMatchObject({ kind: 'one' });
});

test.each(['services', true] as const)(
  'E17: a lost booking that no search shows yet (%s) is never absent, and found when it is shown',
  async (form) => {
    await quirk('E17', form);
    await hospital.fault({ on: 'book', fault: 'reset-after-commit', times: 1 });
    const { effect, look } = await attempt(bookingOf(), form === true ? fhirOnly : hospital.connector);
    expect(await look()).toEqual({ kind: 'taken' });
    let finding = await look();
    for (const deadline = Date.now() + 10_000; finding.kind === 'taken' && Date.now() < deadline;)
      finding = await look();
    expect(finding).toMatchObject({ kind: 'found', externalId: effect?.vendorId });
  },
  15_000,
);
