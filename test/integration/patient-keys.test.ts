/** The keys of patients: whose they are, who may open what, and what is told when the root key is another. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createPatient } from '../../src/commands/patients.ts';
import { HubKeyMissing, openHubKey, openKeptHubKey } from '../../src/ledger/hub-key.ts';
import { openRootWrapper, WrongRootKey, type KeyWrapper } from '../../src/ledger/key-wrapper.ts';
import { KeyRotation } from '../../src/ledger/key-rotation.ts';
import { Keyring } from '../../src/ledger/keyring.ts';
import { readPatient } from '../../src/queries/patients.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKeys, testWrapper } from '../support/keys.ts';

let database: TestDatabase;
let clinic: Clinic;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
});
afterAll(() => database.drop());

const wrapperOf = (first: Buffer, ...more: Buffer[]): Promise<KeyWrapper> =>
  openRootWrapper(() => Promise.resolve([first, ...more]));
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
  const keys = new Keyring(database.db, testWrapper);
  expect(await opens(keys.indexOf(clinic.organizationId))).toBe(true);
  expect(await opens(keys.indexOf(elsewhere.organizationId))).toBe(false);
});

test('20 processes that begin at once make one key of an organization', async () => {
  const rings = Array.from({ length: 20 }, () => new Keyring(database.db, testWrapper));
  const hashes = await Promise.all(
    rings.map(async (ring) => (await ring.indexOf(clinic.organizationId)).email('a@b.example')),
  );
  expect(new Set(hashes).size).toBe(1);
});

test('another root key is told at once, by the names of both, and the right one beside a newer one still opens', async () => {
  const [old, other] = [randomBytes(32), randomBytes(32)];
  const [first, wrong] = [await wrapperOf(old), await wrapperOf(other)];
  const own = await createTestDatabase();
  try {
    const key = await openHubKey(own.db, first);
    expect(await openHubKey(own.db, first)).toEqual(key);
    expect(await openHubKey(own.db, await wrapperOf(other, old))).toEqual(key);
    const error: unknown = await openHubKey(own.db, wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WrongRootKey);
    expect(String(error)).toContain(first.id);
    expect(String(error)).toContain(wrong.id);
    expect(String(error)).toContain('TESSERA_ROOT_KEY');
  } finally {
    await own.drop();
  }
  await expect(
    parts(new Keyring(database.db, wrong)).keys.indexOf((await createAgain()).organizationId),
  ).rejects.toThrow(WrongRootKey);
});

test('a key of the hub that is gone is told, and none is made in its place', async () => {
  const own = await createTestDatabase();
  try {
    await expect(openKeptHubKey(own.db, testWrapper)).rejects.toThrow(HubKeyMissing);
    await openHubKey(own.db, testWrapper);
    await createClinic(own.db);
    await own.db.query('delete from hub_key');
    await expect(openHubKey(own.db, testWrapper)).rejects.toThrow(/hub_key.*backup/);
    expect((await own.db.query('select from hub_key')).rowCount).toBe(0);
  } finally {
    await own.drop();
  }
});

test('a process that has not heard of a new root key wraps with it, and says so', async () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  let roots: [Buffer, ...Buffer[]] = [old];
  const late = await openRootWrapper(() => Promise.resolve(roots));
  roots = [fresh, old];
  const { wrapped, by } = await late.wrap('row', randomBytes(32));
  const after = await wrapperOf(fresh);
  expect(by).toBe(after.id);
  expect(await after.unwrap('row', wrapped, by)).toHaveLength(32);
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

test('a new root key takes over while patients are read and added, and the old one is needed no more', async () => {
  const own = await createTestDatabase();
  try {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    let roots: [Buffer, ...Buffer[]] = [old];
    const wrapper = await openRootWrapper(() => Promise.resolve(roots));
    const hubKey = await openHubKey(own.db, wrapper);
    const keys = new Keyring(own.db, wrapper);
    const organizations = [];
    for (let count = 0; count < 9; count += 1) {
      const id = randomUUID();
      await own.db.query('insert into organization (id, key, name) values ($1::uuid, $1::text, $2)', [id, 'O']);
      organizations.push({ id, hash: (await keys.indexOf(id)).email('a@b.example') });
    }
    // A process that began before, and has read of no organization yet.
    const late = new Keyring(own.db, await openRootWrapper(() => Promise.resolve(roots)));
    roots = [fresh, old];
    const rotation = new KeyRotation({ db: own.db, keys, wrapper, atOnce: 4 });
    const steps = [];
    for (let progress = await rotation.stepRoot(); ; progress = await rotation.stepRoot()) {
      steps.push(progress);
      const some = organizations[steps.length];
      if (some) expect((await late.indexOf(some.id)).email('a@b.example')).toBe(some.hash);
      if (progress.done === progress.total) break;
    }
    expect(steps).toEqual([5, 9, 10].map((done) => ({ done, total: 10 })));
    const after = await wrapperOf(fresh);
    expect(await openHubKey(own.db, after)).toEqual(hubKey);
    const ring = new Keyring(own.db, after);
    for (const { id, hash } of organizations) expect((await ring.indexOf(id)).email('a@b.example')).toBe(hash);
    await expect(openHubKey(own.db, await wrapperOf(old))).rejects.toThrow(WrongRootKey);
  } finally {
    await own.drop();
  }
});

test('a new key of an organization wraps every patient’s, however often it is stopped; all are read, and found, meanwhile', async () => {
  const ids: string[] = [];
  for (let count = 0; count < 9; count += 1) ids.push(await create(`P${count}`));
  const keys = testKeys(database.db);
  const hash = (await keys.indexOf(clinic.organizationId)).email('a@b.example');
  const begin = () => new KeyRotation({ db: database.db, keys, wrapper: testWrapper, atOnce: 8 });
  await begin().beginOrganization(clinic.organizationId);
  expect(await begin().stepOrganization(clinic.organizationId)).toEqual({ done: 8, total: 9 });
  const other = new Keyring(database.db, testWrapper);
  for (const id of ids) expect((await readPatient(parts(other), clinic.caller(), id)).id).toBe(id);
  // It has not heard of the new key yet, or has: what it adds is wrapped in the end.
  ids.push(await create('Newcomer'));
  while ((await begin().stepOrganization(clinic.organizationId)).done < 10);
  // So long others may wrap with the key before.
  await database.db.query(
    `update organization_key set created_at = created_at - interval '1 hour' where organization_id = $1`,
    [clinic.organizationId],
  );
  expect(await begin().stepOrganization(clinic.organizationId)).toEqual({ done: 10, total: 10 });
  const left = await database.db.query('select version from organization_key where organization_id = $1', [
    clinic.organizationId,
  ]);
  expect(left.rows).toEqual([{ version: 2 }]);
  const fresh = new Keyring(database.db, testWrapper);
  for (const id of ids) expect((await readPatient(parts(fresh), clinic.caller(), id)).id).toBe(id);
  expect((await fresh.indexOf(clinic.organizationId)).email('a@b.example')).toBe(hash);
});
