import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  authenticateClient,
  createAuthenticator,
  createClient,
  exchangeClientCredentials,
  hashSecret,
  openIssuer,
  type Issuer,
  type TokenEndpointReply,
} from '../../../src/identity/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ORGANIZATION, seal } from './tokens.ts';

let database: TestDatabase;
let issuer: Issuer;
let secret = '';

beforeAll(async () => {
  database = await createTestDatabase();
  issuer = await openIssuer(database.db, seal);
  await database.db.query(`insert into organization (id, key, name) values ($1, 'clinic', 'Clinic')`, [ORGANIZATION]);
  const client = { organizationId: ORGANIZATION, name: 'Portal' };
  ({ secret } = await createClient(database.db, { ...client, id: 'portal', role: 'app' }));
  await database.db.query(
    `insert into client (id, organization_id, name, role) values ('person', $1, 'A person', 'admin')`,
    [ORGANIZATION],
  );
});
afterAll(async () => {
  await database.drop();
});

const exchange = (form: Readonly<Record<string, unknown>>, authorization?: string): Promise<TokenEndpointReply> =>
  exchangeClientCredentials(
    { sql: database.db, issuer, audiences: () => ['https://hub.example/oauth/token'] },
    { form: { grant_type: 'client_credentials', ...form }, authorization },
  );
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test.each(['form', 'header'])(
  'the id and secret in the %s get a token that the API accepts, for five minutes',
  async (where) => {
    const { status, body, headers } = await (where === 'form'
      ? exchange({ client_id: 'portal', client_secret: secret })
      : exchange({}, basic(`portal:${secret}`)));
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 300, scope: 'app' });
    const token = 'access_token' in body ? body.access_token : '';
    const authenticate = createAuthenticator({ builtIn: issuer });
    await expect(authenticate(`Bearer ${token}`)).resolves.toEqual({
      organizationId: ORGANIZATION,
      clientId: 'portal',
      role: 'app',
    });
  },
);

test('an id and secret with special characters are form-encoded in the header', async () => {
  await database.db.query(
    `insert into client (id, organization_id, name, role, secret_hash) values ('a:b', $1, 'Odd', 'app', $2)`,
    [ORGANIZATION, await hashSecret('p+ä:%')],
  );
  const { status } = await exchange({}, basic(`${encodeURIComponent('a:b')}:${encodeURIComponent('p+ä:%')}`));
  expect(status).toBe(200);
});

test.each([
  ['another secret', { client_id: 'portal', client_secret: 'wrong' }],
  ['an unknown id', { client_id: 'nobody', client_secret: 'wrong' }],
  ['a client without a secret', { client_id: 'person', client_secret: '' }],
  ['a client without a secret, and one sent', { client_id: 'person', client_secret: 'x' }],
  ['an id that is SQL', { client_id: `' or '1'='1`, client_secret: 'x' }],
  ['an id with a NUL', { client_id: 'portal\0', client_secret: 'x' }],
  ['nothing', {}],
])('%s is invalid_client, in the same words', async (_, form) => {
  expect(await exchange(form)).toEqual({
    status: 401,
    headers: expect.objectContaining({ 'www-authenticate': expect.stringMatching(/^Basic /) }),
    body: {
      error: 'invalid_client',
      error_description: 'The client id and secret do not belong together. Check both, or create a new secret.',
    },
  });
});

test.each(['Basic', 'Basic !!!', basic('portal'), basic('%E0%A4%A:x'), 'Bearer abc'])(
  'the header %j is invalid_client',
  async (header) => {
    expect(await exchange({}, header)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  },
);

test.each([
  ['no grant type', { grant_type: undefined }, 'invalid_request'],
  ['an empty grant type', { grant_type: '' }, 'invalid_request'],
  ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
  ['a parameter twice', { client_id: ['portal', 'portal'] }, 'invalid_request'],
  ['an unknown scope', { scope: 'admin' }, 'invalid_scope'],
])('%s is refused with the error that OAuth names for it', async (_, form, error) => {
  const reply = await exchange({ client_id: 'portal', client_secret: secret, ...form });
  expect(reply).toMatchObject({ status: 400, body: { error } });
});

test('credentials in two places at once are refused', async () => {
  const reply = await exchange({ client_id: 'portal', client_secret: secret }, basic(`portal:${secret}`));
  expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('a client of a role that names a person gets no token by secret', async () => {
  const patient = await createClient(database.db, {
    id: 'kiosk',
    organizationId: ORGANIZATION,
    name: 'Kiosk',
    role: 'patient',
  });
  const reply = await exchange({ client_id: patient.id, client_secret: patient.secret });
  expect(reply).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
});

test('the database holds no secret, and equal secrets look different in it', async () => {
  const { rows } = await database.db.query<{ secret_hash: string }>(
    `select secret_hash from client where id = 'portal'`,
  );
  expect(rows[0]?.secret_hash).toMatch(/^scrypt\$16384\$8\$1\$/);
  expect(rows[0]?.secret_hash).not.toContain(secret);
  expect(await hashSecret('same')).not.toBe(await hashSecret('same'));
});

test('a hash that is not of this form matches nothing', async () => {
  await database.db.query(
    `insert into client (id, organization_id, name, role, secret_hash) values ('plain', $1, 'Plain', 'app', 'plain')`,
    [ORGANIZATION],
  );
  await expect(authenticateClient(database.db, 'plain', 'plain')).resolves.toBeUndefined();
});
