/**
 * Where a webhook may lead to. A URL that somebody registers is fetched by the hub, from inside the hospital's network: it must
 * not reach what only that network can (SSRF). Names are resolved here, every address is checked, and the checked one is called.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** IANA special-purpose registry of IPv4, and multicast: nothing of it is a public host. */
const NOT_PUBLIC = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  NOT_PUBLIC.addSubnet(network, bits, 'ipv4');

/** Of IPv6 only global unicast is public (which leaves out ::1, fe80::/10, fc00::/7, ::ffff:0:0/96 and 64:ff9b::/96) … */
const GLOBAL_UNICAST = new BlockList();
GLOBAL_UNICAST.addSubnet('2000::', 3, 'ipv6');
/** … and of that not what carries an IPv4 address (Teredo, 6to4), or is for documents. */
const SPECIAL = new BlockList();
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  SPECIAL.addSubnet(network, bits, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export interface AddressRules {
  /** For development and the sandbox: this machine itself, also without TLS. */
  readonly allowLoopback: boolean;
}

/** A host whose addresses were checked. */
export interface CheckedTarget {
  readonly url: URL;
  readonly address: string;
  readonly family: 4 | 6;
}

export type Refusal = 'not-https' | 'no-url' | 'credentials-in-url' | 'not-public' | 'unresolved';

/** The URL must not be called, and why. */
export class AddressRefused extends Error {
  readonly reason: Refusal;

  constructor(reason: Refusal) {
    super(`the URL must not be called: ${reason}`);
    this.name = 'AddressRefused';
    this.reason = reason;
  }
}

export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const resolveAll: Resolve = (host) => lookup(host, { all: true, order: 'verbatim' });

/** Throws AddressRefused. One address that is not public is enough: which of them is called next is not for the name's owner to say. */
export async function checkTarget(
  text: string,
  rules: AddressRules,
  resolve: Resolve = resolveAll,
): Promise<CheckedTarget> {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') throw new AddressRefused('no-url');
  if (url.username !== '' || url.password !== '') throw new AddressRefused('credentials-in-url');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) > 0 ? [{ address: host, family: isIP(host) }] : await resolved(host, resolve);
  const [first] = addresses;
  if (!first) throw new AddressRefused('unresolved');
  if (rules.allowLoopback && addresses.every(({ address }) => isIn(LOOPBACK, address))) {
    return { url, address: first.address, family: familyOf(first.address) };
  }
  if (!addresses.every(({ address }) => isPublic(address))) throw new AddressRefused('not-public');
  if (url.protocol !== 'https:') throw new AddressRefused('not-https');
  return { url, address: first.address, family: familyOf(first.address) };
}

async function resolved(host: string, resolve: Resolve): ReturnType<Resolve> {
  try {
    return await resolve(host);
  } catch {
    throw new AddressRefused('unresolved');
  }
}

/** An address in the notation of the URL standard, or of the resolver. */
function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !isIn(NOT_PUBLIC, address);
  // A zone (fe80::1%eth0) is of this link by nature.
  return isIP(address) === 6 && !address.includes('%') && isIn(GLOBAL_UNICAST, address) && !isIn(SPECIAL, address);
}

const familyOf = (address: string): 4 | 6 => (isIP(address) === 6 ? 6 : 4);
const isIn = (list: BlockList, address: string): boolean =>
  list.check(address, familyOf(address) === 6 ? 'ipv6' : 'ipv4');
