/** POST /oauth/token: the client credentials grant (RFC 6749 section 4.4). Its answers have OAuth's form, not the API's problem bodies. */
import type { Sql } from '../db/database.ts';
import { authenticateClient } from './client-credentials.ts';
import type { Issuer } from './issuer.ts';

/** SMART Backend Services: access tokens live no longer than five minutes. */
const TOKEN_SECONDS = 300;

export interface TokenEndpointRequest {
  /** The Authorization header. */
  readonly authorization: string | undefined;
  /** The parsed form body; a parameter sent twice is an array. */
  readonly form: Readonly<Record<string, unknown>>;
}

export interface TokenEndpointReply {
  readonly status: 200 | 400 | 401;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | {
        readonly access_token: string;
        readonly token_type: 'Bearer';
        readonly expires_in: number;
        readonly scope: string;
      }
    | { readonly error: string; readonly error_description: string };
}

// RFC 6749 section 5.1: tokens are never kept by a cache.
const HEADERS = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** Never throws for what the caller sent. `scope` in the answer is the client's role: what it may do follows from that alone. */
export async function exchangeClientCredentials(
  { sql, issuer }: { readonly sql: Sql; readonly issuer: Issuer },
  request: TokenEndpointRequest,
): Promise<TokenEndpointReply> {
  const form = singleValues(request.form);
  if (!form) return refuse(400, 'invalid_request', 'Each parameter may be sent once, as text.');
  if (form.get('grant_type') === undefined)
    return refuse(400, 'invalid_request', 'Expected grant_type=client_credentials in a form body.');
  if (form.get('grant_type') !== 'client_credentials') {
    return refuse(400, 'unsupported_grant_type', 'This endpoint knows grant_type=client_credentials only.');
  }
  if (request.authorization !== undefined && form.get('client_secret') !== undefined) {
    return refuse(
      400,
      'invalid_request',
      'Send the client id and secret in the Authorization header or in the form, not in both.',
    );
  }
  const credentials =
    request.authorization === undefined ? formCredentials(form) : basicCredentials(request.authorization);
  const client = credentials && (await authenticateClient(sql, credentials.id, credentials.secret));
  if (!client)
    return refuse(
      401,
      'invalid_client',
      'The client id and secret do not belong together. Check both, or create a new secret.',
    );

  // A token of these roles names one person, whom the client alone does not know.
  if (client.role === 'patient' || client.role === 'provider') {
    return refuse(
      400,
      'unauthorized_client',
      `A client of role ${client.role} cannot log in by secret: its tokens come from the identity provider.`,
    );
  }
  const scope = form.get('scope');
  if (scope !== undefined && scope !== client.role) {
    return refuse(400, 'invalid_scope', `This client may ask for the scope ${client.role}, or for none.`);
  }
  const token = await issuer.issueToken({
    clientId: client.id,
    organizationId: client.organizationId,
    role: client.role,
    ttlSeconds: TOKEN_SECONDS,
  });
  return {
    status: 200,
    headers: HEADERS,
    body: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope: client.role },
  };
}

function refuse(status: 400 | 401, error: string, description: string): TokenEndpointReply {
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="tessera", charset="UTF-8"' } : {};
  return { status, headers: { ...HEADERS, ...challenge }, body: { error, error_description: description } };
}

/** RFC 6749 section 3.2: no parameter twice, and one without a value counts as absent. */
function singleValues(form: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(form)) {
    if (typeof value !== 'string') return undefined;
    if (value !== '') values.set(name, value);
  }
  return values;
}

interface Credentials {
  readonly id: string;
  readonly secret: string;
}

function formCredentials(form: ReadonlyMap<string, string>): Credentials | undefined {
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
function basicCredentials(authorization: string): Credentials | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization)?.[1];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  try {
    return { id: formDecoded(id), secret: formDecoded(secret) };
  } catch {
    return undefined;
  }
}

const formDecoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
