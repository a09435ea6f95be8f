/**
 * The sandbox's link: /#enter=<code>, printed by the hub when it starts. What it gives opens invented data only, so it may outlive a
 * reload of its tab, and be given to a new one; the tokens of people may not (person-session.ts).
 */
import { answered, api } from '../api/client.ts';
import { sayProblem } from '../api/problem.ts';
import { beginSession, onSession, presentSession } from './session.ts';

interface Entry {
  readonly token: string;
  /** By role. */
  readonly others: Readonly<Record<string, string>>;
}

const KEY = 'tessera.sandbox';
const WHO = 'who';
/** So long another tab may take to answer. */
const OTHER_TABS_MS = 150;
const channel = new BroadcastChannel(KEY);
let entry: Entry | undefined;

channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data === WHO && entry) channel.postMessage(entry);
  else if (!presentSession()) begin(asEntry(data));
});
onSession(() => {
  if (presentSession()) return;
  entry = undefined;
  sessionStorage.removeItem(KEY);
});

export const enterAs = (token: string, others: Entry['others']): void => begin({ token, others });

/** Enters as support by the link, or as before in this tab or another. Resolves with what is wrong with the link, if anything is. */
export async function enterSandbox(): Promise<string | undefined> {
  const code = new URLSearchParams(location.hash.slice(1)).get('enter');
  if (code !== null) return enterByCode(code);
  begin(read(sessionStorage.getItem(KEY)));
  if (presentSession()) return undefined;
  const answer = Promise.withResolvers<void>();
  const forget = onSession(answer.resolve);
  const timer = setTimeout(answer.resolve, OTHER_TABS_MS);
  channel.postMessage(WHO);
  await answer.promise;
  clearTimeout(timer);
  forget();
  return undefined;
}

async function enterByCode(code: string): Promise<string | undefined> {
  // Nobody finds it in the history, and a reload does not try it again.
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const tokens = await answered(api.POST('/v1/sandbox/enter', { body: { code } }));
    begin({ token: tokens.support, others: { ...tokens } });
    return undefined;
  } catch (error) {
    return sayProblem(error);
  }
}

function begin(given: Entry | undefined): void {
  if (!given) return;
  entry = given;
  sessionStorage.setItem(KEY, JSON.stringify(given));
  beginSession({
    id: crypto.getRandomValues(new Uint32Array(4)).join('-'),
    token: () => Promise.resolve(given.token),
    name: undefined,
    others: given.others,
    leave: () => {},
  });
}

function read(text: string | null): Entry | undefined {
  try {
    return asEntry(JSON.parse(text ?? 'null'));
  } catch {
    return undefined;
  }
}

function asEntry(value: unknown): Entry | undefined {
  if (value === null || typeof value !== 'object' || !('token' in value) || typeof value.token !== 'string')
    return undefined;
  const others = 'others' in value && value.others !== null && typeof value.others === 'object' ? value.others : {};
  return { token: value.token, others: { ...others } };
}
