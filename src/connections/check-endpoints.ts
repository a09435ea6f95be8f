/**
 * Where a connection's config points to. An endpoint is a text whose schema says `format: uri`, or an object's `host` with its
 * `port` (and `tls: true`, `serverName`): identifier systems are URIs too, and nothing may be sent to those.
 */
import type { FieldError } from '../domain/index.ts';
import { isForeign } from './foreign-address.ts';

export interface Endpoint {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** The name in the certificate, where it is not `host`. */
  readonly serverName?: string;
}

type Settings = Readonly<Record<string, unknown>>;

interface Found {
  readonly pointer: string;
  readonly url?: string;
  readonly pair?: Endpoint;
}

/** Each one once, in the order of the config. */
export function endpointsOf(config: Settings, configSchema: object): Endpoint[] {
  const endpoints = new Map<string, Endpoint>();
  for (const { url, pair } of walk(config, configSchema, '')) {
    const endpoint = pair ?? (url === undefined ? undefined : endpointIn(url));
    if (endpoint) endpoints.set(`${endpoint.host} ${endpoint.port} ${endpoint.tls}`, endpoint);
  }
  return [...endpoints.values()];
}

/** Endpoints that no adapter can use, or that would show a credential to whoever reads the config. */
export function endpointProblems(config: Settings, configSchema: object, prefix: string): FieldError[] {
  const problems: FieldError[] = [];
  for (const { pointer, url, pair } of walk(config, configSchema, prefix)) {
    const endpoint = pair ?? (url === undefined || hasUser(url) ? undefined : endpointIn(url));
    if (endpoint === undefined) {
      problems.push({
        pointer,
        detail: 'expected an http or https URL without user name and password: credentials belong in secrets',
      });
    } else if (isForeign(endpoint.host)) {
      problems.push({
        pointer: pair === undefined ? pointer : `${pointer}/host`,
        detail: 'expected the address of a HIS, got a link-local, multicast or unspecified one',
      });
    }
  }
  return problems;
}

function endpointIn(text: string): Endpoint | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  const tls = url.protocol === 'https:';
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (tls ? 443 : 80), tls };
}

function hasUser(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}

function* walk(value: unknown, schema: unknown, pointer: string): Generator<Found> {
  const said = record(schema);
  if (typeof value === 'string') {
    if (said['format'] === 'uri') yield { pointer, url: value };
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) yield* walk(each, said['items'], `${pointer}/${index}`);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  const members = record(value);
  const { host, port, tls, serverName } = members;
  if (typeof host === 'string' && typeof port === 'number') {
    const named = typeof serverName === 'string' ? { serverName } : {};
    yield { pointer, pair: { host, port, tls: tls === true, ...named } };
  }
  const properties = record(said['properties']);
  for (const [name, each] of Object.entries(members)) yield* walk(each, properties[name], `${pointer}/${name}`);
}

const record = (value: unknown): Settings => (value !== null && typeof value === 'object' ? { ...value } : {});
