/** SMART Backend Services token, RS384. Source: fhir.epic.com "OAuth 2.0", HL7 SMART App Launch 2.0 "Backend Services". */
import { randomUUID } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import { AdapterError, isRecord, type Call, type HeldToken } from '#adapter-kit';
import type { EpicSettings } from './settings.ts';

/** Epic allows 300 s ahead; less, so that clocks may differ by a little. */
const ASSERTION_SECONDS = 240;
const CLOCK_SKEW_SECONDS = 10;
/** A site whose clock is off by more than this is believed no longer: its assertions would be good for somebody else's use. */
const SITE_CLOCK_OFF_MS_MAX = 15 * 60_000;

interface RefusedToken {
  /** The site's own clock, by its Date header, when it refused; ms since the epoch. */
  readonly siteNowMs: number;
}

/** Throws AdapterError; `unauthorised` when the site refuses the client itself. */
export async function askForToken(call: Call, settings: EpicSettings): Promise<HeldToken> {
  // One refusal may be a matter of clocks (then by the site's) or of a key not yet synchronised; a second is for a person.
  const first = await ask(call, settings, call.now());
  const reply = 'siteNowMs' in first ? await ask(call, settings, first.siteNowMs) : first;
  if (!('siteNowMs' in reply)) return reply;
  const { clientId, keyId, tokenUrl } = settings;
  throw new AdapterError(
    'unauthorised',
    'invalid-client',
    `${tokenUrl} refused client ${clientId} with key ${keyId}, twice: check that the public key is registered and synchronised (up to 12 h), that the client id is that of this environment, and the clock`,
  );
}

async function ask(call: Call, settings: EpicSettings, nowMs: number): Promise<HeldToken | RefusedToken> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(settings, nowMs),
  });
  const reply = await call.fetch(settings.tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    credentials: true,
  });
  const body = parsed(reply.text);
  if (reply.status === 200 && typeof body['access_token'] === 'string') {
    const seconds = typeof body['expires_in'] === 'number' ? body['expires_in'] : 60;
    return { value: body['access_token'], lifeMs: seconds * 1000 };
  }
  if (reply.status === 400 || reply.status === 401 || typeof body['error'] === 'string')
    return { siteNowMs: siteClock(reply.headers, call.now()) };
  throw new AdapterError(
    'unavailable',
    'token-endpoint',
    `expected a token from ${settings.tokenUrl}, got status ${reply.status}`,
  );
}

function siteClock(headers: Headers, nowMs: number): number {
  const said = Date.parse(headers.get('date') ?? '');
  return Math.abs(said - nowMs) <= SITE_CLOCK_OFF_MS_MAX ? said : nowMs;
}

async function assertion(settings: EpicSettings, nowMs: number): Promise<string> {
  const { clientId, keyId, tokenUrl, privateKey } = settings;
  const seconds = Math.floor(nowMs / 1000);
  const key = await importPKCS8(privateKey, 'RS384').catch((cause: unknown) => {
    throw new AdapterError(
      'misconfigured',
      'private-key',
      'the secret "privateKey" must be an RSA key in PKCS #8 PEM',
      { cause },
    );
  });
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS384', typ: 'JWT', kid: keyId })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt(seconds - CLOCK_SKEW_SECONDS)
    .setExpirationTime(seconds + ASSERTION_SECONDS)
    .sign(key);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}
