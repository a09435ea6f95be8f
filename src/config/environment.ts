/** How values are read from the environment. What is wrong with one is added to `problems`, so that all are told at once. */
import { isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

export const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/** What stands between commas; empty where nothing does. */
export const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').flatMap((each) => each.trim() || []);

export function readPort(env: Environment, name: string, fallback: number, problems: string[]): number {
  const text = env[name] || String(fallback);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) problems.push(`${name} expects a port from 0 (any free one) to 65535, got "${text}"`);
  return port;
}

export function oneOf<Value extends string>(
  env: Environment,
  name: string,
  values: readonly Value[],
  fallback: Value,
  problems: string[],
): Value {
  const text = env[name] || fallback;
  const value = values.find((each) => each === text);
  if (value === undefined) problems.push(`${name} expects one of ${values.join(', ')}, got "${text}"`);
  return value ?? fallback;
}

export function readSwitch(env: Environment, name: string, fallback: boolean, problems: string[]): boolean {
  return oneOf(env, name, ['on', 'off'], fallback ? 'on' : 'off', problems) === 'on';
}

/** `theirs=ours,theirs=ours`. */
export function readPairs(env: Environment, name: string, problems: string[]): ReadonlyMap<string, string> | undefined {
  const text = env[name];
  if (!text) return undefined;
  const pairs = text.split(',').map((each) => each.split('=').map((part) => part.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes('')))
    problems.push(`${name} expects pairs like hub-admins=admin,hub-support=support, got "${text}"`);
  return new Map(pairs.map(([theirs = '', ours = '']) => [theirs, ours]));
}

/** An IP address, or a network such as 10.4.0.0/16. */
export function isNetwork(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** https, or this machine itself. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname.replace(/^\[|\]$/g, '')))
  );
}

/** The value is never repeated in a problem: it may hold a password. */
export function readEngineUrl(
  env: Environment,
  name: string,
  protocols: readonly [string, string],
  problems: string[],
): string | undefined {
  const text = env[name];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (url && protocols.includes(url.protocol) && url.hostname !== '') return text;
  const [plain, tls] = protocols;
  problems.push(`${name} expects ${plain}//user:password@host (${tls}// for TLS; percent-encode other characters)`);
  return undefined;
}

/** Keeps what helps to see which server it is; a password may also stand in the query. */
export function maskCredentials(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  for (const name of url.searchParams.keys()) {
    if (/pass|secret|key|token/i.test(name)) url.searchParams.set(name, '***');
  }
  return url.href;
}
