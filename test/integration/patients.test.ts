import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPatient, updatePatient, type PatientInput } from '../../src/commands/patients.ts';
import { HubError, type Caller } from '../../src/domain/index.ts';
import { readPatient, searchPatients, type PatientSearch } from '../../src/queries/patients.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertIdentifier, testKeys } from '../support/keys.ts';
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

const input = (more: Partial<PatientInput> = {}): PatientInput => ({
  name: { given: ['Ada '], family: 'Bauer' },
  birthDate: '1984-02-29',
  email: 'ada@example.org',
  phone: '(413) 555-0123',
  address: { line: ['12 Elm Street'], city: 'Springfield', postalCode: '01103', country: 'US' },
  identifiers: [{ system: 'https://hospital.example/mrn', value: 'E2734' }],
  ...more,
});
const reading = () => ({ db: database.db, keys: testKeys(database.db) });
const parts = () => ({ ...reading(), updating: [] });
const plain = { email: null, phone: null, identifiers: [] };
const dayFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const create = (more: Partial<PatientInput> = {}): Promise<string> =>
  createPatient(reading(), clinic.caller(), input(more));

describe('a patient', () => {
  test('is created with a clean name and an E.164 number, and read back', async () => {
    const id = await create();
    expect(await readPatient(reading(), clinic.caller(), id)).toEqual({
      id,
      name: { given: ['Ada'], family: 'Bauer' },
      birthDate: '1984-02-29',
      email: 'ada@example.org',
      phone: '+14135550123',
      address: { line: ['12 Elm Street'], city: 'Springfield', postalCode: '01103', country: 'US' },
      identifiers: [{ system: 'https://hospital.example/mrn', value: 'E2734' }],
      version: 1,
      updates: [],
    });
  });

  test.each<[string, Partial<PatientInput>]>([
    ['/name/family', { name: { given: ['Ada'], family: ' \u00a0' } }],
    ['/name/given/1', { name: { given: ['Ada', 'a\u0000b'], family: 'Bauer' } }],
    ['/birthDate', { birthDate: '2023-02-29' }],
    ['/birthDate', { birthDate: '1984-13-01' }],
    ['/birthDate', { birthDate: '29.02.1984' }],
    ['/birthDate', { birthDate: dayFromNow(2) }],
    ['/birthDate', { birthDate: `${new Date().getUTCFullYear() - 131}-01-01` }],
    ['/email', { email: 'ada@' }],
    ['/email', { email: 'ada@example' }],
    ['/email', { email: 'a b@example.org' }],
    ['/email', { email: `${'a'.repeat(250)}@example.org` }],
    ['/phone', { phone: '12345' }],
    ['/phone', { phone: 'call me at +14135550123' }],
    ['/phone', { phone: '+999 12345678' }],
    ['/phone', { phone: '(413) 555-0123', address: null }],
    ['/identifiers/0/value', { identifiers: [{ system: 'a', value: ' ' }] }],
  ])('with a wrong %s is refused', async (pointer, more) => {
    const error = await thrown(create(more));
    expect([error.code, error.errors.map((each) => each.pointer)]).toEqual(['validation', [pointer]]);
  });

  test('never finds its data in the refusal', async () => {
    const error = await thrown(
      create({
        name: { given: ['CANARYNAME\u0001'], family: 'CANARYNAME\u0001' },
        email: 'CANARY mail',
        phone: 'CANARYPHONE',
        birthDate: 'CANARYDATE',
      }),
    );
    expect(error.errors).toHaveLength(5);
    expect(JSON.stringify([error.message, error.errors, error.members])).not.toMatch(/CANARY/);
  });

  test('that is a newborn, or as old as people get, is accepted', async () => {
    for (const birthDate of [dayFromNow(0), `${new Date().getUTCFullYear() - 129}-12-31`]) {
      const id = await create({ ...plain, birthDate });
      expect((await readPatient(reading(), clinic.caller(), id)).birthDate).toBe(birthDate);
    }
  });

  test('has an e-mail address of its own in its organization, whatever the case of letters; many may have none', async () => {
    await create();
    const error = await thrown(create({ email: 'ADA@Example.org', identifiers: [] }));
    expect([error.code, error.errors[0]?.pointer]).toEqual(['state-conflict', '/email']);
    await create(plain);
    await create(plain);
    const elsewhere = await createClinic(database.db);
    await createPatient(reading(), elsewhere.caller(), input());
  });

  test('created 20 times at once with one e-mail address exists once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => create({ identifiers: [] })));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'state-conflict' });
  });

  test('has identifiers of its own', async () => {
    await create();
    const error = await thrown(create({ email: 'other@example.org' }));
    expect([error.code, error.errors[0]?.pointer]).toEqual(['state-conflict', '/identifiers']);
    await create({ ...plain, identifiers: [{ system: 'another', value: 'E2734' }] });
  });

  test('is replaced as a whole by who has read its present version', async () => {
    const id = await create();
    const app = clinic.caller();
    await updatePatient(
      parts(),
      app,
      id,
      { name: { given: ['Ada', 'Maria'], family: 'Cole' }, birthDate: '1984-03-01' },
      1,
    );
    expect(await readPatient(reading(), app, id)).toEqual({
      id,
      name: { given: ['Ada', 'Maria'], family: 'Cole' },
      birthDate: '1984-03-01',
      email: null,
      phone: null,
      address: null,
      identifiers: [],
      version: 2,
      updates: [],
    });
    expect((await thrown(updatePatient(parts(), app, id, input(), 1))).code).toBe('stale-version');
    await updatePatient(parts(), app, id, input());
    const other = await create(plain);
    expect((await thrown(updatePatient(parts(), app, other, input({ identifiers: [] })))).code).toBe('state-conflict');
    expect((await readPatient(reading(), app, other)).version).toBe(1);
  });

  test('changed by many who read the same version is changed by one of them', async () => {
    const id = await create();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => updatePatient(parts(), clinic.caller(), id, input(), 1)),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'stale-version' });
    expect((await readPatient(reading(), clinic.caller(), id)).version).toBe(2);
  });

  test('sent back as it was read keeps the keys that a connection gave it, and the hub’s own stay out of sight', async () => {
    const id = await create();
    await insertIdentifier(database.db, id, clinic.connectionId, 'his-mrn', 'M1');
    await insertIdentifier(database.db, id, clinic.connectionId, 'urn:tessera:his-key', 'K1');
    const read = await readPatient(reading(), clinic.caller(), id);
    const expected = [
      { system: 'his-mrn', value: 'M1' },
      { system: 'https://hospital.example/mrn', value: 'E2734' },
    ];
    expect(read.identifiers).toEqual(expected);
    await updatePatient(parts(), clinic.caller(), id, {
      ...read,
      identifiers: [...read.identifiers, { system: 'urn:tessera:his-key', value: 'forged' }],
    });
    expect((await readPatient(reading(), clinic.caller(), id)).identifiers).toEqual(expected);
    const index = await testKeys(database.db).indexOf(clinic.organizationId);
    const kept = await database.db.query(
      `select connection_id, value from external_identifier where entity_id = $1 and system in ('his-mrn', 'urn:tessera:his-key') order by system`,
      [id],
    );
    expect(kept.rows).toEqual([
      { connection_id: clinic.connectionId, value: index.identifier('his-mrn', 'M1') },
      { connection_id: clinic.connectionId, value: index.identifier('urn:tessera:his-key', 'K1') },
    ]);
  });
});

