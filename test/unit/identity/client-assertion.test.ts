import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT, type JWTPayload } from 'jose';
import {
  createAuthenticator,
  createClient,
  exchangeClientCredentials,
  openIssuer,
  type Issuer,
  type TokenEndpointReply,
} from '../../../src/identity/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { inSeconds, ORGANIZATION, seal } from './tokens.ts';

const ENDPOINT = 'https://hub.example/oauth/token';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const strangers = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const SITE = '0190d1a2-0000-7000-8000-0000000000aa';

let database: TestDatabase;
let issuer: Issuer;
beforeAll(async () => {
  database = await createTestDatabase();
  issuer = await openIssuer(database.db, seal);
  await database.db.query(`insert into organization (id, key, name) values ($1, 'clinic', 'Clinic')`, [ORGANIZATION]);
  const jwk = (kid: string, key: KeyObject): object => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid });
  const jwks = { keys: [jwk('rsa', rsa.privateKey), jwk('ec', ec.privateKey)] };
  await database.db.query(
    `insert into client (id, organization_id, name, role, jwks, scopes, location_ids, disabled_at) values
       ('clinic-app', $1, 'App', 'app', $2, '{system/Appointment.cruds,system/*.read}', null, null),
       ('bound-app', $1, 'App', 'app', $2, null, $3, null), ('off-app', $1, 'App', 'app', $2, null, null, now())`,
    [ORGANIZATION, JSON.stringify(jwks), [SITE]],
  );
  await createClient(database.db, { id: 'by-secret', organizationId: ORGANIZATION, name: 'App', role: 'app' });
});
afterAll(() => database.drop());

let serial = 0;
const claims = (changes: Readonly<Record<string, unknown>> = {}): JWTPayload => ({
  iss: 'clinic-app',
  sub: 'clinic-app',
  aud: ENDPOINT,
  exp: inSeconds(240),
  jti: `jti-${(serial += 1)}`,
  ...changes,
});
const signed = (
  payload: JWTPayload,
  {
    alg = 'ES384',
    kid = 'ec',
    key = ec.privateKey,
    ...header
  }: { alg?: string; kid?: string; key?: KeyObject; jku?: string } = {},
): Promise<string> => new SignJWT(payload).setProtectedHeader({ alg, kid, typ: 'JWT', ...header }).sign(key);

const exchange = (assertion: string, more: Readonly<Record<string, string>> = {}): Promise<TokenEndpointReply> =>
  exchangeClientCredentials(
    { sql: database.db, issuer, audiences: () => [ENDPOINT] },
    {
      authorization: undefined,
      form: {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        ...more,
      },
    },
  );
const callerOf = async ({ body }: TokenEndpointReply) =>
  createAuthenticator({ builtIn: issuer })(`Bearer ${'access_token' in body ? body.access_token : ''}`);

test.each([
  ['RS384', 'rsa', rsa.privateKey],
  ['ES384', 'ec', ec.privateKey],
])('an assertion signed by %s gets a token for five minutes at most', async (alg, kid, key) => {
  const reply = await exchange(await signed(claims(), { alg, kid, key }), { scope: 'system/Appointment.cr' });
  expect(reply).toMatchObject({ status: 200, body: { expires_in: 300, scope: 'system/Appointment.cr' } });
  await expect(callerOf(reply)).resolves.toMatchObject({ clientId: 'clinic-app', scopes: ['system/Appointment.cr'] });
});

test('an assertion is good once, also when it is sent twice at the same time', async () => {
  const assertion = await signed(claims());
  const replies = await Promise.all([exchange(assertion), exchange(assertion), exchange(assertion)]);
  expect(replies.map((each) => each.status).toSorted((a, b) => a - b)).toEqual([200, 401, 401]);
  expect(await exchange(assertion)).toMatchObject({
    status: 401,
    body: { error: 'invalid_client', error_description: expect.stringContaining('jti was used before') },
  });
});

test('the locations that a client is bound to are in its token', async () => {
  const reply = await exchange(await signed(claims({ iss: 'bound-app', sub: 'bound-app' })));
  await expect(callerOf(reply)).resolves.toMatchObject({ clientId: 'bound-app', locationIds: [SITE] });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const hmac = (secret: string | Buffer): string => {
  const text = `${encode({ alg: 'HS384', kid: 'rsa' })}.${encode(claims())}`;
  return `${text}.${createHmac('sha384', secret).update(text).digest('base64url')}`;
};

test.each<[string, () => Promise<string> | string, RegExp]>([
  ['has expired', () => signed(claims({ exp: inSeconds(-60) })), /expired/],
  ['lives for longer than five minutes', () => signed(claims({ exp: inSeconds(600) })), /exp at most 300 s/],
  ['has no exp', () => signed(claims({ exp: undefined })), /another exp/],
  ['has no jti', () => signed(claims({ jti: undefined })), /another jti/],
  ['is for somebody else', () => signed(claims({ aud: 'https://other.example/token' })), /expected aud https:/],
  ['is of another issuer than its subject', () => signed(claims({ iss: 'other' })), /both the client id/],
  ['is signed by a stranger', () => signed(claims(), { key: strangers.privateKey }), /signature/],
  ['names a key that is not registered', () => signed(claims(), { kid: 'other' }), /no registered key/],
  [
    'brings its own keys',
    () => signed(claims(), { kid: 'x', key: strangers.privateKey, jku: 'https://evil.example' }),
    /no registered key/,
  ],
  [
    'is signed by RS256',
    () => signed(claims(), { alg: 'RS256', kid: 'rsa', key: rsa.privateKey }),
    /alg RS384 or ES384/,
  ],
  ['is not signed', () => `${encode({ alg: 'none' })}.${encode(claims())}.`, /alg/],
  ['takes the public key for a secret', () => hmac(rsa.publicKey.export({ type: 'spki', format: 'pem' })), /alg/],
  [
    'is of a client that was switched off',
    () => signed(claims({ iss: 'off-app', sub: 'off-app' })),
    /registered its public keys/,
  ],
  [
    'is of a client with a secret only',
    () => signed(claims({ iss: 'by-secret', sub: 'by-secret' })),
    /registered its public keys/,
  ],
  ['is nonsense', () => 'a.b.c', /iss and sub/],
])('an assertion that %s is refused, and the developer is told why', async (_, make, why) => {
  const reply = await exchange(await make());
  expect(reply).toMatchObject({
    status: 401,
    body: { error: 'invalid_client', error_description: expect.stringMatching(why) },
  });
});

test.each([
  ['system/Appointment.read', 'system/Appointment.read'],
  ['system/Appointment.* system/Slot.rs', 'system/Appointment.* system/Slot.rs'],
  ['system/Appointment.crus system/Patient.write', 'system/Appointment.crus'],
  ['system/*.rs', 'system/*.rs'],
])('of the scopes asked for (%s) those are granted that the client is registered for', async (asked, granted) => {
  expect(await exchange(await signed(claims()), { scope: asked })).toMatchObject({
    status: 200,
    body: { scope: granted },
  });
});

test.each([
  'system/Patient.c',
  'system/*.cruds',
  'admin',
  'system/Appointment.sd?status=booked',
  'system/Appointment.dc',
  'system/Appointment.',
])('the scope %s is refused', async (scope) => {
  expect(await exchange(await signed(claims()), { scope })).toMatchObject({
    status: 400,
    body: { error: 'invalid_scope' },
  });
});
