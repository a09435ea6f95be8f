import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, type JsonWebKey } from 'node:crypto';
import { createAuthenticator, openIssuer, type Authenticate, type Issuer } from '../../../src/identity/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { es256, hs256, inSeconds, ORGANIZATION, PATIENT, refusalOf, seal, unsigned, type Claims } from './tokens.ts';

let database: TestDatabase;
let issuer: Issuer;
let ownKey: KeyObject;
let authenticate: Authenticate;
const strangersKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

beforeAll(async () => {
  database = await createTestDatabase();
  issuer = await openIssuer(database.db, seal);
  const { rows } = await database.db.query<{ kid: string; private_key: Buffer }>(
    'select kid, private_key from signing_key',
  );
  const [row] = rows;
  if (!row) throw new Error('no signing key');
  const key = JSON.parse(seal.open(`signing_key/${row.kid}/private_key`, row.private_key)) as JsonWebKey;
  ownKey = createPrivateKey({ key, format: 'jwk' });
  authenticate = createAuthenticator({ builtIn: issuer });
});
afterAll(() => database.drop());
afterEach(() => {
  jest.useRealTimers();
});

const kid = (): string => issuer.jwks.keys[0]?.kid ?? '';
const claims = (changes: Claims = {}): Claims => ({
  iss: issuer.issuer,
  aud: 'tessera',
  sub: 'portal',
  organization_id: ORGANIZATION,
  role: 'app',
  iat: inSeconds(0),
  exp: inSeconds(300),
  ...changes,
});

test('a token of the built-in issuer says who calls', async () => {
  const token = await issuer.issueToken({
    clientId: 'portal',
    organizationId: ORGANIZATION,
    role: 'app',
    ttlSeconds: 60,
  });
  await expect(authenticate(`Bearer ${token}`)).resolves.toEqual({
    organizationId: ORGANIZATION,
    clientId: 'portal',
    role: 'app',
  });
  await expect(authenticate(`bearer ${token}`)).resolves.toMatchObject({ clientId: 'portal' });
});

test('a patient and a provider are named by their tokens', async () => {
  const base = { clientId: 'someone', organizationId: ORGANIZATION, ttlSeconds: 60 } as const;
  const patient = await issuer.issueToken({ ...base, role: 'patient', patientId: PATIENT });
  const provider = await issuer.issueToken({ ...base, role: 'provider', providerId: PATIENT });
  await expect(authenticate(`Bearer ${patient}`)).resolves.toMatchObject({ role: 'patient', patientId: PATIENT });
  await expect(authenticate(`Bearer ${provider}`)).resolves.toMatchObject({ role: 'provider', providerId: PATIENT });
});

test('the tokens made here by hand are valid, but for what each test changes', async () => {
  await expect(authenticate(`Bearer ${es256({ kid: kid() }, claims(), ownKey)}`)).resolves.toMatchObject({
    clientId: 'portal',
  });
});