describe('a patient is found', () => {
  const find = async (asked: PatientSearch, caller = clinic.caller()): Promise<string[]> =>
    (await searchPatients(reading(), caller, asked)).map(({ id }) => id);

  test('by each of what it is known by, exactly, however it is typed; and by all that is asked together', async () => {
    const id = await create();
    const twin = await create({ ...plain, name: { given: ['Eva'], family: 'BAUER' } });
    const identifier = { system: 'https://hospital.example/mrn', value: 'E2734' };
    expect(await find({ email: 'ADA@example.org' })).toEqual([id]);
    expect(await find({ phone: '+14135550123' })).toEqual([id]);
    expect(await find({ identifier })).toEqual([id]);
    expect(await find({ family: 'bauer', birthDate: '1984-02-29' })).toEqual([id, twin]);
    expect(await find({ family: 'Bauer', given: ['ada'], birthDate: '1984-02-29' })).toEqual([id]);
    expect(await find({ family: 'Bauer', birthDate: '1984-02-29', phone: '+14135550123' })).toEqual([id]);
    for (const nobody of [
      { email: 'ada@example' },
      { family: 'Baue', birthDate: '1984-02-29' },
      { family: 'Bauer', birthDate: '1984-02-28' },
      { identifier: { ...identifier, value: 'e2734' } },
      { email: 'ada@example.org', phone: '+14135550124' },
    ]) {
      expect(await find(nobody)).toEqual([]);
    }
  });

  test('as it is now, and by nobody of another organization', async () => {
    const id = await create();
    await updatePatient(parts(), clinic.caller(), id, input({ email: 'new@example.org', identifiers: [] }));
    expect(await find({ email: 'ada@example.org' })).toEqual([]);
    expect(await find({ email: 'new@example.org' })).toEqual([id]);
    const elsewhere = await createClinic(database.db);
    expect(await find({ email: 'new@example.org' }, elsewhere.caller('admin'))).toEqual([]);
  });
});

