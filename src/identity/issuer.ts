/** The built-in issuer of access tokens: one ES256 key pair per data directory, made at the first start. */
import { link, chmod, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Role } from '../domain/index.ts';

/** Whom a built-in token is for. */
export const BUILT_IN_AUDIENCE = 'tessera';

export interface TokenRequest {
  /** The client (app or person) that calls. */
  readonly clientId: string;
  readonly organizationId: string;
  readonly role: Role;
  /** Required when role is patient. */
  readonly patientId?: string;
  /** Required when role is provider. */
  readonly providerId?: string;
  /** With role app or support: bound to these. */
  readonly locationIds?: readonly string[];
  /** SMART scopes, with role app; without them: all that the role may do. */
  readonly scopes?: readonly string[];
  readonly ttlSeconds: number;
}

export interface Issuer {
  /** The `iss` of its tokens; another one in every data directory. */
  readonly issuer: string;
  /** What others need to verify its tokens (RFC 7517); public keys only. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** An access token as RFC 9068 describes it. */
  issueToken(request: TokenRequest): Promise<string>;
}

interface Identity {
  readonly issuer: string;
  readonly kid: string;
  readonly privateKey: JWK;
}

/**
 * Opens the issuer of `<dataDir>/identity.json` (mode 0600), making the file when there is none. Several processes may do so
 * at once: one makes it, all read it.
 */
export async function openIssuer(dataDir: string): Promise<Issuer> {
  const file = join(dataDir, 'identity.json');
  const { issuer, kid, privateKey } = (await readIdentity(file)) ?? (await createIdentity(file));
  const signingKey = await importKey(file, privateKey);
  const { kty, crv, x, y } = privateKey;

  return {
    issuer,
    jwks: {
      keys: [
        { ...(kty && { kty }), ...(crv && { crv }), ...(x && { x }), ...(y && { y }), kid, alg: 'ES256', use: 'sig' },
      ],
    },
    issueToken: (request) => sign(request, { issuer, kid, signingKey }),
  };
}

function sign(request: TokenRequest, by: { issuer: string; kid: string; signingKey: CryptoKey }): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    client_id: request.clientId,
    organization_id: request.organizationId,
    role: request.role,
    ...(request.patientId !== undefined && { patient_id: request.patientId }),
    ...(request.providerId !== undefined && { provider_id: request.providerId }),
    ...(request.locationIds !== undefined && { location_ids: request.locationIds }),
    ...(request.scopes !== undefined && { scope: request.scopes.join(' ') }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: by.kid })
    .setIssuer(by.issuer)
    .setAudience(BUILT_IN_AUDIENCE)
    .setSubject(request.clientId)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + request.ttlSeconds)
    .sign(by.signingKey);
}

const isAbsent = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';

async function readIdentity(file: string): Promise<Identity | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  // Copied by hand, it may have become readable by others.
  if (((await stat(file)).mode & 0o077) !== 0) await chmod(file, 0o600);
  const parsed = parseIdentity(text);
  if (!parsed) throw unreadable(file);
  return parsed;
}

function parseIdentity(text: string): Identity | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== 'object') return undefined;
  if (!('issuer' in value && 'kid' in value && 'privateKey' in value)) return undefined;
  const { issuer, kid, privateKey } = value;
  if (typeof issuer !== 'string' || typeof kid !== 'string' || privateKey === null || typeof privateKey !== 'object')
    return undefined;
  return { issuer, kid, privateKey };
}

async function importKey(file: string, jwk: JWK): Promise<CryptoKey> {
  try {
    const key = await importJWK(jwk, 'ES256');
    if (key instanceof Uint8Array || key.type !== 'private') throw new TypeError('not a private key');
    return key;
  } catch {
    // The cause would carry the key.
    throw unreadable(file);
  }
}

const unreadable = (file: string): Error =>
  new Error(
    `${file} holds no ES256 signing key. Restore it from a backup, or remove it: a new key is then made, and all tokens issued so far become invalid.`,
  );

async function createIdentity(file: string): Promise<Identity> {
  const { privateKey: key } = await generateKeyPair('ES256', { extractable: true });
  const privateKey = await exportJWK(key);
  const identity: Identity = {
    issuer: `urn:uuid:${randomUUID()}`,
    kid: await calculateJwkThumbprint(privateKey),
    privateKey,
  };

  await mkdir(join(file, '..'), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(identity, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    // Linking, unlike renaming, never replaces the key that another process made meanwhile.
    await link(draft, file);
    return identity;
  } catch (error) {
    const made = await readIdentity(file);
    if (!made) throw error;
    return made;
  } finally {
    await rm(draft, { force: true });
  }
}