describe('refused, all with the same words:', () => {
  const attacks: Readonly<Record<string, () => string>> = {
    'no signature (alg none)': () => unsigned({ kid: kid() }, claims()),
    'alg none, in another case': () => unsigned({ alg: 'nOnE', kid: kid() }, claims()),
    'the public key used as an HMAC secret (PEM)': () =>
      hs256({ kid: kid() }, claims(), createPublicKey(ownKey).export({ type: 'spki', format: 'pem' }).toString()),
    'the public key used as an HMAC secret (JWK)': () =>
      hs256({ kid: kid() }, claims(), JSON.stringify(issuer.jwks.keys[0])),
    'a key of somebody else under our key id': () => es256({ kid: kid() }, claims(), strangersKey),
    'a key brought along in the header (jwk)': () =>
      es256({ kid: kid(), jwk: createPublicKey(strangersKey).export({ format: 'jwk' }) }, claims(), strangersKey),
    'a key to be fetched (jku, x5u)': () =>
      es256({ jku: 'https://evil.example/keys', x5u: 'https://evil.example/cert' }, claims(), strangersKey),
    'an unknown key id': () => es256({ kid: 'other' }, claims(), ownKey),
    'a key id that is a path': () => es256({ kid: '../../dev/null' }, claims(), ownKey),
    'an extension that must be understood (crit)': () =>
      es256({ kid: kid(), crit: ['b64'], b64: false }, claims(), ownKey),
    'another audience': () => es256({ kid: kid() }, claims({ aud: 'other' }), ownKey),
    'an empty audience': () => es256({ kid: kid() }, claims({ aud: [] }), ownKey),
    'no audience': () => es256({ kid: kid() }, claims({ aud: undefined }), ownKey),
    'another issuer': () => es256({ kid: kid() }, claims({ iss: 'urn:uuid:other' }), ownKey),
    'expired, beyond the tolerance': () => es256({ kid: kid() }, claims({ exp: inSeconds(-31) }), ownKey),
    'no expiry': () => es256({ kid: kid() }, claims({ exp: undefined }), ownKey),
    'an expiry that is text': () => es256({ kid: kid() }, claims({ exp: '9999999999' }), ownKey),
    'not valid yet': () => es256({ kid: kid() }, claims({ nbf: inSeconds(60) }), ownKey),
    'an ID token': () => es256({ kid: kid(), typ: 'JWT' }, claims(), ownKey),
    'a logout token': () => es256({ kid: kid(), typ: 'logout+jwt' }, claims(), ownKey),
    'no subject': () => es256({ kid: kid() }, claims({ sub: undefined }), ownKey),
    'a subject with a line break': () => es256({ kid: kid() }, claims({ sub: 'a\r\nb' }), ownKey),
    'an unknown role': () => es256({ kid: kid() }, claims({ role: 'root' }), ownKey),
    'a role named like a property of every object': () =>
      es256({ kid: kid() }, claims({ role: 'constructor' }), ownKey),
    'no role': () => es256({ kid: kid() }, claims({ role: undefined }), ownKey),
    'no organization': () => es256({ kid: kid() }, claims({ organization_id: undefined }), ownKey),
    'an organization that is no id': () => es256({ kid: kid() }, claims({ organization_id: `' or true --` }), ownKey),
    'a patient without its id': () => es256({ kid: kid() }, claims({ role: 'patient' }), ownKey),
    'a provider with the id of a patient only': () =>
      es256({ kid: kid() }, claims({ role: 'provider', patient_id: PATIENT }), ownKey),
    'claims changed after signing': () => {
      const [header, , signature] = es256({ kid: kid() }, claims(), ownKey).split('.');
      return `${header}.${Buffer.from(JSON.stringify(claims({ role: 'admin' }))).toString('base64url')}.${signature}`;
    },
    'a signature of zeros (CVE-2022-21449)': () => {
      const [header, payload] = es256({ kid: kid() }, claims(), ownKey).split('.');
      return `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`;
    },
    'no signature part': () => es256({ kid: kid() }, claims(), ownKey).split('.').slice(0, 2).join('.'),
    'claims that are no JSON': () => {
      const [header, , signature] = es256({ kid: kid() }, claims(), ownKey).split('.');
      return `${header}.bm90IGpzb24.${signature}`;
    },
  };

  test.each(Object.entries(attacks))('%s', async (_, attack) => {
    const error = await refusalOf(authenticate, `Bearer ${attack()}`);
    expect(error.code).toBe('unauthenticated');
    expect(error.message).toBe('The access token is not valid here, or not any more. Get a new one and try again.');
    // For the log, and so without what the token said.
    expect(JSON.stringify(error.cause, Object.getOwnPropertyNames(error.cause))).not.toContain(ORGANIZATION);
  });

  test.each([
    'Basic cG9ydGFsOnNlY3JldA==',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a,Bearer b',
    'Bearer \u0000',
    'token',
    `Bearer ${'a'.repeat(10_000)}`,
    'Bearer ....',
    'Bearer null',
  ])('the header %j', async (authorization) => {
    expect(await refusalOf(authenticate, authorization)).toMatchObject({ code: 'unauthenticated' });
  });
});

test('without a header the caller is told how to send a token', async () => {
  const error = await refusalOf(authenticate, undefined);
  expect(error).toMatchObject({
    code: 'unauthenticated',
    message: expect.stringContaining('Authorization: Bearer <token>'),
  });
});

test('a token that worked stops working when it expires, though it was checked before', async () => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask', 'hrtime', 'performance'],
  });
  const token = await issuer.issueToken({
    clientId: 'portal',
    organizationId: ORGANIZATION,
    role: 'app',
    ttlSeconds: 60,
  });
  await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ clientId: 'portal' });
  jest.setSystemTime(Date.now() + 91_000);
  expect(await refusalOf(authenticate, `Bearer ${token}`)).toMatchObject({ code: 'unauthenticated' });
});

test('nobody can change the caller that the next request with the same token gets', async () => {
  const token = await issuer.issueToken({
    clientId: 'portal',
    organizationId: ORGANIZATION,
    role: 'app',
    ttlSeconds: 60,
  });
  const caller = await authenticate(`Bearer ${token}`);
  expect(() => Object.assign(caller, { role: 'admin' })).toThrow(TypeError);
});

test('a token of another hub, with a key of its own, is refused', async () => {
  const elsewhere = await createTestDatabase();
  try {
    const other = await openIssuer(elsewhere.db, seal);
    const token = await other.issueToken({
      clientId: 'portal',
      organizationId: ORGANIZATION,
      role: 'admin',
      ttlSeconds: 60,
    });
    expect(await refusalOf(authenticate, `Bearer ${token}`)).toMatchObject({ code: 'unauthenticated' });
  } finally {
    await elsewhere.drop();
  }
});

test('a token is not called invalid because its key cannot be read now', async () => {
  const token = await issuer.issueToken({
    clientId: 'portal',
    organizationId: ORGANIZATION,
    role: 'app',
    ttlSeconds: 60,
  });
  const away = new Error('the database is away');
  const keys = Object.assign(Object.create(issuer.keys) as Issuer['keys'], { find: () => Promise.reject(away) });
  const blind = createAuthenticator({ builtIn: { ...issuer, jwks: issuer.jwks, keys } });
  await expect(blind(`Bearer ${token}`)).rejects.toBe(away);
});
