/** The system token: client credentials by Basic, 570 s, no refresh token. Source: docs.oracle.com mfrap, "Authorization". */
import { AdapterError, isRecord, type Call, type HeldToken, type HisReply } from '#adapter-kit';
import type { CernerSettings } from './settings.ts';

export interface SystemToken extends HeldToken {
  /** Asked for, but not granted: the answer may be narrower than the question, without another word. */
  readonly missingScopes: ReadonlySet<string>;
}

const LIFE_WHEN_UNSAID_SECONDS = 60;

/** Throws AdapterError; `unauthorised` when the client itself is refused. */
export async function askForToken(settings: CernerSettings, call: Call): Promise<SystemToken> {
  const { tokenUrl, clientId, clientSecret, scopes } = settings;
  const reply = await call.fetch(tokenUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'x-correlation-id': call.transactionId,
    },
    // Separated by %20: a comma gives invalid_grant, and a plus is not what the documentation shows.
    body: `grant_type=client_credentials&scope=${encodeURIComponent(scopes.join(' '))}`,
    credentials: true,
  });
  const body = parsed(reply.text);
  if (reply.status === 200 && typeof body['access_token'] === 'string') {
    const seconds = typeof body['expires_in'] === 'number' ? body['expires_in'] : LIFE_WHEN_UNSAID_SECONDS;
    const granted = typeof body['scope'] === 'string' ? body['scope'].split(' ') : scopes;
    const missing = scopes.filter((scope) => !granted.includes(scope));
    if (missing.length > 0)
      call.log('the token lacks scopes that were asked for', { missingScopes: missing.join(' ') });
    return { value: body['access_token'], lifeMs: seconds * 1000, missingScopes: new Set(missing) };
  }
  throw refused(settings, call, reply, body);
}

function refused(
  { tokenUrl, clientId }: CernerSettings,
  call: Call,
  reply: HisReply,
  body: Readonly<Record<string, unknown>>,
): AdapterError {
  const code = typeof body['error'] === 'string' ? body['error'] : `status ${reply.status}`;
  // What the vendor's support asks for: both name this one refusal.
  call.log('the token endpoint refused', {
    code,
    errorUri: body['error_uri'],
    correlationId: reply.headers.get('cerner-correlation-id'),
  });
  if (reply.status === 400 || reply.status === 401 || reply.status === 403) {
    return new AdapterError(
      'unauthorised',
      code.replaceAll(/[^a-z0-9]+/g, '-'),
      `${tokenUrl} refused client ${clientId} (${code}): check client id, secret, tenant and the scopes that the client is registered for`,
    );
  }
  return new AdapterError('unavailable', 'token-endpoint', `expected a token from ${tokenUrl}, got ${code}`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}
