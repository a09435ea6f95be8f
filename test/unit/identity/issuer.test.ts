import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createAuthenticator, openIssuer, rotateSigningKey, type TokenRequest } from '../../../src/identity/index.ts';
import { createSeal } from '../../../src/ledger/seal.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ORGANIZATION, refusalOf, seal } from './tokens.ts';

const databases: TestDatabase[] = [];
let database: TestDatabase;
beforeEach(async () => {
  databases.push((database = await createTestDatabase()));
});
afterEach(() => {
  jest.useRealTimers();
});
afterAll(() => Promise.all(databases.map((each) => each.drop())));

const REQUEST: TokenRequest = { clientId: 'portal', organizationId: ORGANIZATION, role: 'app', ttlSeconds: 3600 };
const open = () => openIssuer(database.db, seal);
const minutesLater = (minutes: number): void => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'],
    now: Date.now() + minutes * 60_000,
  });
};

test('the key survives a restart: tokens issued before are still good', async () => {
  const token = await (await open()).issueToken(REQUEST);
  const authenticate = createAuthenticator({ builtIn: await open() });
  await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ clientId: 'portal' });
});

test('processes that start at once agree on one name and one key', async () => {
  const issuers = await Promise.all(Array.from({ length: 8 }, open));
  expect(new Set(issuers.map((each) => each.issuer)).size).toBe(1);
  expect(new Set(issuers.flatMap((each) => each.jwks.keys.map((key) => key.kid))).size).toBe(1);
});

test('what is published holds no private part, and what is stored shows none', async () => {
  const { jwks } = await open();
  expect(Object.keys(jwks.keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  const stored = await database.db.query<{ private_key: Buffer }>('select private_key from signing_key');
  expect(stored.rows[0]?.private_key.toString('latin1')).not.toContain('"d"');
});

test('a key that does not open is reported with what to do, not replaced, and not shown', async () => {
  await open();
  await database.db.query(`update issuer set cookie_key = $1`, [
    createSeal(Buffer.alloc(32, 9)).close('issuer/cookie_key', 'x'),
  ]);
  await expect(openIssuer(database.db, createSeal(Buffer.alloc(32, 9)))).rejects.toThrow(
    /sealed with another root key.*Restore the root key/,
  );
});

test('keys change without anybody noticing: the new one is published before it signs, the old one verifies after', async () => {
  const issuer = await open();
  const authenticate = createAuthenticator({ builtIn: issuer });
  const before = await issuer.issueToken(REQUEST);
  const kid = await rotateSigningKey(database.db, seal);

  const elsewhere = await open();
  expect(elsewhere.jwks.keys.map((each) => each.kid)).toContain(kid);
  expect((await elsewhere.keys.signing()).kid).not.toBe(kid);

  minutesLater(20);
  expect((await issuer.keys.signing()).kid).toBe(kid);
  const after = await issuer.issueToken(REQUEST);
  for (const token of [before, after])
    for (const check of [authenticate, createAuthenticator({ builtIn: elsewhere })])
      await expect(check(`Bearer ${token}`)).resolves.toMatchObject({ clientId: 'portal' });
});

test('after a leak the new key signs at once, and what the old one has signed is refused', async () => {
  const issuer = await open();
  const before = await issuer.issueToken(REQUEST);
  const kid = await rotateSigningKey(database.db, seal, { atOnce: true });
  const next = await open();
  expect((await next.keys.signing()).kid).toBe(kid);
  expect(next.jwks.keys).toHaveLength(1);
  const authenticate = createAuthenticator({ builtIn: next });
  expect(await refusalOf(authenticate, `Bearer ${before}`)).toMatchObject({ code: 'unauthenticated' });
  await expect(authenticate(`Bearer ${await next.issueToken(REQUEST)}`)).resolves.toMatchObject({ clientId: 'portal' });
});

test('a process that knows the new key not yet looks it up when a token names it', async () => {
  const issuer = await open();
  await rotateSigningKey(database.db, seal, { atOnce: true });
  const token = await (await open()).issueToken(REQUEST);
  minutesLater(0.1);
  await expect(createAuthenticator({ builtIn: issuer })(`Bearer ${token}`)).resolves.toMatchObject({
    clientId: 'portal',
  });
});
