/** POST /oauth/token: the client credentials grant (RFC 6749 section 4.4). Its answers have OAuth's form, not the API's problem bodies. */
import type { Sql } from '../db/database.ts';
import { ROLES } from '../domain/index.ts';
import { ASSERTION_TYPE, clientByAssertion } from './client-assertion.ts';
import { authenticateClient, type Client } from './client-credentials.ts';
import type { Issuer } from './issuer.ts';
import type { SignInRecord } from './sign-in-record.ts';
import { grantedScopes, isSmartScope } from './smart-scopes.ts';

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

export interface TokenEndpointParts {
  readonly sql: Sql;
  readonly issuer: Issuer;
  /** What assertions may be addressed to: the endpoint's URL, and other names of it. */
  readonly audiences: () => readonly string[];
  /** For the audit; undefined: nothing is recorded. */
  readonly record?: (of: SignInRecord) => Promise<void>;
}

/** Never throws for what the caller sent. `scope` in the answer is what the token grants: SMART scopes, or the client's role. */
export async function exchangeClientCredentials(
  parts: TokenEndpointParts,
  request: TokenEndpointRequest,
): Promise<TokenEndpointReply> {
  const form = singleValues(request.form);
  if (!form) return refuse(400, 'invalid_request', 'Each parameter may be sent once, as text.');
  if (form.get('grant_type') === undefined)
    return refuse(400, 'invalid_request', 'Expected grant_type=client_credentials in a form body.');
  if (form.get('grant_type') !== 'client_credentials')
    return refuse(400, 'unsupported_grant_type', 'This endpoint knows grant_type=client_credentials only.');

  const client = await clientOf(parts, form, request.authorization);
  if ('status' in client) {
    if (client.status === 401) await recordRefusal(parts, form, request.authorization);
    return client;
  }
  // A token of these roles names one person, whom the client alone does not know.
  if (client.role === 'patient' || client.role === 'provider') {
    return refuse(
      400,
      'unauthorized_client',
      `A client of role ${client.role} cannot log in by itself: its tokens come from the identity provider.`,
    );
  }
  const granted = scopesOf(client, form.get('scope'));
  if ('refused' in granted) return refuse(400, 'invalid_scope', granted.refused);

  const { scopes } = granted;
  const token = await parts.issuer.issueToken({
    clientId: client.id,
    organizationId: client.organizationId,
    role: client.role,
    ...(client.locationIds && { locationIds: client.locationIds }),
    ...(scopes && { scopes }),
    ttlSeconds: TOKEN_SECONDS,
  });
  const scope = scopes?.join(' ') ?? client.role;
  await parts.record?.({
    organizationId: client.organizationId,
    actorId: client.id,
    actorRole: client.role,
    action: 'sign-in',
    outcome: 'done',
    detail: { methods: [form.has('client_assertion') ? 'private_key_jwt' : 'client_secret'], scope },
  });
  return {
    status: 200,
    headers: HEADERS,
    body: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope },
  };
}

/** Of whom it was said to be, when there is such a client: what else was sent as its name may be anything. */
async function recordRefusal(
  { sql, record }: TokenEndpointParts,
  form: ReadonlyMap<string, string>,
  authorization: string | undefined,
): Promise<void> {
  if (!record) return;
  const claimed =
    form.get('client_id') ?? (authorization === undefined ? undefined : basicCredentials(authorization)?.id);
  const found =
    claimed === undefined || claimed.includes('\0') ? undefined : await sql.query<ClientRow>(CLIENT, [claimed]);
  const row = found?.rows[0];
  await record({
    organizationId: row?.organization_id ?? null,
    actorId: row?.id ?? null,
    actorRole: ROLES.find((each) => each === row?.role) ?? null,
    action: 'sign-in',
    outcome: 'refused',
    detail: { why: row ? 'wrong-credentials' : 'unknown' },
  });
}

const CLIENT = 'select id, organization_id, role from client where id = $1';
type ClientRow = Readonly<Record<'id' | 'organization_id' | 'role', string>>;

/** By secret (in the form, or by HTTP Basic) or by assertion: one of them. */
async function clientOf(
  { sql, audiences }: TokenEndpointParts,
  form: ReadonlyMap<string, string>,
  authorization: string | undefined,
): Promise<Client | TokenEndpointReply> {
  const assertion = form.get('client_assertion');
  const ways = [authorization, form.get('client_secret'), assertion].filter((each) => each !== undefined);
  if (ways.length > 1) {
    return refuse(
      400,
      'invalid_request',
      'Send the client id and secret in the Authorization header or in the form, or an assertion: one of them.',
    );
  }
  if (assertion !== undefined) {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE)
      return refuse(400, 'invalid_request', `Expected client_assertion_type=${ASSERTION_TYPE}.`);
    const found = await clientByAssertion(sql, assertion, audiences());
    return 'client' in found ? found.client : refuse(401, 'invalid_client', found.refused);
  }
  const credentials = authorization === undefined ? formCredentials(form) : basicCredentials(authorization);
  const client = credentials && (await authenticateClient(sql, credentials.id, credentials.secret));
  return (
    client ??
    refuse(
      401,
      'invalid_client',
      'The client id and secret do not belong together. Check both, or create a new secret.',
    )
  );
}

/** `scopes` undefined: all that the role may do. */
function scopesOf(
  client: Client,
  asked: string | undefined,
): { readonly scopes: readonly string[] | undefined } | { readonly refused: string } {
  if (asked === undefined || asked === client.role) return { scopes: client.scopes };
  const words = asked.split(' ').filter((each) => each !== '');
  const wrong = words.filter((each) => !isSmartScope(each));
  if (client.role !== 'app' || wrong.length > 0)
    return {
      refused: `This client may ask for the scope ${client.role}${client.role === 'app' ? ', for SMART scopes like system/Appointment.cruds or system/Slot.read,' : ''} or for none.`,
    };
  const scopes = client.scopes ? grantedScopes(words, client.scopes) : words;
  return scopes.length > 0
    ? { scopes }
    : {
        refused: `This client is registered for ${client.scopes?.join(' ') ?? 'nothing'}, and may ask for these only.`,
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
