/**
 * Signing in at the hub's own identity provider: authorization code with PKCE (RFC 7636; RFC 9700, section 2.1.1). Who has signed in
 * lately is asked nothing: a page that is loaded anew, or in a new tab, gets tokens of its own by the provider's cookie.
 */
import { answered, api } from '../api/client.ts';
import { sayProblem } from '../api/problem.ts';
import { beginPersonSession } from './person-session.ts';
import { askForTokens, CLIENT, Refused } from './tokens.ts';

/** What is remembered while the browser is at the provider: nothing that opens anything without the code. */
interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Where to come back to. */
  readonly from: string;
}

const KEY = 'tessera.sign-in';
const RETURN_PATH = '/signed-in';
const HOME = '/';

const provider = () => answered(api.GET('/.well-known/openid-configuration'));

export const isReturn = (): boolean => location.pathname === RETURN_PATH;

/** Leaves this page. `silently`: without asking anybody anything; who is not signed in comes back as they went. Says why not. */
export async function goToSignIn({ silently }: { readonly silently: boolean }): Promise<string | undefined> {
  try {
    const { issuer, authorization_endpoint } = await provider();
    const from = isReturn() ? HOME : location.pathname + location.search;
    // Codes are sent to one address only: the one that the hub calls its own.
    if (new URL(issuer).origin !== location.origin) {
      if (!silently) location.assign(issuer + from);
      return `People sign in at ${issuer}, which is what this hub calls itself (TESSERA_PUBLIC_URL). Open the console there.`;
    }
    if (!isSecureContext) return 'Signing in needs https, or a browser on the same machine as the hub.';
    const begun: Begun = { state: random(), nonce: random(), verifier: random(), from };
    sessionStorage.setItem(KEY, JSON.stringify(begun));
    const query = new URLSearchParams({
      client_id: CLIENT,
      response_type: 'code',
      redirect_uri: issuer + RETURN_PATH,
      scope: 'openid profile email',
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: base64url(
        new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.verifier))),
      ),
      code_challenge_method: 'S256',
      ...(silently && { prompt: 'none' }),
    });
    const url = `${authorization_endpoint}?${query.toString()}`;
    // Who goes back goes to where they were, not to a page that sends them here again.
    if (silently) location.replace(url);
    else location.assign(url);
    // This page is being left.
    return await new Promise<never>(() => {});
  } catch (error) {
    return sayProblem(error);
  }
}

const STRANGE = 'This sign-in was not begun here, or has ended. Sign in once more.';

/** Takes what the provider answered, at its return path. Says why nobody is signed in; undefined also when nobody was asked. */
export async function returnFromSignIn(): Promise<string | undefined> {
  const answer = new URLSearchParams(location.search);
  const begun = takeBegun();
  // A code is not for the history, nor for a reload.
  history.replaceState(null, '', begun?.from ?? HOME);
  if (!begun || answer.get('state') !== begun.state) return STRANGE;
  try {
    const found = await provider();
    // RFC 9207: the answer is of this provider, and no other.
    if (answer.get('iss') !== found.issuer) return STRANGE;
    const code = answer.get('code');
    if (code === null) return SILENT.has(answer.get('error') ?? '') ? undefined : 'You are not signed in. Try again.';
    const tokens = await askForTokens(found.token_endpoint, {
      grant_type: 'authorization_code',
      code,
      code_verifier: begun.verifier,
      redirect_uri: found.issuer + RETURN_PATH,
    });
    const { iss, aud, nonce } = tokens.claims;
    if (iss !== found.issuer || aud !== CLIENT || nonce !== begun.nonce) return STRANGE;
    beginPersonSession(found, tokens);
    return undefined;
  } catch (error) {
    return error instanceof Refused ? STRANGE : sayProblem(error);
  }
}

/** OpenID Connect Core 1.0, section 3.1.2.6: somebody would have to be asked. */
const SILENT: ReadonlySet<string> = new Set(['login_required', 'interaction_required', 'consent_required']);

function takeBegun(): Begun | undefined {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  try {
    const { state, nonce, verifier, from } = JSON.parse(kept ?? '{}') as Readonly<Record<keyof Begun, unknown>>;
    const isWhole = [state, nonce, verifier].every((each) => typeof each === 'string' && each !== '');
    // A path of this site: `//elsewhere` would be another one.
    const isOurs = typeof from === 'string' && /^\/(?![/\\])/.test(from);
    return isWhole
      ? { state: String(state), nonce: String(nonce), verifier: String(verifier), from: isOurs ? from : HOME }
      : undefined;
  } catch {
    return undefined;
  }
}

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
