import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CheckStep, Connector, Person } from '#adapter-kit';
import { answering } from '../../test/support/answering-server.ts';
import { collect } from '../../test/support/call.ts';
import { comesTo, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

let hospital: SimulatedHospital;

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
});
afterEach(async () => {
  await hospital.clearFaults();
  await hospital.quirks({ O5: true, O6: true, O9: false, O10: true });
});
afterAll(() => hospital.close());

const window = (): { from: string; to: string } => ({
  from: new Date(Date.now() + 2 * 3_600_000).toISOString(),
  to: new Date(Date.now() + 20 * 86_400_000).toISOString(),
});
const findSlots = async (call = hospital.call(), connector = hospital.connector) =>
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

  test('the same whatever the domain does with pages (O6)', async () => {
    const expected = (await findSlots()).map(({ externalId }) => externalId).toSorted();
    for (const form of [false, 'expires']) {
      await hospital.quirks({ O6: form });
      expect((await findSlots()).map(({ externalId }) => externalId).toSorted()).toEqual(expected);
    }
  });

  test('the next page is asked for by the link as it came', async () => {
    await hospital.strict(true);
    const call = hospital.call();
    await findSlots(call);
    const pages = call.recorder.exchanges.filter(({ url }) => url.includes('-pageContext='));
    expect(pages.length).toBeGreaterThan(0);
    for (const { url } of pages) {
      expect(call.recorder.exchanges.some(({ responseBody }) => responseBody?.includes(`"${url}"`))).toBe(true);
    }
    expect(await hospital.violations()).toEqual([]);
  });

  test('only of the practitioners and locations that are named in the settings', async () => {
    const connector = hospital.connect({ practitionerIds: ['593923', '4122622'], locationIds: ['21304876'] });
    const slots = await findSlots(hospital.call(), connector);
    expect(new Set(slots.map(({ providerExternalId }) => providerExternalId))).toEqual(new Set(['593923']));
  });

  test('a code without a system is searched for as it is', async () => {
    const connector = hospital.connect({ serviceTypes: [{ code: '26203201', mode: 'telemedicine' }] });
    const slots = await findSlots(hospital.call(), connector);
    expect(new Set(slots.map(({ mode }) => mode))).toEqual(new Set(['telemedicine']));
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

  test.each([
    ['500', 'unavailable', 'server-error'],
    ['error-in-200', 'protocol', 'unexpected-resource'],
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

  test('an incomplete record in the search (O9) is an error that says so', async () => {
    await hospital.quirks({ O9: 'slots' });
    await expect(findSlots()).rejects.toMatchObject({ kind: 'misconfigured', reason: 'record-incomplete' });
  });

  test.each([true, false])(
    'a tenant that does not exist is a matter for a person, in text or FHIR (O10 %s)',
    async (O10) => {
      await hospital.quirks({ O10 });
      const baseUrl = `${hospital.simulator.url}/r4/00000000-0000-0000-0000-000000000000`;
      await expect(findSlots(hospital.call(), hospital.connect({ baseUrl }))).rejects.toMatchObject({
        kind: 'unauthorised',
        reason: 'not-authorised',
      });
    },
  );

  const paging = (next: (url: string) => string) =>
    answering(({ path }, url) => {
      if (path.endsWith('/token')) return { status: 200, body: '{"access_token":"t","expires_in":570}' };
      const link = [{ relation: 'next', url: next(url) }];
      return { status: 200, body: JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link }) };
    });
  const at = (url: string): Connector =>
    hospital.connect({ baseUrl: `${url}/r4/t`, tokenUrl: `${url}/token`, practitionerIds: ['1'] });

  test('a next page on another host is not followed', async () => {
    await using elsewhere = await answering(() => ({ status: 200, body: '{}' }));
    await using site = await paging(() => `${elsewhere.url}/page2`);
    const call = hospital.call({ urls: [site.url, elsewhere.url] });
    await expect(findSlots(call, at(site.url))).rejects.toMatchObject({ reason: 'foreign-origin' });
    expect(elsewhere.asked).toEqual([]);
  });

  test('pages that lead in a circle end', async () => {
    await using site = await paging((url) => `${url}/r4/t/Slot?-pageContext=1`);
    await expect(findSlots(hospital.call({ urls: [site.url] }), at(site.url))).rejects.toMatchObject({
      reason: 'endless-paging',
    });
  });

  test('a reply of more bytes than allowed is refused', async () => {
    await expect(findSlots(hospital.call({ responseBytesMax: 2000 }))).rejects.toMatchObject({
      reason: 'reply-too-large',
    });
  });
});

test('providers come with where they have slots, and under a new name once they are renamed', async () => {
  const list = async () => collect(hospital.connector.listProviders?.(hospital.call()));
  const found = await list();
  expect(found.length).toBeGreaterThanOrEqual(4);
  expect(found.find(({ externalId }) => externalId === '593923')).toMatchObject({
    name: { given: ['Christina'], family: 'Applegate' },
    specialties: ['Family Medicine'],
    languages: ['en'],
    locationExternalIds: ['21304876'],
  });
  await hospital.edit({ op: 'rename-provider', providerExternalId: '593923', name: 'Grace Hopper' });
  await hospital.edit({ op: 'add-provider', name: 'Alan Turing' });
  const names = (await list()).map(({ name }) => name.family);
  expect(names).toEqual(expect.arrayContaining(['Hopper', 'Turing']));
});

test('only the providers that are named in the settings are listed', async () => {
  const connector = hospital.connect({ practitionerIds: ['4122622', '4122630', '4122622'] });
  const found = await collect(connector.listProviders?.(hospital.call()));
  expect(found.map(({ externalId }) => externalId).toSorted()).toEqual(['4122622', '4122630']);
});