describe('who may see a patient', () => {
  const tries = async (caller: Caller, id: string): Promise<string[]> => {
    const outcomes = await Promise.allSettled([
      readPatient(reading(), caller, id),
      updatePatient(parts(), caller, id, input()),
    ]);
    return outcomes.map((each) =>
      each.status === 'fulfilled' ? 'done' : each.reason instanceof HubError ? each.reason.code : 'broken',
    );
  };

  test('the patient: itself alone', async () => {
    const [own, other] = [await create(), await create(plain)];
    const patient = clinic.caller('patient', { patientId: own });
    expect(await tries(patient, own)).toEqual(['done', 'done']);
    expect(await tries(patient, other)).toEqual(['not-found', 'not-found']);
    expect(await tries(clinic.caller('patient'), own)).toEqual(['not-found', 'not-found']);
  });

  test('a provider: those with an appointment with it', async () => {
    const [seen, unseen] = [await create(), await create(plain)];
    await clinic.book(await clinic.addSlot(), seen);
    const provider = clinic.caller('provider', { providerId: clinic.providerId });
    expect(await tries(provider, seen)).toEqual(['done', 'done']);
    expect(await tries(provider, unseen)).toEqual(['not-found', 'not-found']);
    const colleague = clinic.caller('provider', { providerId: await clinic.addProvider() });
    expect(await tries(colleague, seen)).toEqual(['not-found', 'not-found']);
    expect(await tries(clinic.caller('provider'), seen)).toEqual(['not-found', 'not-found']);
  });

  test('nobody of another organization, not even with the right ids', async () => {
    const id = await create();
    await clinic.book(await clinic.addSlot(), id);
    const elsewhere = await createClinic(database.db);
    const strangers = [
      elsewhere.caller('admin'),
      elsewhere.caller('app'),
      elsewhere.caller('patient', { patientId: id }),
      elsewhere.caller('provider', { providerId: clinic.providerId }),
    ];
    for (const stranger of strangers) expect(await tries(stranger, id)).toEqual(['not-found', 'not-found']);
    for (const unknown of [randomUUID(), 'nonsense'])
      expect(await tries(clinic.caller(), unknown)).toEqual(['not-found', 'not-found']);
  });
});
