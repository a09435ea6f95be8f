/** Connections: how they are made and changed, and what they need. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  changeConnection,
  createConnection,
  pauseConnection,
  resumeConnection,
} from '../../src/commands/connections.ts';
import { PRODUCTION_POLICY } from '../../src/domain/index.ts';
import { secretsRow } from '../../src/ledger/seal.ts';
import { readConnectionHealth } from '../../src/queries/connection-health.ts';
import { readConnection } from '../../src/queries/connections.ts';
import { listLocations } from '../../src/queries/locations.ts';
import { createClinic } from '../support/clinic.ts';
import { ConnectionsDesk, connectionInput } from '../support/connections-desk.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { thrown } from '../support/thrown.ts';

let database: TestDatabase;
let desk: ConnectionsDesk;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  desk = await ConnectionsDesk.open(database.db);
});
afterEach(() => desk.connections.close());
afterAll(() => database.drop());

const pointersOf = async (work: Promise<unknown>): Promise<string[]> =>
  (await thrown(work)).errors.map((each) => each.pointer);

async function storedSecrets(id: string): Promise<unknown> {
  const found = await database.db.query<{ secrets: Buffer }>('select secrets from connection where id = $1', [id]);
  return JSON.parse(desk.seal.open(secretsRow(id), found.rows[0]?.secrets ?? Buffer.alloc(0)));
}

describe('a connection', () => {
  test('is made by an adapter, and read back without its secrets, which are kept sealed', async () => {
    const id = await desk.create({ policy: { callsPerSecond: 2 } });
    const read = await readConnection(database.db, desk.clinic.caller('support'), id);
    expect(read).toMatchObject({
      name: 'General Hospital',
      adapter: 'checking',
      managedBy: 'his',
      state: 'active',
      config: { baseUrl: 'https://his.example.org/fhir' },
      hasSecrets: true,
      policy: { ...PRODUCTION_POLICY, callsPerSecond: 2 },
      synchronisedAt: null,
    });
    expect(JSON.stringify(read)).not.toContain('swordfish');
    const row = await database.db.query<{ row: string }>('select c::text as row from connection c where id = $1', [id]);
    expect(row.rows[0]?.row).not.toContain('swordfish');
    expect(row.rows[0]?.row).not.toContain(Buffer.from('swordfish').toString('hex'));
    expect(await storedSecrets(id)).toEqual({ password: 'swordfish', key: 'k' });
  });

  test('of an adapter that is not installed is refused, with those that are', async () => {
    const error = await thrown(desk.create({ adapter: 'nothing' }));
    expect(error.errors).toEqual([
      { pointer: '/adapter', detail: 'expected one of those installed here: checking, silent, own' },
    ]);
  });

  test('hears of everything that is wrong with it at once, by what its adapter asks for', async () => {
    const error = await thrown(
      desk.create({
        config: { sites: [{ code: 7 }, {}], url: 'x' },
        secrets: { password: 'p', 'pass/word': 'swordfish' },
        policy: { leaseMs: 2_000, retriesMax: 101 },
      }),
    );
    expect(error.errors).toEqual([
      { pointer: '/config/baseUrl', detail: 'is required, and is missing' },
      { pointer: '/config/url', detail: 'is not known here; known are baseUrl, timeZone, sites' },
      { pointer: '/config/sites/0/code', detail: 'expected text, got a number' },
      { pointer: '/config/sites/1/code', detail: 'is required, and is missing' },
      { pointer: '/secrets/pass~1word', detail: 'is not known here; known are password, key' },
      { pointer: '/policy/retriesMax', detail: 'expected whole numbers from 0 to 100' },
      { pointer: '/policy/leaseMs', detail: expect.stringContaining('expected at least 47000') },
    ]);
    expect(JSON.stringify(error.errors)).not.toContain('swordfish');
  });

  test('with credentials in its URL, or with settings that its adapter itself refuses, is refused', async () => {
    expect(await pointersOf(desk.create({ config: { baseUrl: 'https://u:p@his.example.org' } }))).toEqual([
      '/config/baseUrl',
    ]);
    const unfit = await thrown(desk.create({ secrets: { password: 'unfit' } }));
    expect(unfit.errors).toEqual([{ pointer: '/config', detail: 'these settings do not go together' }]);
  });

  test('in a time zone that does not exist, or is a bare offset, is refused', async () => {
    const at = (timeZone: string) => desk.create({ config: { baseUrl: 'https://his.example.org', timeZone } });
    for (const wrong of ['Mars/Olympus', '+02:00', '']) {
      expect((await thrown(at(wrong))).errors).toEqual([
        { pointer: '/config/timeZone', detail: 'expected an IANA time zone, e.g. Europe/Berlin' },
      ]);
    }
    await at('America/New_York');
  });

  test('needs the secrets that its adapter misses, and may leave out the others', async () => {
    const missing = await thrown(desk.create({ secrets: { key: 'k' } }));
    expect(missing.errors).toEqual([{ pointer: '/secrets/password', detail: 'the setting "password" is needed' }]);
    const id = await desk.create({ secrets: { password: 'p' } });
    expect(await storedSecrets(id)).toEqual({ password: 'p' });
  });

  test('has a key of its own in its organization, also when ten ask for it at once', async () => {
    const key = 'general';
    const made = await Promise.allSettled(Array.from({ length: 10 }, () => desk.create({ key })));
    expect(made.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    const error = await thrown(desk.create({ key }));
    expect([error.code, error.errors[0]?.pointer]).toEqual(['state-conflict', '/key']);
    const elsewhere = (await createClinic(database.db)).caller('engineer');
    await createConnection(desk.parts, elsewhere, connectionInput({ key }));
  });

  test('brings its site where the adapter cannot list those of its HIS, and only there', async () => {
    const location = { name: 'North Wing', timeZone: 'europe/berlin', externalId: 'NW' };
    const id = await desk.create({ adapter: 'silent', location });
    const { items } = await listLocations(database.db, desk.clinic.caller(), { limit: 10 });
    expect(items).toContainEqual(
      expect.objectContaining({ name: 'North Wing', timeZone: 'Europe/Berlin', connectionId: id }),
    );
    const keys = await database.db.query('select value from external_identifier where connection_id = $1', [id]);
    expect(keys.rows).toEqual([{ value: 'NW' }]);
    expect(await pointersOf(desk.create({ location }))).toEqual(['/location']);
    expect(
      await pointersOf(desk.create({ adapter: 'silent', location: { ...location, timeZone: 'Mars/Olympus' } })),
    ).toEqual(['/location/timeZone']);
  });

  test('of another organization is not found', async () => {
    const id = await desk.create();
    const stranger = (await createClinic(database.db)).caller('admin');
    for (const each of [id, randomUUID(), 'nonsense']) {
      for (const work of [
        changeConnection(desk.parts, stranger, each, {}),
        pauseConnection(desk.parts, stranger, each),
        resumeConnection(desk.parts, stranger, each),
        readConnectionHealth(database.db, stranger, each, () => false),
      ]) {
        expect((await thrown(work)).code).toBe('not-found');
      }
    }
    expect(await readConnection(database.db, desk.clinic.caller(), id)).toMatchObject({ state: 'active' });
  });
});

describe('a change', () => {
  test('of one secret keeps the others, and is what the next call works with', async () => {
    const id = await desk.create();
    const before = (await desk.connections.get(id)).connection;
    await changeConnection(desk.parts, desk.clinic.caller('engineer'), id, { secrets: { password: 'new' } });
    expect(await storedSecrets(id)).toEqual({ password: 'new', key: 'k' });
    expect((await desk.connections.get(id)).connection).not.toBe(before);
    await changeConnection(desk.parts, desk.clinic.caller('engineer'), id, { secrets: { key: null } });
    expect(await storedSecrets(id)).toEqual({ password: 'new' });
    const taken = changeConnection(desk.parts, desk.clinic.caller('engineer'), id, { secrets: { password: null } });
    expect(await pointersOf(taken)).toEqual(['/secrets/password']);
  });

  test('replaces the config, changes the values of the policy that it names, and leaves the rest', async () => {
    const id = await desk.create({
      config: { baseUrl: 'https://a.example.org', sites: [{ code: 'A' }] },
      policy: { concurrency: 3 },
    });
    await changeConnection(desk.parts, desk.clinic.caller('engineer'), id, {
      config: { baseUrl: 'https://b.example.org' },
      policy: { callsPerSecond: 1 },
    });
    expect(await readConnection(database.db, desk.clinic.caller(), id)).toMatchObject({
      name: 'General Hospital',
      config: { baseUrl: 'https://b.example.org' },
      policy: { ...PRODUCTION_POLICY, concurrency: 3, callsPerSecond: 1 },
    });
    expect((await readConnection(database.db, desk.clinic.caller(), id))['config']).not.toHaveProperty('sites');
    expect(await storedSecrets(id)).toEqual({ password: 'swordfish', key: 'k' });
  });

  test('that would make it wrong is refused, and nothing is changed', async () => {
    const id = await desk.create();
    const engineer = desk.clinic.caller('engineer');
    const refused = changeConnection(desk.parts, engineer, id, {
      name: 'Other',
      config: {},
      secrets: { token: 't' },
      policy: { writeDeadlineMs: 59_000 },
    });
    expect(await pointersOf(refused)).toEqual(['/config/baseUrl', '/secrets/token', '/policy/leaseMs']);
    expect(await readConnection(database.db, engineer, id)).toMatchObject({
      name: 'General Hospital',
      policy: PRODUCTION_POLICY,
    });
    expect(await storedSecrets(id)).toEqual({ password: 'swordfish', key: 'k' });
  });

  test('of secrets that were sealed with a lost key asks for all of them anew', async () => {
    const id = await desk.create();
    await database.db.query('update connection set secrets = $2 where id = $1', [id, randomBytes(60)]);
    const engineer = desk.clinic.caller('engineer');
    expect(await pointersOf(changeConnection(desk.parts, engineer, id, { secrets: { key: 'k2' } }))).toEqual([
      '/secrets/password',
    ]);
    await changeConnection(desk.parts, engineer, id, { secrets: { key: 'k2', password: 'p2' } });
    expect(await storedSecrets(id)).toEqual({ key: 'k2', password: 'p2' });
  });

  test('made by many at once loses none', async () => {
    const id = await desk.create();
    const engineer = desk.clinic.caller('engineer');
    const values = { concurrency: 3, callsPerSecond: 4, retriesMax: 5, retryBaseMs: 600, breakerResetMs: 700 };
    await Promise.all(
      Object.entries(values).map(([name, value]) =>
        changeConnection(desk.parts, engineer, id, { policy: { [name]: value } }),
      ),
    );
    expect(await readConnection(database.db, engineer, id)).toMatchObject({
      policy: { ...PRODUCTION_POLICY, ...values },
    });
  });
});
