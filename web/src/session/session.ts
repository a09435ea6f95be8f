/**
 * Who is signed in, in this tab. The one place that knows how: whatever replaces the token by another way of signing in changes this
 * file. The token lives as long as the tab; another tab of the same person asks the open ones for it, so that a link can be opened in
 * a new one.
 */
export interface Session {
  readonly token: string;
  /** Tokens of other roles that may be entered as, by role: in the sandbox only. */
  readonly others: Readonly<Record<string, string>>;
}

const KEY = 'tessera.session';
const channel = new BroadcastChannel(KEY);
const listeners = new Set<() => void>();
let present: Session | undefined = read(sessionStorage.getItem(KEY));

channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data === 'who' && present) channel.postMessage(present);
  else if (data === 'over') set(undefined);
  else if (!present) set(asSession(data));
});

export const presentSession = (): Session | undefined => present;
export const presentToken = (): string | undefined => present?.token;

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const beginSession = (session: Session): void => set(session);

/** Of this tab; the others are told when a person signs out, not when a token has ended. */
export const endSession = (): void => set(undefined);

export function signOut(): void {
  channel.postMessage('over');
  set(undefined);
}

/** Asks the other tabs; their answer, if any, comes within moments. */
export const askOtherTabs = (): void => channel.postMessage('who');

function set(session: Session | undefined): void {
  present = session;
  if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
  else sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

function read(text: string | null): Session | undefined {
  try {
    return asSession(JSON.parse(text ?? 'null'));
  } catch {
    return undefined;
  }
}

function asSession(value: unknown): Session | undefined {
  if (value === null || typeof value !== 'object' || !('token' in value) || typeof value.token !== 'string')
    return undefined;
  const others = 'others' in value && value.others !== null && typeof value.others === 'object' ? value.others : {};
  return { token: value.token, others: { ...others } };
}
