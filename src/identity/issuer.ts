/** The built-in issuer of access tokens. */
import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT, type JWK } from 'jose';
import type { Database } from '../db/database.ts';
import type { Role } from '../domain/index.ts';
import { ALGORITHM, SigningKeys, type Seal } from './signing-keys.ts';

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
  /** The `iss` of its tokens: one for all processes on one database, another for every database. */
  readonly issuer: string;
  readonly keys: SigningKeys;
  /** What others need to verify its tokens (RFC 7517); public keys only. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** Signs the cookies of the sign-in pages. */
  readonly cookieKey: string;
  /** An access token as RFC 9068 describes it. */
  issueToken(request: TokenRequest): Promise<string>;
}

const COOKIE_ROW = 'issuer/cookie_key';

/** Several processes may do so at once: one makes the name and the key, all read them. */
export async function openIssuer(db: Database, seal: Seal): Promise<Issuer> {
  const made = seal.close(COOKIE_ROW, randomBytes(32).toString('base64url'));
  await db.query('insert into issuer (name, cookie_key) values ($1, $2) on conflict do nothing', [
    `urn:uuid:${randomUUID()}`,
    made,
  ]);
  const { rows } = await db.query<{ name: string; cookie_key: Buffer }>('select name, cookie_key from issuer');
  const [row] = rows;
  if (!row) throw new Error('the issuer has no name');
  const issuer = row.name;
  const keys = await SigningKeys.open(db, seal);
  return {
    issuer,
    keys,
    get jwks() {
      return { keys: keys.published };
    },
    cookieKey: seal.open(COOKIE_ROW, row.cookie_key),
    issueToken: (request) => sign(request, issuer, keys),
  };
}

async function sign(request: TokenRequest, issuer: string, keys: SigningKeys): Promise<string> {
  const { kid, privateKey } = await keys.signing();
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(claimsOf(request))
    .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid })
    .setIssuer(issuer)
    .setAudience(BUILT_IN_AUDIENCE)
    .setSubject(request.clientId)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + request.ttlSeconds)
    .sign(privateKey);
}

/** The claims of caller-claims.ts. */
export const claimsOf = (request: Omit<TokenRequest, 'ttlSeconds'>): Record<string, unknown> => ({
  client_id: request.clientId,
  organization_id: request.organizationId,
  role: request.role,
  ...(request.patientId !== undefined && { patient_id: request.patientId }),
  ...(request.providerId !== undefined && { provider_id: request.providerId }),
  ...(request.locationIds !== undefined && { location_ids: request.locationIds }),
  ...(request.scopes !== undefined && { scope: request.scopes.join(' ') }),
});
