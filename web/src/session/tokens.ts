/** The token endpoint of the hub's identity provider (RFC 6749, section 4.1.3 and section 6; a client that keeps no secret). */
export const CLIENT = 'console';

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
  /** Claims of the ID token. It came from the hub itself, over the same connection: its signature proves nothing more
   *  (OpenID Connect Core 1.0, section 3.1.3.7, point 6). */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly goodUntil: number;
}

/** The provider says that there are no tokens for this; asking again will not help. */
export class Refused extends Error {}

/** Renewed so long before they end: what is on its way then still arrives. */
const MARGIN_MS = 30_000;

/** Throws Refused; TypeError when the hub is out of reach; a plain Error when it is in trouble. */
export async function askForTokens(endpoint: string, form: Readonly<Record<string, string>>): Promise<Tokens> {
  const asked = Date.now();
  const response = await fetch(endpoint, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, ...form }) });
  if (response.status === 400 || response.status === 401) throw new Refused('Your sign-in has ended.');
  if (!response.ok) throw new Error(`The hub gave no tokens: it answered ${response.status}.`);
  const body: unknown = await response.json();
  const expiresIn = Number(memberOf(body, 'expires_in'));
  return {
    access: text(body, 'access_token'),
    refresh: text(body, 'refresh_token'),
    claims: claimsOf(text(body, 'id_token')),
    goodUntil: asked + expiresIn * 1000 - MARGIN_MS,
  };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0));
  const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
  return claims !== null && typeof claims === 'object' ? { ...claims } : {};
}

const memberOf = (body: unknown, name: string): unknown =>
  body !== null && typeof body === 'object' ? Object.entries(body).find(([each]) => each === name)?.[1] : undefined;

function text(body: unknown, name: string): string {
  const value = memberOf(body, name);
  if (typeof value !== 'string') throw new Error(`The hub's answer has no ${name}.`);
  return value;
}