test('locations come with their zones', async () => {
  const locations = await collect(hospital.connector.listLocations?.(hospital.call()));
  expect(locations.map(({ timeZone }) => timeZone)).toEqual(['America/Chicago', 'America/Los_Angeles']);
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
    phone: '+18165550123',
    address: { line: ['12 Elm Street'], city: 'Springfield' },
    identifiers,
  });
  const MRN = 'urn:oid:2.16.840.1.113883.6.1000';
  const match = (who: Person) => hospital.connector.matchPatient?.(hospital.call(), who);
  const create = (who: Person) => {
    if (!hospital.connector.createPatient) throw new Error('cannot create patients');
    return hospital.connector.createPatient(hospital.call(), who);
  };

  test.each([
    ['by name and date of birth', person('nancy', 'Smart', '1990-09-15'), '12724066'],
    [
      'by identifier, under another name',
      person('Nan', 'Smith', '1990-09-15', [{ system: MRN, value: '6931' }]),
      '12724066',
    ],
    [
      'by name, where the identifier is of elsewhere',
      person('Wilma', 'Smart', '1947-03-16', [{ system: 'urn:other', value: '1' }]),
      '12724070',
    ],
  ])('one is found %s', async (_, who, externalId) => {
    expect(await match(who)).toMatchObject({ kind: 'one', evidence: { class: 'success', externalId } });
  });

  test.each([
    ['two patients of the same name and date of birth', person('Anna', 'Novak', '1990-02-02')],
    [
      'an identifier of somebody with another date of birth',
      person('Nancy', 'Smart', '1950-01-01', [{ system: MRN, value: '6931' }]),
    ],
  ])('nobody is chosen from %s', async (_, who) => {
    expect(await match(who)).toEqual({ kind: 'many' });
  });

  test('whoever was merged into another (O13) is nobody to choose', async () => {
    const merged = person('Nancy', 'Smartt', '1990-09-15');
    expect(await match(merged)).toEqual({ kind: 'none' });
    await hospital.quirks({ O13: false });
    expect(await match(merged)).toMatchObject({ kind: 'one' });
    await hospital.quirks({ O13: true });
  });

  test('one who is created is found from then on, by name and by number', async () => {
    const ssn = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '000-00-0001' };
    const ada = person('Ada', 'Bauer', '1984-05-23', [ssn]);
    expect(await match(ada)).toEqual({ kind: 'none' });
    const created = await create(ada);
    expect(created).toEqual({ class: 'success', externalId: expect.any(String) });
    const expected = { kind: 'one', evidence: { externalId: created.class === 'success' ? created.externalId : '' } };
    expect(await match(ada)).toMatchObject(expected);
    expect(await match(person('Ada', 'Bauer', '1984-05-23'))).toMatchObject(expected);
  });

  test.each([
    ['500', 'unknown server-error'],
    ['502-after-commit', 'unknown gateway'],
    ['html-200', 'thrown protocol unreadable-reply'],
    ['error-in-200', 'unknown no-location-in-reply'],
    ['reset-after-commit', 'thrown protocol connection-lost'],
    ['token-expired', 'success'],
  ] as const)('creating that meets %s comes to %s', async (fault, outcome) => {
    await hospital.fault({ on: 'any', fault, times: 1 });
    expect(await comesTo(create(person('Bo', 'Fault', '1999-09-09')))).toBe(outcome);
  });
});

describe('the check of a connection', () => {
  const check = async (connector = hospital.connector): Promise<CheckStep[]> => {
    const steps: CheckStep[] = [];
    for await (const step of connector.check?.(hospital.call()) ?? []) steps.push(step);
    return steps;
  };
  const brief = (steps: readonly CheckStep[]): string[] =>
    steps.map(({ step, ok }) => `${step} ${ok ? 'ok' : 'failed'}`);

  test('goes through all steps and changes nothing', async () => {
    const before = await hospital.effects();
    expect(brief(await check())).toEqual(['auth ok', 'read ok', 'map ok', 'write ok']);
    const after = await hospital.effects();
    expect(after.appointments).toEqual(before.appointments);
    expect(
      after.requests
        .slice(before.requests.length)
        .every(({ method, path }) => method === 'GET' || path.endsWith('/token')),
    ).toBe(true);
  });

  test('stops at the first step that fails, and says what to do', async () => {
    const { config } = hospital.simulator.connection;
    const wrong = adapter.connect({ config, secrets: { clientSecret: 'wrong' } });
    expect(brief(await check(wrong))).toEqual(['auth failed']);

    await hospital.fault({ on: 'slots', fault: '500' });
    const unreadable = await check();
    expect(brief(unreadable)).toEqual(['auth ok', 'read failed']);
    expect(unreadable.at(-1)?.detail).toContain('server-error');
  });

  test('finds out that the token allows to read only (O5), before the first booking', async () => {
    await hospital.quirks({ O5: 'narrow' });
    const steps = await check(hospital.connect());
    expect(brief(steps)).toEqual(['auth ok', 'read ok', 'map ok', 'write failed']);
    expect(steps.at(-1)?.detail).toContain('system/Appointment.write');
  });
});

test.each([
  ['locationIds', []],
  ['serviceTypes', []],
  ['tokenUrl', undefined],
  ['organizationId', ''],
])('a connection without %s cannot be opened, and is told which setting is missing', (name, value) => {
  expect(() => hospital.connect({ [name]: value })).toThrow(name);
});
