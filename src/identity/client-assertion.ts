/** private_key_jwt: a client proves who it is by a signed assertion (RFC 7523; SMART App Launch 2.2, Backend Services). */
import { createLocalJWKSet, decodeJwt, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import type { Sql } from '../db/database.ts';
import { clientById, type Client } from './client-credentials.ts';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Section 3.1.1 of Backend Services: both, and no other. */
export const ASSERTION_ALGORITHMS = ['RS384', 'ES384'];
const LIFETIME_SECONDS_MAX = 300;
const CLOCK_TOLERANCE_SECONDS = 30;
const ASSERTION_CHARS_MAX = 8_192;

/** `refused` says what was expected, for the developer of the client; it is told only what it sent itself. */
export type Assertion = { readonly client: Client } | { readonly refused: string };

const refused = (why: string): Assertion => ({ refused: `The client assertion was not accepted: ${why}.` });

/** `audiences`: the token endpoint's URL, and other names of it. Never throws for what was sent. */
export async function clientByAssertion(sql: Sql, assertion: string, audiences: readonly string[]): Promise<Assertion> {
  const claims = assertion.length > ASSERTION_CHARS_MAX ? undefined : unverified(assertion);
  if (typeof claims?.sub !== 'string' || claims.sub !== claims.iss)
    return refused('expected a JWT whose iss and sub are both the client id');
  const row = await clientById(sql, claims.sub);
  if (!row?.jwks) return refused('expected a client that has registered its public keys');

  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(assertion, createLocalJWKSet(row.jwks as JSONWebKeySet), {
      algorithms: ASSERTION_ALGORITHMS,
      issuer: row.client.id,
      subject: row.client.id,
      audience: [...audiences],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'jti', 'aud'],
    }));
  } catch (error) {
    return refused(whyNot(error, audiences));
  }
  const { exp = 0, jti } = payload;
  if (exp > Date.now() / 1000 + LIFETIME_SECONDS_MAX + CLOCK_TOLERANCE_SECONDS)
    return refused(`expected exp at most ${LIFETIME_SECONDS_MAX} s from now`);
  if (typeof jti !== 'string' || jti === '' || jti.length > 255)
    return refused('expected a jti of 1 to 255 characters');
  return (await isFirstUse(sql, row.client.id, jti, exp))
    ? { client: row.client }
    : refused('its jti was used before; make a new assertion for every request');
}

function unverified(assertion: string): JWTPayload | undefined {
  try {
    return decodeJwt(assertion);
  } catch {
    return undefined;
  }
}

function whyNot(error: unknown, audiences: readonly string[]): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return `expected aud ${audiences.join(' or ')}`;
    return `expected another ${error.claim}`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return `expected alg ${ASSERTION_ALGORITHMS.join(' or ')}`;
  if (error instanceof errors.JWKSNoMatchingKey) return 'no registered key has its kid and alg';
  return 'its signature does not fit the registered keys';
}

/** Kept until the assertion would be refused for its age anyway. */
async function isFirstUse(sql: Sql, clientId: string, jti: string, exp: number): Promise<boolean> {
  await sql.query('delete from used_assertion where expires_at < now()');
  const { rowCount } = await sql.query(
    `insert into used_assertion (client_id, jti, expires_at) values ($1, $2, to_timestamp($3)) on conflict do nothing`,
    [clientId, jti, exp + CLOCK_TOLERANCE_SECONDS],
  );
  return rowCount === 1;
}
