/**
 * The first steps of a check, which need no credentials: the name has an address, the port answers, encryption is good.
 * What was resolved is what is connected to, so that a name cannot point elsewhere between two steps.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { RENEW_WITHIN_DAYS } from '../domain/index.ts';
import type { Expiry } from '../ledger/connection-expiry.ts';
import type { Endpoint } from './check-endpoints.ts';
import { NETWORK_PROBLEMS, otherProblem } from './check-remedies.ts';
import { isForeign } from './foreign-address.ts';

export interface Verdict {
  readonly ok: boolean;
  /** Nothing was tried. */
  readonly skipped: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

export interface Resolved extends Endpoint {
  readonly addresses: readonly LookupAddress[];
}

const STEP_MS = 5_000;
const DAY_MS = 24 * 3600_000;

export async function resolve(
  endpoints: readonly Endpoint[],
  signal: AbortSignal,
): Promise<Verdict & { resolved: Resolved[] }> {
  const resolved: Resolved[] = [];
  const verdict = await together(endpoints, async (endpoint) => {
    const { host } = endpoint;
    const addresses = await within(signal, lookup(host, { all: true }));
    const foreign = addresses.find(({ address }) => isForeign(address));
    if (foreign) {
      return {
        ok: false,
        skipped: false,
        detail: `${host} is ${foreign.address}, which is no address of a HIS (link-local, multicast or unspecified)`,
        remedy: 'Correct the host in config, or its entry in the DNS.',
      };
    }
    resolved.push({ ...endpoint, addresses });
    const list = addresses.map(({ address }) => address).join(', ');
    return isIP(host) ? nothingToDo(`${host} is an address: nothing to resolve`) : done(`${host} is ${list}`);
  });
  return { ...verdict, resolved };
}

export const reach = (endpoints: readonly Resolved[], signal: AbortSignal): Promise<Verdict> =>
  together(endpoints, async (endpoint) => {
    const startedAt = performance.now();
    const socket = connect(target(endpoint));
    await opened(socket, 'connect', signal);
    return done(`${place(endpoint)} answers, after ${Math.round(performance.now() - startedAt)} ms`);
  });

/** PEM: whom to trust instead of the machine's own authorities, and who the hub is, where the HIS asks. */
export interface TlsSecrets {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** With how long the certificates that were seen, and found good, are so. */
export async function encrypt(
  endpoints: readonly Resolved[],
  signal: AbortSignal,
  secrets: TlsSecrets = {},
): Promise<Verdict & { readonly certificates: readonly Expiry[] }> {
  const certificates: Expiry[] = [];
  const verdict = await together(endpoints, async (endpoint) => {
    if (!endpoint.tls) return unencrypted(endpoint);
    const socket = connectTls({
      ...target(endpoint),
      ...nameOf(endpoint),
      ...secrets,
    });
    const { protocol, validTo } = await opened(socket, 'secureConnect', signal, certificateOf);
    certificates.push({ kind: 'server-certificate', subject: place(endpoint), endsAt: validTo });
    const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
    return {
      ...done(`${place(endpoint)} speaks ${protocol}; its certificate is valid until ${validTo}, for ${days} days`),
      ...(days < RENEW_WITHIN_DAYS ? { remedy: 'Have the HIS renew its certificate before it ends.' } : {}),
    };
  });
  return { ...verdict, certificates };
}

/** Not a failure: networks inside a hospital are often so. But said. */
function unencrypted(endpoint: Resolved): Verdict {
  const local = endpoint.addresses.every(({ address }) => /^(127\.|::1$)/.test(address));
  if (local) return nothingToDo(`${place(endpoint)} is on this machine, and not encrypted`);
  return {
    ...nothingToDo(`${place(endpoint)} is not encrypted: credentials and patients' data can be read on the way`),
    remedy: 'Use https, or TLS for MLLP, if the HIS offers it.',
  };
}

/** For SNI and for the certificate; an address is compared by itself, and not sent (RFC 6066, section 3). */
function nameOf({ host, serverName = host }: Endpoint): { readonly servername?: string } {
  return isIP(serverName) ? {} : { servername: serverName };
}

const done = (detail: string): Verdict => ({ ok: true, skipped: false, detail });
const nothingToDo = (detail: string): Verdict => ({ ok: true, skipped: true, detail });
const place = ({ host, port }: Endpoint): string => (isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);

function target({ host, port, addresses }: Resolved): { host: string; port: number; lookup: LookupFunction } {
  return {
    host,
    port,
    lookup: (_host, options, callback) => {
      const [first] = addresses;
      if (options.all) callback(null, [...addresses]);
      else callback(null, first?.address ?? '', first?.family ?? 4);
    },
  };
}

function certificateOf(socket: Socket): { readonly protocol: string; readonly validTo: string } {
  const tls = socket as TLSSocket;
  return { protocol: tls.getProtocol() ?? 'TLS', validTo: new Date(tls.getPeerCertificate().valid_to).toISOString() };
}

/** Tries all endpoints at once; the first that failed speaks for the step. */
async function together<Each extends Endpoint>(
  endpoints: readonly Each[],
  attempt: (endpoint: Each) => Promise<Verdict>,
): Promise<Verdict> {
  if (endpoints.length === 0) return nothingToDo('the config names no host');
  const verdicts = await Promise.all(
    endpoints.map((endpoint) => attempt(endpoint).catch((error: unknown) => problemOf(error, endpoint))),
  );
  const failed = verdicts.find(({ ok }) => !ok);
  if (failed) return failed;
  const remedy = verdicts.find((each) => each.remedy !== undefined)?.remedy;
  return {
    ok: true,
    skipped: verdicts.every(({ skipped }) => skipped),
    detail: verdicts.map(({ detail }) => detail).join('; '),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function problemOf(error: unknown, endpoint: Endpoint): Verdict {
  const code = codeOf(error);
  const known = NETWORK_PROBLEMS[code] ?? otherProblem(code);
  return { ok: false, skipped: false, detail: `${place(endpoint)} ${known.what}`, remedy: known.remedy };
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : 'UNKNOWN';
}

class OutOfTime extends Error {
  readonly code = 'ETIMEDOUT';
}

/** Rejects when the step, or the whole check, has taken too long; `work` goes on unheard. */
function within<T>(signal: AbortSignal, work: Promise<T>, onEnd: () => void = () => {}): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]);
  return new Promise<T>((settle, reject) => {
    const late = (): void => reject(new OutOfTime('no answer in time'));
    if (limit.aborted) late();
    limit.addEventListener('abort', late, { once: true });
    work.then(settle, reject);
  }).finally(onEnd);
}

/** Waits for the socket's event, reads what is wanted from it, and ends it. */
function opened<T = void>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  read?: (socket: Socket) => T,
): Promise<T> {
  const open = new Promise<T>((settle, reject) => {
    socket.once(event, () => settle(read?.(socket) as T));
    socket.once('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  });
  return within(signal, open, () => socket.destroy());
}
