import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Person } from '#adapter-kit';
import { answering } from '../../test/support/answering-server.ts';
import { collect } from '../../test/support/call.ts';
import { comesTo, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

let hospital: SimulatedHospital;

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  await hospital.strict(true);
});
afterEach(() => hospital.clearFaults());
afterAll(async () => {
  // Whatever happened to it, the adapter has kept the vendor's contract.
  expect(await hospital.violations()).toEqual([]);
  await hospital.close();
});

const window = (): { from: string; to: string } => ({
  from: new Date(Date.now() + 2 * 3_600_000).toISOString(),
  to: new Date(Date.now() + 4 * 86_400_000).toISOString(),
});
const findSlots = async (call = hospital.call(), connector = hospital.connector): Promise<unknown[]> =>
  collect(connector.findSlots?.(call, window()));

describe('free slots', () => {
  test('each once, inside the window, of known providers and locations, in both modes', async () => {
    const slots = await hospital.slots();
    expect(slots.length).toBeGreaterThan(300);
    expect(new Set(slots.map(({ externalId }) => externalId)).size).toBe(slots.length);
    expect(new Set(slots.map(({ providerExternalId }) => providerExternalId)).size).toBeGreaterThanOrEqual(4);
    expect(new Set(slots.map(({ locationExternalId }) => locationExternalId)).size).toBe(2);
    expect(new Set(slots.map(({ mode }) => mode))).toEqual(new Set(['in-person', 'telemedicine']));
  });

  test('the next page is asked for by the link as it came, with the same body', async () => {
    const call = hospital.call();
    await findSlots(call);
    const pages = call.recorder.exchanges.filter(({ url }) => url.includes('sessionID='));
    expect(pages.length).toBeGreaterThan(0);
    for (const page of pages) {
      const first = call.recorder.exchanges.find(({ responseBody }) => responseBody?.includes(page.url));
      expect([page.method, page.requestBody]).toEqual(['POST', first?.requestBody]);
    }
  });

  test('a slot that is booked or blocked in the HIS is not offered any more', async () => {
    const [first, second] = await hospital.slots();
    if (first === undefined || second === undefined) throw new Error('no slots');
    await hospital.edit({ op: 'block-slot', externalId: first.externalId });
    await hospital.edit({ op: 'book-outside', externalId: second.externalId });
    const ids = (await hospital.slots()).map(({ externalId }) => externalId);
    expect(ids).not.toContain(first.externalId);
    expect(ids).not.toContain(second.externalId);
  });

  test('one reset is not noticed', async () => {
    await hospital.fault({ on: 'slots', fault: 'reset-before', times: 1 });
    expect((await findSlots()).length).toBeGreaterThan(0);
  });

  test.each([
    ['500', 'unavailable', 'internal-error'],
    ['error-in-200', 'unavailable', 'internal-error'],
    ['503-retry-after', 'unavailable', 'unavailable'],
    ['429-retry-after', 'unavailable', 'rate-limit'],
    ['html-200', 'protocol', 'unreadable-reply'],
    ['malformed', 'protocol', 'unreadable-reply'],
    ['truncated', 'protocol', 'connection-lost'],
    ['token-expired', 'unauthorised', 'token-refused'],
  ] as const)('%s is an error, never "nothing free"', async (fault, kind, reason) => {
    await hospital.fault({ on: 'slots', fault });
    await expect(findSlots()).rejects.toMatchObject({ kind, reason });
  });

  test('a visit type that the hospital has not built is a wrong setting, never "nothing free"', async () => {
    const connector = hospital.connect({ visitTypes: [{ system: 'urn:oid:1', code: '1', mode: 'in-person' }] });
    await expect(findSlots(hospital.call(), connector)).rejects.toMatchObject({
      kind: 'misconfigured',
      reason: 'configuration',
    });
  });

  test('a next page on another host is not followed', async () => {
    await using elsewhere = await answering(() => ({ status: 200, body: '{}' }));
    await using site = await answering(({ path }) => {
      if (path.endsWith('/token'))
        return { status: 200, body: '{"access_token":"t","token_type":"bearer","expires_in":3600}' };
      const link = [{ relation: 'next', url: `${elsewhere.url}/page2` }];
      return { status: 200, body: JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link, entry: [] }) };
    });
    const connector = hospital.connect({ baseUrl: site.url });
    const call = hospital.call({ urls: [site.url, elsewhere.url] });
    await expect(findSlots(call, connector)).rejects.toMatchObject({ kind: 'misconfigured', reason: 'foreign-origin' });
    expect(elsewhere.asked).toEqual([]);
  });

  test('pages that lead in a circle end', async () => {
    await using site = await answering(({ path }, url) => {
      if (path.endsWith('/token'))
        return { status: 200, body: '{"access_token":"t","token_type":"bearer","expires_in":3600}' };
      const link = [{ relation: 'next', url: `${url}/api/FHIR/STU3/Appointment/$find?page=2` }];
      return { status: 200, body: JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link, entry: [] }) };
    });
    const call = hospital.call({ urls: [site.url] });
    await expect(findSlots(call, hospital.connect({ baseUrl: site.url }))).rejects.toMatchObject({
      reason: 'endless-paging',
    });
  });

  test('a reply of more bytes than allowed is refused', async () => {
    await expect(findSlots(hospital.call({ responseBytesMax: 2000 }))).rejects.toMatchObject({
      reason: 'reply-too-large',
    });
  });
});

