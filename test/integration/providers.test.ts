import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createProvider, updateProvider, type ProviderInput } from '../../src/commands/providers.ts';
import { updateSchedule } from '../../src/commands/schedules.ts';
import { listProviders, readProvider, type ProviderFilter } from '../../src/queries/providers.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { holdSlot } from '../support/hold-slot.ts';
import { thrown } from '../support/thrown.ts';

let database: TestDatabase;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

const input = (more: Partial<ProviderInput> = {}): ProviderInput => ({
  name: { given: ['Zo\u0065\u0308', 'Maria'], family: ' Müller ', prefix: 'Dr.' },
  email: 'zoe@clinic.example',
  phone: '+1 (413) 555-0188',
  specialties: ['cardiology'],
  languages: ['de', 'en'],
  insurances: ['Blue Cross'],
  locations: [clinic.locationId],
  identifiers: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
  ...more,
});
const pointers = async (more: Partial<ProviderInput>): Promise<string[]> =>
  (await thrown(createProvider(database.db, clinic.caller('admin'), input(more)))).errors.map((each) => each.pointer);

describe('a provider', () => {
  test('is created where its locations are, with a clean name and an E.164 number, and read by every role', async () => {
    const id = await createProvider(database.db, clinic.caller('admin'), input());
    for (const role of ['app', 'patient', 'provider', 'support', 'engineer', 'admin'] as const) {
      expect(await readProvider(database.db, clinic.caller(role), id)).toEqual({
        id,
        name: { given: ['Zoë', 'Maria'], family: 'Müller', prefix: 'Dr.' },
        email: 'zoe@clinic.example',
        phone: '+14135550188',
        specialties: ['cardiology'],
        languages: ['de', 'en'],
        insurances: ['Blue Cross'],
        rating: null,
        locations: [clinic.locationId],
        identifiers: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
        connectionId: clinic.connectionId,
        version: 1,
      });
    }
  });

  test('with wrong fields is refused, each named', async () => {
    const other = await clinic.addLocation('UTC', await clinic.addConnection('hub'));
    const foreign = (await createClinic(database.db)).locationId;
    expect(await pointers({ phone: '12345', email: 'nobody' })).toEqual(['/email', '/phone']);
    expect(await pointers({ name: { given: [' '], family: '\t' } })).toEqual(['/name/given/0', '/name/family']);
    expect(await pointers({ locations: [clinic.locationId, other] })).toEqual(['/locations/1']);
    expect(await pointers({ locations: [foreign] })).toEqual(['/locations/0']);
    expect(await pointers({ locations: ['nonsense', randomUUID()] })).toEqual(['/locations/0', '/locations/1']);
    expect(await pointers({ locations: [] })).toEqual(['/locations']);
    const twice = { system: 'a', value: 'b' };
    expect(await pointers({ identifiers: [twice, twice] })).toEqual(['/identifiers/1']);
  });

  test('cannot have the identifier of another one, and nothing of it is kept', async () => {
    await createProvider(database.db, clinic.caller('admin'), input());
    const error = await thrown(
      createProvider(database.db, clinic.caller('admin'), input({ name: { given: ['A'], family: 'Twin' } })),
    );
    expect([error.code, error.errors[0]?.pointer]).toEqual(['state-conflict', '/identifiers']);
    expect((await listProviders(database.db, clinic.caller(), { q: 'twin' }, { limit: 9 })).items).toEqual([]);
    const elsewhere = await createClinic(database.db);
    await createProvider(database.db, elsewhere.caller('admin'), input({ locations: [elsewhere.locationId] }));
  });

  test('is replaced as a whole by who has read its present version', async () => {
    const admin = clinic.caller('admin');
    const id = await createProvider(database.db, admin, input());
    const second = await clinic.addLocation('UTC');
    await updateProvider(database.db, admin, id, { name: { given: ['Zoë'], family: 'Meier' }, locations: [second] }, 1);
    expect(await readProvider(database.db, admin, id)).toMatchObject({
      name: { given: ['Zoë'], family: 'Meier', prefix: null },
      email: null,
      phone: null,
      specialties: [],
      locations: [second],
      identifiers: [],
      version: 2,
    });
    expect((await thrown(updateProvider(database.db, admin, id, input(), 1))).code).toBe('stale-version');
    await updateProvider(database.db, clinic.caller('provider', { providerId: id }), id, input());
  });

  test('cannot leave a location that its schedule has rules for', async () => {
    const admin = clinic.caller('admin');
    const second = await clinic.addLocation('UTC');
    const rule = {
      rrule: 'FREQ=DAILY',
      start: '09:00',
      end: '10:00',
      slotMinutes: 30,
      mode: 'in-person',
      capacity: 1,
      locationId: second,
    } as const;
    await updateSchedule(database.db, admin, clinic.providerId, { rules: [rule], exceptions: [] });
    expect((await readProvider(database.db, admin, clinic.providerId)).locations.toSorted()).toEqual(
      [clinic.locationId, second].toSorted(),
    );
    const error = await thrown(updateProvider(database.db, admin, clinic.providerId, input()));
    expect([error.code, error.errors[0]?.pointer]).toEqual(['state-conflict', '/locations']);
  });

  test('of a HIS, a colleague or another organization is not the caller’s to change', async () => {
    const connectionId = await clinic.addConnection('his');
    const locationId = await clinic.addLocation('UTC', connectionId);
    const theirs = await clinic.addProvider({ connectionId, locationId });
    const admin = clinic.caller('admin');
    expect((await thrown(createProvider(database.db, admin, input({ locations: [locationId] })))).code).toBe(
      'managed-by-his',
    );
    expect((await thrown(updateProvider(database.db, admin, theirs, input({ locations: [locationId] })))).code).toBe(
      'managed-by-his',
    );
    const colleague = clinic.caller('provider', { providerId: theirs });
    expect((await thrown(updateProvider(database.db, colleague, clinic.providerId, input()))).code).toBe('forbidden');
    const stranger = (await createClinic(database.db)).caller('admin');
    for (const id of [clinic.providerId, randomUUID(), 'nonsense']) {
      expect((await thrown(readProvider(database.db, stranger, id))).code).toBe('not-found');
      expect((await thrown(updateProvider(database.db, stranger, id, input()))).code).toBe('not-found');
    }
  });
});

