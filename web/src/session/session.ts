/** Who is signed in, in this tab, however that began. Nobody keeps a token: it is asked for when it is needed. */
export interface Session {
  readonly id: string;
  /** An access token that is good now. Rejects when there is none, or none at the moment. */
  readonly token: () => Promise<string>;
  /** As the identity provider knows them; undefined in the sandbox. */
  readonly name: string | undefined;
  /** Tokens of other roles that may be entered as, by role: in the sandbox only. */
  readonly others: Readonly<Record<string, string>>;
  /** Ends it where it began, when a person signs out. */
  readonly leave: () => void;
}

const OVER = 'over';
const channel = new BroadcastChannel('tessera.session');
const listeners = new Set<() => void>();
let present: Session | undefined;
let ending: string | undefined;

channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (data === OVER) endSession('You have signed out in another tab.');
});

export const presentSession = (): Session | undefined => present;
/** What ended the last session, in words. */
export const whyEnded = (): string | undefined => ending;

/** Called when another person is there, or nobody any more; not when a token was renewed. */
export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const beginSession = (session: Session): void => set(session, undefined);

/** Of this tab. `why`: for the person. */
export function endSession(why: string): void {
  if (present) set(undefined, why);
}

/** Of every tab. */
export function signOut(): void {
  const session = present;
  channel.postMessage(OVER);
  set(undefined, undefined);
  session?.leave();
}

function set(session: Session | undefined, why: string | undefined): void {
  present = session;
  ending = why;
  for (const listener of listeners) listener();
}
