import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLocation, updateLocation } from '../../src/commands/locations.ts';
import { listLocations, readLocation } from '../../src/queries/locations.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
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

const input = {
  name: '  Elm Street Clinic ',
  timeZone: 'America/New_York',
  address: { line: ['12 Elm Street'], city: 'Springfield' },
};

describe('a location', () => {
  test('is created on the hub-managed connection, and read back', async () => {
    const admin = clinic.caller('admin');
    const id = await createLocation(database.db, admin, input);
    expect(await readLocation(database.db, admin, id)).toEqual({
      id,
      name: 'Elm Street Clinic',
      timeZone: 'America/New_York',
      address: { line: ['12 Elm Street'], city: 'Springfield' },
      connectionId: clinic.connectionId,
      version: 1,
    });
  });

  test('cannot be created where a HIS keeps the book, or where there is no such connection', async () => {
    const his = await clinic.addConnection('his');
    const foreign = (await createClinic(database.db)).connectionId;
    expect(
      (await thrown(createLocation(database.db, clinic.caller('admin'), { ...input, connectionId: his }))).code,
    ).toBe('managed-by-his');
    for (const connectionId of [foreign, randomUUID(), 'nonsense']) {
      const error = await thrown(createLocation(database.db, clinic.caller('admin'), { ...input, connectionId }));
      expect([error.code, error.errors[0]?.pointer]).toEqual(['validation', '/connectionId']);
    }
  });

  test.each(['Mars/Olympus', '+02:00', 'EST5EDT4', '', 'America', 'Etc/../passwd'])(
    'in zone %j is refused',
    async (timeZone) => {
      const error = await thrown(createLocation(database.db, clinic.caller('admin'), { ...input, timeZone }));
      expect(error.errors.map((each) => each.pointer)).toEqual(['/timeZone']);
    },
  );

  test.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['UTC', 'UTC'],
  ])('in zone %j is kept in %j', async (timeZone, kept) => {
    const id = await createLocation(database.db, clinic.caller('admin'), { ...input, timeZone });
    expect((await readLocation(database.db, clinic.caller(), id)).timeZone).toBe(kept);
  });

  test('hears of everything that is wrong with it at once', async () => {
    const error = await thrown(
      createLocation(database.db, clinic.caller('admin'), { name: '  ', timeZone: 'x', address: { city: 'a\u0000b' } }),
    );
    expect(error.errors.map((each) => each.pointer)).toEqual(['/name', '/address/city', '/timeZone']);
  });

  test('is replaced by who has read its present version', async () => {
    const admin = clinic.caller('admin');
    await updateLocation(
      database.db,
      admin,
      clinic.locationId,
      { name: 'New', timeZone: 'UTC', connectionId: clinic.connectionId },
      1,
    );
    expect(await readLocation(database.db, admin, clinic.locationId)).toMatchObject({
      name: 'New',
      timeZone: 'UTC',
      address: null,
      version: 2,
    });
    expect((await thrown(updateLocation(database.db, admin, clinic.locationId, input, 1))).code).toBe('stale-version');
    await updateLocation(database.db, admin, clinic.locationId, input);
    const moved = { ...input, connectionId: await clinic.addConnection('hub') };
    const error = await thrown(updateLocation(database.db, admin, clinic.locationId, moved));
    expect(error.errors.map((each) => each.pointer)).toEqual(['/connectionId']);
    expect(await readLocation(database.db, admin, clinic.locationId)).toMatchObject({
      name: 'Elm Street Clinic',
      version: 3,
    });
  });

  test('changed by many at once counts every change', async () => {
    const admin = clinic.caller('admin');
    await Promise.all(Array.from({ length: 10 }, () => updateLocation(database.db, admin, clinic.locationId, input)));
    expect((await readLocation(database.db, admin, clinic.locationId)).version).toBe(11);
  });

  test('of another organization is not found', async () => {
    const stranger = (await createClinic(database.db)).caller('admin');
    for (const id of [clinic.locationId, randomUUID(), 'nonsense']) {
      expect((await thrown(readLocation(database.db, stranger, id))).code).toBe('not-found');
      expect((await thrown(updateLocation(database.db, stranger, id, input))).code).toBe('not-found');
    }
  });
});

test('locations are listed by name as people sort it, page by page, though others are inserted', async () => {
  const admin = clinic.caller('admin');
  await updateLocation(database.db, admin, clinic.locationId, { ...input, name: 'Zürich' });
  for (const name of ['Ärztehaus', 'bonn', 'Aachen', 'Celle', 'Celle'])
    await createLocation(database.db, admin, { ...input, name });
  const names: string[] = [];
  let after: readonly string[] | undefined;
  do {
    const page = await listLocations(database.db, admin, { limit: 2, after });
    names.push(...page.items.map((each) => each.name));
    after = page.next ?? undefined;
    if (names.length === 2) await createLocation(database.db, admin, { ...input, name: 'AAA' });
  } while (after);
  expect(names).toEqual(['Aachen', 'Ärztehaus', 'bonn', 'Celle', 'Celle', 'Zürich']);
});