describe('providers', () => {
  const found = async (filter: ProviderFilter): Promise<string[]> =>
    (await listProviders(database.db, clinic.caller(), filter, { limit: 200 })).items.map((each) => each.id);

  test('are found by each filter, and only those of the own organization', async () => {
    const second = await clinic.addLocation('UTC');
    const wanted = await clinic.addProvider({
      family: 'Núñez-O’Brien',
      given: ['José', 'Ángel'],
      specialties: ['Pediatric Cardiology'],
      languages: ['es'],
      insurances: ['Acme Health'],
      locationId: second,
    });
    await (await createClinic(database.db)).addProvider({ family: 'Núñez' });
    const filters: ProviderFilter[] = [
      { location: second },
      { specialty: 'pediatric cardiology' },
      { language: 'ES' },
      { insurance: 'acme health' },
      { q: 'nunez' },
      { q: 'ÑEZ jose' },
      { q: 'cardio' },
      { q: 'angel  CARDIO ', language: 'es', location: second },
    ];
    for (const filter of filters) expect([filter, await found(filter)]).toEqual([filter, [wanted]]);
    const misses: ProviderFilter[] = [
      { location: 'nonsense' },
      { location: randomUUID() },
      { specialty: 'cardiology' },
      { q: '%' },
      { q: 'jose okafor' },
      { language: 'e' },
    ];
    for (const filter of misses) expect([filter, await found(filter)]).toEqual([filter, []]);
    expect(await found({ q: ' ' })).toEqual([wanted, clinic.providerId]);
  });

  test('are found by and sorted by their next free slot, for which held and booked ones do not count', async () => {
    const [late, soon, none] = [await clinic.addProvider(), await clinic.addProvider(), clinic.providerId];
    await clinic.addSlot({ providerId: late, inHours: 30 });
    const taken = await clinic.addSlot({ providerId: late, inHours: 1 });
    await holdSlot(database.db, clinic.caller(), { slotId: taken });
    await clinic.book(await clinic.addSlot({ providerId: none, inHours: 1 }));
    await clinic.addSlot({ providerId: soon, inHours: 3 });
    expect(await found({ sort: 'nextAvailable' })).toEqual([soon, late, none]);
    const before = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    expect(await found({ nextAvailableBefore: before(24) })).toEqual([soon]);
    expect(await found({ nextAvailableBefore: before(48), sort: 'nextAvailable' })).toEqual([soon, late]);
    expect(await found({ nextAvailableBefore: before(2) })).toEqual([]);
  });

  test.each(['name', 'rating', 'nextAvailable'] as const)(
    'sorted by %s come page by page, without loss or repetition',
    async (sort) => {
      const ratings = [4.5, null, 5, 3.2, 4.5, null];
      for (const [index, family] of ['Öz', 'oakley', 'Zander', 'Abel', 'Okafor', 'Ober'].entries()) {
        const id = await clinic.addProvider({ family, rating: ratings[index] ?? null });
        if (index % 2 === 0) await clinic.addSlot({ providerId: id, inHours: 10 - index });
      }
      const all = (await listProviders(database.db, clinic.caller(), { sort }, { limit: 200 })).items;
      const read: string[] = [];
      let after: readonly string[] | undefined;
      do {
        const page = await listProviders(database.db, clinic.caller(), { sort }, { limit: 3, after });
        read.push(...page.items.map((each) => each.id));
        if (after === undefined)
          await clinic
            .addProvider({ family: 'Aaa', rating: 5 })
            .then((providerId) => clinic.addSlot({ providerId, inHours: 0.1 }));
        after = page.next ?? undefined;
      } while (after);
      expect(read).toEqual(all.map((each) => each.id));
      const order = {
        name: () =>
          expect(all.map((each) => each.name.family)).toEqual([
            'Abel',
            'oakley',
            'Ober',
            'Okafor',
            'Okafor',
            'Öz',
            'Zander',
          ]),
        rating: () => expect(all.map((each) => each.rating)).toEqual([5, 4.5, 4.5, 3.2, null, null, null]),
        nextAvailable: () =>
          expect(all.slice(0, 3).map((each) => each.name.family)).toEqual(['Okafor', 'Zander', 'Öz']),
      };
      order[sort]();
    },
  );

  test('refuse a cursor of another order, or of no list', async () => {
    await clinic.addProvider();
    const { next } = await listProviders(database.db, clinic.caller(), { sort: 'rating' }, { limit: 1 });
    if (!next) throw new Error('expected a second page');
    for (const after of [next, ['name'], [], ['rating', 'x', 'y']]) {
      const sort = after[0] === 'rating' && after !== next ? 'rating' : 'name';
      const error = await thrown(() => listProviders(database.db, clinic.caller(), { sort }, { limit: 1, after }));
      expect([error.code, error.errors[0]?.pointer]).toEqual(['validation', '#/query/cursor']);
    }
  });
});
