import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { changeClient, createClient, rotateClientSecret } from '../../src/commands/clients.ts';
import { createOrganization } from '../../src/commands/organizations.ts';
import { changeUser, createUser, resetUser } from '../../src/commands/users.ts';
import type { Caller } from '../../src/domain/index.ts';
import { authenticateClient } from '../../src/identity/index.ts';
import { listClients } from '../../src/queries/clients.ts';
import { listUsers, readUser } from '../../src/queries/users.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let clinic: Clinic;
let other: Clinic;
let admin: Caller;
beforeAll(async () => {
  database = await createTestDatabase();
  clinic = await createClinic(database.db);
  other = await createClinic(database.db);
  admin = clinic.caller('admin');
});
afterAll(() => database.drop());

const PAGE = { limit: 200, after: undefined };
const person = (email: string, more: object = {}) => ({ email, name: 'Kim', role: 'support' as const, ...more });

test('a person begins with a random password, which is shown once and kept as a hash', async () => {
  const { id, temporaryPassword } = await createUser(database.db, admin, person('kim@a.example'));
  expect(temporaryPassword).toMatch(/^(\w{4}-){3}\w{4}$/);
  await expect(readUser(database.db, admin, id)).resolves.toMatchObject({
    state: 'temporary-password',
    secondFactors: [],
  });
  const stored = await database.db.query('select * from account where id = $1', [id]);
  expect(JSON.stringify(stored.rows)).not.toContain(temporaryPassword);
});

test('an e-mail address is one person, in every organization and spelling', async () => {
  await createUser(database.db, admin, person('lee@a.example'));
  await expect(createUser(database.db, other.caller('admin'), person('Lee@A.example'))).rejects.toMatchObject({
    code: 'state-conflict',
  });
});

test.each([
  ['a provider of another organization', () => ({ role: 'provider', providerId: other.providerId }), '/providerId'],
  ['a provider without saying which', () => ({ role: 'provider' }), '/providerId'],
  ['a patient id of a person of support', () => ({ patientId: clinic.providerId }), '/patientId'],
  ['a location of another organization', () => ({ locationIds: [other.locationId] }), '/locationIds/0'],
  ['locations of an admin', () => ({ role: 'admin', locationIds: [clinic.locationId] }), '/locationIds'],
])('%s is refused', async (_, more, pointer) => {
  await expect(createUser(database.db, admin, person('no@a.example', more()))).rejects.toMatchObject({
    code: 'validation',
    errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
  });
});

test('an organization keeps its last admin, also when two admins demote each other at once', async () => {
  const first = await createUser(database.db, other.caller('admin'), person('a1@b.example', { role: 'admin' }));
  const second = await createUser(database.db, other.caller('admin'), person('a2@b.example', { role: 'admin' }));
  const results = await Promise.allSettled([
    changeUser(database.db, other.caller('admin'), first.id, { state: 'disabled' }),
    changeUser(database.db, other.caller('admin'), second.id, { role: 'support' }),
  ]);
  expect(results.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('who is reset has a new password, no second factor and no session', async () => {
  const { id } = await createUser(database.db, admin, person('reset@a.example'));
  await database.db.query(
    `update account set totp_secret = 'x', totp_confirmed_at = now(), password_temporary = false where id = $1`,
    [id],
  );
  await database.db.query(
    `insert into identity_record (model, id, payload, account_id) values ('Session', 's', 'x', $1)`,
    [id],
  );
  await resetUser(database.db, admin, id);
  await expect(readUser(database.db, admin, id)).resolves.toMatchObject({
    state: 'temporary-password',
    secondFactors: [],
  });
  expect((await database.db.query('select 1 from identity_record where account_id = $1', [id])).rowCount).toBe(0);
});

test('nobody sees or changes what is another organization’s', async () => {
  const { id } = await createUser(database.db, admin, person('hidden@a.example'));
  const client = await createClient(database.db, admin, { name: 'Hidden', role: 'app' });
  const stranger = other.caller('admin');
  await expect(readUser(database.db, stranger, id)).rejects.toMatchObject({ code: 'not-found' });
  await expect(changeUser(database.db, stranger, id, { state: 'disabled' })).rejects.toMatchObject({
    code: 'not-found',
  });
  await expect(changeClient(database.db, stranger, client.id, { state: 'disabled' })).rejects.toMatchObject({
    code: 'not-found',
  });
  expect((await listUsers(database.db, stranger, PAGE)).items.map((each) => each['id'])).not.toContain(id);
  expect((await listClients(database.db, stranger, PAGE)).items.map((each) => each['id'])).not.toContain(client.id);
});

test('after a rotation both secrets are good until the overlap ends, and without overlap the new one only', async () => {
  const { id, secret } = await createClient(database.db, admin, { name: 'App', role: 'app' });
  const second = await rotateClientSecret(database.db, admin, id, 24);
  for (const each of [secret ?? '', second])
    await expect(authenticateClient(database.db, id, each)).resolves.toMatchObject({ id });
  const third = await rotateClientSecret(database.db, admin, id, 0);
  await expect(authenticateClient(database.db, id, second)).resolves.toBeUndefined();
  await expect(authenticateClient(database.db, id, third)).resolves.toMatchObject({ id });
});

test('a client that is switched off gets no token', async () => {
  const { id, secret } = await createClient(database.db, admin, { name: 'App', role: 'app' });
  await changeClient(database.db, admin, id, { state: 'disabled' });
  await expect(authenticateClient(database.db, id, secret ?? '')).resolves.toBeUndefined();
});

test.each([
  ['a point that is not on the curve', { kty: 'EC', crv: 'P-384', kid: 'a', x: 'AA', y: 'AA' }],
  [
    'an RSA key that is too short',
    { kty: 'RSA', kid: 'a', n: Buffer.alloc(64, 0xab).toString('base64url'), e: 'AQAB' },
  ],
])('%s is no key of a client', async (_, key) => {
  await expect(
    createClient(database.db, admin, { name: 'App', role: 'app', jwks: { keys: [key] } }),
  ).rejects.toMatchObject({ code: 'validation' });
});

test('organizations are added by the one that runs the hub, each with an admin of its own', async () => {
  const input = { key: 'general', name: 'General', admin: { email: 'it@general.example', name: 'IT' } };
  await expect(createOrganization(database.db, admin, input)).rejects.toMatchObject({ code: 'forbidden' });
  await database.db.query('update organization set runs_platform = true where id = $1', [clinic.organizationId]);
  const { id, admin: first } = await createOrganization(database.db, admin, input);
  await expect(readUser(database.db, { ...admin, organizationId: id }, first.id)).resolves.toMatchObject({
    role: 'admin',
  });
  await expect(readUser(database.db, admin, first.id)).rejects.toMatchObject({ code: 'not-found' });
});
