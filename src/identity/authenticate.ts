/** Who calls? From the Authorization header to a Caller, or HubError `unauthenticated`. */
import { hash } from 'node:crypto';
import { decodeJwt, errors, importJWK, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { HubError, type Caller } from '../domain/index.ts';
import { callerOf } from './caller-claims.ts';
import { BUILT_IN_AUDIENCE, type Issuer } from './issuer.ts';
import { mappedClaims, type OutsideIssuer } from './mapped-claims.ts';
import { IssuerUnavailable, outsideKeys } from './outside-issuer.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** `authorization`: the header's value. Throws HubError `unauthenticated`; `internal` when the outside provider is out of reach. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

/** The built-in issuer, an outside one, or both: a token says whose it is. */
export interface TrustedIssuers {
  readonly builtIn?: Issuer;
  readonly outside?: OutsideIssuer;
}

interface Trust {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: string[];
  readonly keys: JWTVerifyGetKey;
  isAccessToken(typ: string | undefined, claims: JWTPayload): boolean;
  /** The hub's claims out of the issuer's own. */
  claims(payload: JWTPayload): JWTPayload;
}

const CLOCK_TOLERANCE_SECONDS = 30;
/** Longer ones are not ours to parse. */
const TOKEN_CHARS_MAX = 8_192;

export function createAuthenticator({ builtIn, outside }: TrustedIssuers): Authenticate {
  const trusts = [...(builtIn ? [trustBuiltIn(builtIn)] : []), ...(outside ? [trustOutside(outside)] : [])];
  const verified = new VerifiedTokens();

  return async (authorization) => {
    const token = tokenOf(authorization);
    const key = hash('sha256', token, 'base64');
    const known = verified.get(key);
    if (known) return known;

    const { caller, expiresAt } = await verify(token, trustOf(token, trusts));
    verified.add(key, caller, expiresAt);
    return caller;
  };
}

/** Nothing is believed yet: whose keys are to verify it. */
function trustOf(token: string, trusts: readonly Trust[]): Trust {
  let issuer: string | undefined;
  try {
    issuer = decodeJwt(token).iss;
  } catch {
    throw refused('unreadable');
  }
  const trust = trusts.find((each) => each.issuer === issuer);
  if (!trust) throw refused('issuer');
  return trust;
}

function trustBuiltIn({ issuer, keys }: Issuer): Trust {
  return {
    issuer,
    audience: BUILT_IN_AUDIENCE,
    algorithms: ['ES256'],
    keys: async ({ kid }) => {
      const key = await keys.find(kid).catch((cause: unknown) => {
        throw new NoKeys('the keys cannot be read', { cause });
      });
      if (!key) throw new errors.JWKSNoMatchingKey();
      return importJWK(key, 'ES256');
    },
    isAccessToken: isAtJwt,
    claims: (payload) => payload,
  };
}

/** Named one by one: `none` and the HS family, whose "secret" would be the public key, are not among them. */
function trustOutside(outside: OutsideIssuer): Trust {
  const { issuer, audience } = outside;
  return {
    issuer,
    audience,
    algorithms: ['RS256', 'PS256', 'ES256'],
    keys: outsideKeys(issuer),
    // Many providers do not follow RFC 9068 yet and say JWT, or nothing. An ID token says who logged in, not who may call:
    // it has a nonce, an at_hash, or, with some, its own typ claim.
    isAccessToken: (typ, claims) =>
      isAtJwt(typ) ||
      ((typ === undefined || typ.toLowerCase() === 'jwt') &&
        claims['nonce'] === undefined &&
        claims['at_hash'] === undefined &&
        claims['typ'] !== 'ID'),
    claims: (payload) => mappedClaims(payload, outside),
  };
}

class NoKeys extends Error {}

const isAtJwt = (typ: string | undefined): boolean => /^(application\/)?at\+jwt$/i.test(typ ?? '');

function tokenOf(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') {
    throw new HubError(
      'unauthenticated',
      'This call needs an access token: send the header "Authorization: Bearer <token>".',
    );
  }
  // RFC 6750 section 2.1, RFC 9110 section 11.1: one space, the scheme in any case. RFC 7515: three parts, and never padded.
  const token =
    authorization.length > TOKEN_CHARS_MAX ? undefined : /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
  if (token === undefined) throw refused('malformed header');
  return token;
}

async function verify(token: string, trust: Trust): Promise<{ readonly caller: Caller; readonly expiresAt: number }> {
  const { payload, protectedHeader } = await verifySignature(token, trust);
  if (!trust.isAccessToken(protectedHeader.typ, payload)) throw refused('not an access token');
  const claims = callerOf(trust.claims(payload));
  if ('refused' in claims) throw refused(`claim ${claims.refused}`);
  return { caller: Object.freeze(claims.caller), expiresAt: (payload.exp ?? 0) * 1000 };
}

async function verifySignature(token: string, trust: Trust) {
  try {
    return await jwtVerify(token, trust.keys, {
      issuer: trust.issuer,
      audience: trust.audience,
      algorithms: trust.algorithms,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'sub'],
    });
  } catch (error) {
    if (error instanceof IssuerUnavailable) {
      throw new HubError(
        'internal',
        'The identity provider cannot be reached, so the token cannot be checked. Try again in a moment.',
        {
          retryAfterSeconds: 5,
          cause: error,
        },
      );
    }
    // That the keys cannot be read now, for want of a database, says nothing against the token.
    if (error instanceof NoKeys) throw error.cause;
    throw refused(error instanceof errors.JOSEError ? error.code : 'unreadable');
  }
}

/** The caller learns that the token does not work, not which check it failed; `why` is for the log. Never the error of the library: it carries the claims. */
function refused(why: string): HubError {
  return new HubError(
    'unauthenticated',
    'The access token is not valid here, or not any more. Get a new one and try again.',
    {
      cause: new Error(`token refused: ${why}`),
    },
  );
}
