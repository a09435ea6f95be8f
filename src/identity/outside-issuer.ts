/** The keys of an outside identity provider, by OpenID Connect Discovery 1.0 (section 4). */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

const DISCOVERY_TIMEOUT_MS = 5_000;
const DOCUMENT_CHARS_MAX = 262_144;
/** An unknown key id asks the provider again, at most this often: else anybody could make the hub ask at every call. */
const KEYS_COOLDOWN_MS = 30_000;
/** Keys that the provider withdrew are forgotten after that. */
const KEYS_MAX_AGE_MS = 600_000;

/** The provider's keys could not be read: nobody's token can be judged now. */
export class IssuerUnavailable extends Error {}

/**
 * Asks the provider when the first token comes, not at start: the hub starts without it too.
 * Throws a JOSE error when the token names no key of the provider, else IssuerUnavailable.
 */
export function outsideKeys(issuer: string): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    keys ??= discover(issuer);
    let getKey: JWTVerifyGetKey;
    try {
      getKey = await keys;
    } catch (cause) {
      keys = undefined;
      throw new IssuerUnavailable(`discovery at ${issuer} failed`, { cause });
    }
    try {
      return await getKey(header, token);
    } catch (cause) {
      if (FAULTS_OF_THE_TOKEN.some((each) => cause instanceof each)) throw cause;
      throw new IssuerUnavailable(`the keys of ${issuer} cannot be read`, { cause });
    }
  };
}

const FAULTS_OF_THE_TOKEN = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok || text.length > DOCUMENT_CHARS_MAX)
    throw new Error(`expected a discovery document at ${url}, got status ${response.status}`);
  const document: unknown = JSON.parse(text);
  if (document === null || typeof document !== 'object' || !('issuer' in document && 'jwks_uri' in document)) {
    throw new Error(`expected issuer and jwks_uri in ${url}`);
  }
  // Section 4.3: it must be the one that was asked for, or a stranger's keys would be taken for its own.
  if (document.issuer !== issuer) throw new Error(`the document at ${url} is of another issuer`);
  const jwksUri = typeof document.jwks_uri === 'string' ? URL.parse(document.jwks_uri) : null;
  if (jwksUri === null || jwksUri.protocol !== new URL(issuer).protocol) {
    throw new Error(`expected jwks_uri in ${url} to be a URL as safe as the issuer's`);
  }
  return createRemoteJWKSet(jwksUri, {
    timeoutDuration: DISCOVERY_TIMEOUT_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
  });
}
