/** The session of a person: its tokens are in the memory of this tab and nowhere else, and are renewed while somebody is there. */
import { idleMs } from './activity.ts';
import { beginSession, endSession, presentSession, type Session } from './session.ts';
import { askForTokens, CLIENT, Refused, type Tokens } from './tokens.ts';

export interface Provider {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly end_session_endpoint: string;
}

/** Who does nothing for so long is signed out (HIPAA 164.312(a)(2)(iii)): what is shown goes, and nothing is renewed. */
const IDLE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 10_000;

const IDLE = 'Nobody was here for half an hour.';

export function beginPersonSession(provider: Provider, first: Tokens): void {
  let tokens = first;
  let renewal: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    try {
      if (idleMs() > IDLE_MS) throw new Refused(IDLE);
      const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh };
      tokens = await askForTokens(provider.token_endpoint, form);
      return tokens.access;
    } catch (error) {
      if (error instanceof Refused && presentSession() === session) endSession(error.message);
      throw error;
    } finally {
      renewal = undefined;
    }
  };
  const { name } = first.claims;
  const session: Session = {
    id: crypto.randomUUID(),
    // One for all who ask: a refresh token is good once.
    token: () => (Date.now() < tokens.goodUntil ? Promise.resolve(tokens.access) : (renewal ??= renew())),
    name: typeof name === 'string' ? name : undefined,
    others: {},
    leave: () => {
      const query = new URLSearchParams({ client_id: CLIENT, post_logout_redirect_uri: `${provider.issuer}/` });
      location.assign(`${provider.end_session_endpoint}?${query.toString()}`);
    },
  };
  beginSession(session);
  const watch = setInterval(() => {
    if (presentSession() !== session) clearInterval(watch);
    else if (idleMs() > IDLE_MS) endSession(IDLE);
  }, LOOK_EVERY_MS);
}
