/** The keys of patients: whose they are, who may open what, and what is told when the root key is another. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createPatient } from '../../src/commands/patients.ts';
import { openHubKey } from '../../src/ledger/hub-key.ts';
import { createRootWrapper, WrongRootKey } from '../../src/ledger/key-wrapper.ts';
import { Keyring } from '../../src/ledger/keyring.ts';
import { readPatient } from '../../src/queries/patients.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKeys } from '../support/keys.ts';

let database: TestDatabase;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

const parts = (keys = testKeys(database.db)) => ({ db: database.db, keys });
const create = (family: string, at = clinic): Promise<string> =>
  createPatient(parts(), at.caller(), {
    name: { given: ['Ada'], family },
    birthDate: '1984-02-29',
    identifiers: [{ system: 'urn:mrn', value: family }],
  });
const read = (id: string, at = clinic) => readPatient(parts(), at.caller(), id);
const opens = (reading: Promise<unknown>): Promise<boolean> =>
  reading.then(
    () => true,
    () => false,
  );

test('what is sealed of one patient does not open as another’s, whether its data, its key or an identifier was swapped', async () => {
  const swaps = [
    'update patient p set sealed = o.sealed from patient o where p.id = $1 and o.id = $2',
    'update patient_key p set wrapped = o.wrapped from patient_key o where p.patient_id = $1 and o.patient_id = $2',
    'update external_identifier p set sealed = o.sealed from external_identifier o where p.entity_id = $1 and o.entity_id = $2',
    `with key as (update patient_key p set wrapped = o.wrapped from patient_key o where p.patient_id = $1 and o.patient_id = $2)
     update patient p set sealed = o.sealed from patient o where p.id = $1 and o.id = $2`,
  ];
  for (const swap of swaps) {
    const [one, other] = [
      await create(`A${randomBytes(4).toString('hex')}`),
      await create(`B${randomBytes(4).toString('hex')}`),
    ];
    expect(await opens(read(one))).toBe(true);
    await database.db.query(swap, [one, other]);
    expect([swap, await opens(read(one)), await opens(read(other))]).toEqual([swap, false, true]);
  }
});

test('no key of another organization opens a patient, not even when its wrapped key was moved there', async () => {
  const elsewhere = await createClinic(database.db);
  const id = await create('Cole');
  await create('Other', elsewhere);
  await database.db.query('update patient set organization_id = $2 where id = $1', [id, elsewhere.organizationId]);
  await database.db.query('update patient_key set organization_id = $2 where patient_id = $1', [
    id,
    elsewhere.organizationId,
  ]);
  expect(await opens(read(id, elsewhere))).toBe(false);
  await database.db.query(
    `update organization_key k set wrapped = o.wrapped from organization_key o where k.organization_id = $1 and o.organization_id = $2`,
    [elsewhere.organizationId, clinic.organizationId],
  );
  const keys = new Keyring(database.db, createRootWrapper([Buffer.alloc(32, 7)]));
  expect(await opens(keys.indexOf(clinic.organizationId))).toBe(true);
  expect(await opens(keys.indexOf(elsewhere.organizationId))).toBe(false);
});

test('20 processes that begin at once make one key of an organization', async () => {
  const rings = Array.from({ length: 20 }, () => new Keyring(database.db, createRootWrapper([Buffer.alloc(32, 7)])));
  const hashes = await Promise.all(
    rings.map(async (ring) => (await ring.indexOf(clinic.organizationId)).email('a@b.example')),
  );
  expect(new Set(hashes).size).toBe(1);
});

test('another root key is told at once, by the names of both, and the right one beside a newer one still opens', async () => {
  const [old, other] = [randomBytes(32), randomBytes(32)];
  const first = createRootWrapper([old]);
  const key = await openHubKey(database.db, first);
  expect(await openHubKey(database.db, first)).toEqual(key);
  const wrong = createRootWrapper([other]);
  const error: unknown = await openHubKey(database.db, wrong).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WrongRootKey);
  expect(String(error)).toContain(first.id);
  expect(String(error)).toContain(wrong.id);
  expect(String(error)).toContain('TESSERA_ROOT_KEY');
  expect(await openHubKey(database.db, createRootWrapper([other, old]))).toEqual(key);
  await expect(
    parts(new Keyring(database.db, wrong)).keys.indexOf((await createAgain()).organizationId),
  ).rejects.toThrow(WrongRootKey);
});

/** An organization that has a key. */
async function createAgain(): Promise<Clinic> {
  await create('Somebody');
  return clinic;
}

test('a blind index is the same for the same thing however it was typed, and another in another organization or use', async () => {
  const elsewhere = await createClinic(database.db);
  const [here, there] = [
    await testKeys(database.db).indexOf(clinic.organizationId),
    await testKeys(database.db).indexOf(elsewhere.organizationId),
  ];
  expect(here.email('ADA@Example.org ')).toBe(here.email('ada@example.org'));
  expect(here.birth('  DE   la Cruz', '1980-01-02')).toBe(here.birth('de la cruz', '1980-01-02'));
  expect(here.birth('Jose\u0301', '1980-01-02')).toBe(here.birth('JOS\u00c9', '1980-01-02'));
  expect(here.email('ada@example.org')).not.toBe(there.email('ada@example.org'));
  const all = [
    here.email('x'),
    here.phone('x'),
    here.birth('x', ''),
    here.person('x', [], ''),
    here.identifier('', 'x'),
    here.identifier('x', ''),
  ];
  expect(new Set(all).size).toBe(all.length);
});