test('providers come with specialties, languages and locations, and under a new name once they are renamed', async () => {
  const list = async () => collect(hospital.connector.listProviders?.(hospital.call()));
  const [first, ...others] = await list();
  expect(others.length).toBeGreaterThanOrEqual(3);
  expect(first).toMatchObject({
    name: { given: [expect.any(String)], family: expect.any(String), prefix: 'Dr.' },
    specialties: [expect.any(String)],
    languages: [expect.any(String)],
    locationExternalIds: [expect.any(String)],
  });
  await hospital.edit({ op: 'rename-provider', providerExternalId: first?.externalId ?? '', name: 'Grace Hopper' });
  await hospital.edit({ op: 'add-provider', name: 'Alan Turing' });
  const names = (await list()).map(({ name }) => name.family);
  expect(names).toEqual(expect.arrayContaining(['Hopper', 'Turing']));
});

test('locations come with their zones', async () => {
  const locations = await collect(hospital.connector.listLocations?.(hospital.call()));
  expect(locations.map(({ timeZone }) => timeZone)).toEqual(['America/New_York', 'America/Chicago']);
});

describe('patients', () => {
  const person = (
    given: string,
    family: string,
    birthDate: string,
    identifiers: Person['identifiers'] = [],
  ): Person => ({
    name: { given: [given], family },
    birthDate,
    email: 'someone@example.org',
    phone: '+14135550123',
    address: { line: ['12 Elm Street'], city: 'Springfield' },
    identifiers,
  });
  const MRN = 'urn:oid:1.2.840.114350.1.13.861.1.7.5.737384.14';
  const match = (who: Person) => hospital.connector.matchPatient?.(hospital.call(), who);

  test.each([
    ['by name and date of birth', person('camila', 'LOPEZ', '1987-09-12'), 'erXuFYUfucBZaryVksYEcMg3'],
    [
      'by identifier, under another name',
      person('Cam', 'Smith', '1987-09-12', [{ system: MRN, value: '203713' }]),
      'erXuFYUfucBZaryVksYEcMg3',
    ],
    [
      'by name, where the identifier is of elsewhere',
      person('Linda', 'Ross', '1969-04-27', [{ system: 'urn:other', value: '1' }]),
      'eIXesllypH3M9tAA5WdJftQ3',
    ],
  ])('one is found %s', async (_, who, externalId) => {
    expect(await match(who)).toMatchObject({ kind: 'one', evidence: { class: 'success', externalId } });
  });

  test.each([
    ['two patients of the same name and date of birth', person('Anna', 'Novak', '1990-02-02')],
    [
      'an identifier of somebody with another date of birth',
      person('Camila', 'Lopez', '1950-01-01', [{ system: MRN, value: '203713' }]),
    ],
  ])('nobody is chosen from %s', async (_, who) => {
    expect(await match(who)).toEqual({ kind: 'many' });
  });

  test('one who is created is found from then on', async () => {
    const ada = person('Ada', 'Bauer', '1984-05-23');
    expect(await match(ada)).toEqual({ kind: 'none' });
    const created = await hospital.connector.createPatient?.(hospital.call(), ada);
    expect(created).toMatchObject({ class: 'success', externalId: expect.any(String) });
    expect(await match(ada)).toMatchObject({
      kind: 'one',
      evidence: { externalId: created?.class === 'success' ? created.externalId : '' },
    });
  });

  test.each([
    ['500', 'unknown internal-error'],
    ['502-after-commit', 'unknown gateway'],
    ['html-200', 'unknown no-patient-in-reply'],
    ['error-in-200', 'unknown no-patient-in-reply'],
    ['reset-after-commit', 'thrown protocol connection-lost'],
    ['token-expired', 'success'],
  ] as const)('creating that meets %s comes to %s', async (fault, outcome) => {
    const who = person('Bo', `Fault${fault.replaceAll(/[^a-z]/g, '')}`, '1999-09-09');
    await hospital.fault({ on: 'any', fault, times: 1 });
    const connector = hospital.connector;
    if (!connector.createPatient) throw new Error('cannot create patients');
    expect(await comesTo(connector.createPatient(hospital.call(), who))).toBe(outcome);
  });
});

describe('the check of a connection', () => {
  test('goes through auth, read, map and write, and changes nothing', async () => {
    const call = hospital.call();
    const steps: string[] = [];
    for await (const { step, ok } of hospital.connect().check?.(call) ?? []) steps.push(`${step} ${ok}`);
    expect(steps).toEqual(['auth true', 'read true', 'map true', 'write true']);
    expect(call.recorder.writeSent).toBe(false);
  });

  test.each([
    ['token', 'token-expired', ['auth false']],
    ['slots', '500', ['auth true', 'read false']],
  ] as const)('stops at the first step that fails: %s %s', async (on, fault, expected) => {
    await hospital.fault({ on, fault });
    const steps: string[] = [];
    for await (const { step, ok } of hospital.connect().check?.(hospital.call()) ?? []) steps.push(`${step} ${ok}`);
    expect(steps).toEqual(expected);
  });
});

test('a token is renewed when four fifths of its life are over, not before', async () => {
  await using site = await answering(({ path }) =>
    path.endsWith('/token')
      ? { status: 200, body: '{"access_token":"t","token_type":"bearer","expires_in":100}' }
      : { status: 200, body: '{"resourceType":"Bundle","type":"searchset","total":0,"entry":[]}' },
  );
  const connector = hospital.connect({ baseUrl: site.url });
  const startedAt = Date.now();
  for (const seconds of [0, 79, 81]) {
    const call = { ...hospital.call({ urls: [site.url] }), now: () => startedAt + seconds * 1000 };
    await collect(connector.listLocations?.(call));
  }
  expect(site.asked.filter(({ path }) => path.endsWith('/token'))).toHaveLength(2);
});
