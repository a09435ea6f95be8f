import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthenticator, openIssuer, type TokenRequest } from '../../../src/identity/index.ts';
import { ORGANIZATION } from './tokens.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tessera-identity-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const REQUEST: TokenRequest = { clientId: 'portal', organizationId: ORGANIZATION, role: 'app', ttlSeconds: 60 };
const file = (): string => join(directory, 'identity.json');

test('the key survives a restart: tokens issued before are still good', async () => {
  const token = await (await openIssuer(directory)).issueToken(REQUEST);
  const authenticate = createAuthenticator({ builtIn: await openIssuer(directory) });
  await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ clientId: 'portal' });
});

test('the key is readable by its owner only, also after somebody loosened it', async () => {
  await openIssuer(directory);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
  await chmod(file(), 0o644);
  await openIssuer(directory);
  expect((await stat(file())).mode & 0o777).toBe(0o600);
});

test('processes that start at once agree on one key, and leave no draft behind', async () => {
  const issuers = await Promise.all(Array.from({ length: 8 }, () => openIssuer(directory)));
  expect(new Set(issuers.map((each) => each.jwks.keys[0]?.kid)).size).toBe(1);
  expect(await readdir(directory)).toEqual(['identity.json']);
});

test('what is published holds no private part', async () => {
  const { jwks } = await openIssuer(directory);
  expect(Object.keys(jwks.keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
});

test('every installation has a key and an issuer name of its own', async () => {
  const first = await openIssuer(join(directory, 'a'));
  const second = await openIssuer(join(directory, 'b'));
  expect(first.issuer).not.toBe(second.issuer);
  expect(first.jwks.keys[0]?.kid).not.toBe(second.jwks.keys[0]?.kid);
});

test.each(['', '{', '{}', '{"issuer":"a","kid":"b","privateKey":{"kty":"EC"}}', 'null'])(
  'a damaged key file (%j) is reported with what to do, not replaced',
  async (text) => {
    await writeFile(file(), text);
    await expect(openIssuer(directory)).rejects.toThrow(/identity\.json holds no ES256 signing key\. Restore it/);
    expect(await readFile(file(), 'utf8')).toBe(text);
  },
);

test('the message about a damaged key does not show the key', async () => {
  await openIssuer(directory);
  const identity = JSON.parse(await readFile(file(), 'utf8')) as { privateKey: { d: string; x: string } };
  const damaged = { ...identity, privateKey: { ...identity.privateKey, x: 'AAAA' } };
  await writeFile(file(), JSON.stringify(damaged));
  const error: unknown = await openIssuer(directory).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Error);
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(identity.privateKey.d);
});
