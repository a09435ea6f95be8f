import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import nock from 'nock';
import { createAuthenticator, type Authenticate } from '../../../src/identity/index.ts';
import { es256, hs256, inSeconds, ORGANIZATION, refusalOf, rs256, unsigned, type Claims } from './tokens.ts';

const ORIGIN = 'https://login.example.org';
const ISSUER = `${ORIGIN}/realms/clinic`;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const next = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const jwk = (kid: string, alg: string, key: KeyObject): object => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  kid,
  alg,
  use: 'sig',
});
const KEYS = { keys: [jwk('rsa', 'RS256', rsa), jwk('ec', 'ES256', ec)] };

const claims = (changes: Claims = {}): Claims => ({
  iss: ISSUER,
  aud: ['hub', 'account'],
  sub: 'f3c1',
  organization_id: ORGANIZATION,
  role: 'support',
  exp: inSeconds(300),
  ...changes,
});

let authenticate: Authenticate;
beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
beforeEach(() => {
  authenticate = createAuthenticator({ outside: { issuer: ISSUER, audience: 'hub' } });
});
afterEach(() => {
  jest.useRealTimers();
  nock.cleanAll();
});

function serveDiscovery(document: object = { issuer: ISSUER, jwks_uri: `${ORIGIN}/keys` }): nock.Scope {
  return nock(ORIGIN).get('/realms/clinic/.well-known/openid-configuration').reply(200, document);
}
const serveKeys = (keys: object): nock.Scope => nock(ORIGIN).get('/keys').reply(200, keys);

test('a token of the provider is accepted, whatever of the usual algorithms signed it; its keys are fetched once', async () => {
  const discovery = serveDiscovery();
  const keys = serveKeys(KEYS);
  const [first, second] = await Promise.all([
    authenticate(`Bearer ${rs256({ kid: 'rsa', typ: 'JWT' }, claims(), rsa)}`),
    authenticate(`Bearer ${es256({ kid: 'ec' }, claims({ sub: 'other' }), ec)}`),
  ]);
  expect(first).toEqual({ organizationId: ORGANIZATION, clientId: 'f3c1', role: 'support' });
  expect(second).toMatchObject({ clientId: 'other' });
  expect(discovery.isDone() && keys.isDone()).toBe(true);
});

test('after the provider changed its key, the new one is fetched; a token without a known key asks once in 30 s, no oftener', async () => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'performance'],
  });
  serveDiscovery();
  serveKeys(KEYS);
  await authenticate(`Bearer ${es256({ kid: 'ec' }, claims(), ec)}`);

  const rotated = serveKeys({ keys: [jwk('next', 'ES256', next)] });
  const token = es256({ kid: 'next' }, claims(), next);
  expect(await refusalOf(authenticate, `Bearer ${token}`)).toMatchObject({ code: 'unauthenticated' });
  expect(rotated.isDone()).toBe(false);

  jest.setSystemTime(Date.now() + 31_000);
  await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ clientId: 'f3c1' });
  expect(rotated.isDone()).toBe(true);
});

test('a key that the provider withdrew stops working within ten minutes', async () => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'performance'],
  });
  serveDiscovery();
  serveKeys(KEYS);
  const token = es256({ kid: 'ec' }, claims({ exp: inSeconds(3_600) }), ec);
  await authenticate(`Bearer ${token}`);

  jest.setSystemTime(Date.now() + 601_000);
  serveKeys({ keys: [jwk('next', 'ES256', next)] });
  expect(await refusalOf(authenticate, `Bearer ${token}`)).toMatchObject({ code: 'unauthenticated' });
});

describe('refused:', () => {
  const publicPem = createPublicKey(rsa).export({ type: 'spki', format: 'pem' }).toString();
  const attacks: Readonly<Record<string, () => string>> = {
    'the public key used as an HMAC secret': () => hs256({ kid: 'rsa' }, claims(), publicPem),
    'no signature': () => unsigned({ kid: 'rsa' }, claims()),
    'another audience': () => rs256({ kid: 'rsa' }, claims({ aud: 'account' }), rsa),
    'another issuer': () => rs256({ kid: 'rsa' }, claims({ iss: `${ISSUER}/` }), rsa),
    'no key id, where there are several keys of the kind': () => rs256({ kid: 'nobody' }, claims(), rsa),
    'a key of another kind under the same id': () => es256({ kid: 'rsa' }, claims(), ec),
    'an algorithm that is not on the list': () => rs256({ kid: 'rsa', alg: 'RS512' }, claims(), rsa),
    'an ID token (nonce)': () => rs256({ kid: 'rsa', typ: 'JWT' }, claims({ nonce: 'n' }), rsa),
    'an ID token (at_hash)': () => rs256({ kid: 'rsa', typ: undefined }, claims({ at_hash: 'h' }), rsa),
    'an ID token (typ claim)': () => rs256({ kid: 'rsa', typ: 'JWT' }, claims({ typ: 'ID' }), rsa),
    'a token of another kind': () => rs256({ kid: 'rsa', typ: 'dpop+jwt' }, claims(), rsa),
  };
  test.each(Object.entries(attacks))('%s', async (_, attack) => {
    serveDiscovery();
    serveKeys(KEYS);
    expect(await refusalOf(authenticate, `Bearer ${attack()}`)).toMatchObject({ code: 'unauthenticated' });
  });
});

describe('nobody is told to log in again because the provider is ill:', () => {
  const illnesses: Readonly<Record<string, () => void>> = {
    'discovery answers 500': () =>
      void nock(ORIGIN)
        .get(/openid/)
        .reply(500),
    'discovery cannot be reached': () =>
      void nock(ORIGIN)
        .get(/openid/)
        .replyWithError('ECONNREFUSED'),
    'discovery is no JSON': () =>
      void nock(ORIGIN)
        .get(/openid/)
        .reply(200, '<html>'),
    'discovery names another issuer': () =>
      void serveDiscovery({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/keys' }),
    'discovery redirects elsewhere': () =>
      void nock(ORIGIN)
        .get(/openid/)
        .reply(302, '', { location: 'https://evil.example' }),
    'the keys are to be fetched in the clear': () =>
      void serveDiscovery({ issuer: ISSUER, jwks_uri: 'http://login.example.org/keys' }),
    'the keys cannot be fetched': () => {
      serveDiscovery();
      nock(ORIGIN).get('/keys').reply(503);
    },
    'the keys are no key set': () => {
      serveDiscovery();
      serveKeys({ keys: 'none' });
    },
  };
  test.each(Object.entries(illnesses))('%s', async (_, fallIll) => {
    fallIll();
    const token = rs256({ kid: 'rsa' }, claims(), rsa);
    const error = await refusalOf(authenticate, `Bearer ${token}`);
    expect(error).toMatchObject({
      code: 'internal',
      retryAfterSeconds: 5,
      message: expect.stringContaining('Try again'),
    });

    nock.cleanAll();
    serveDiscovery();
    serveKeys(KEYS);
    await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ clientId: 'f3c1' });
  });
});
