/** Who may connect to an MLLP port. */
import { BlockList, isIP } from 'node:net';

/** Addresses and networks such as `10.1.0.0/16`; no list, or an empty one: everybody. Throws a plain Error for anything else. */
export function allowing(list: readonly string[] = []): (address: string | undefined) => boolean {
  if (list.length === 0) return () => true;
  const allowed = new BlockList();
  for (const entry of list) {
    const [network = '', bits, more] = entry.split('/');
    const version = isIP(network);
    const prefix = Number(bits ?? (version === 4 ? 32 : 128));
    if (version === 0 || more !== undefined || !isPrefix(bits, prefix, version === 4 ? 32 : 128)) {
      throw new Error(`"${entry}" is neither an address nor a network; write one such as 10.1.2.3 or 10.1.0.0/16`);
    }
    allowed.addSubnet(network, prefix, version === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    const plain = plainAddress(address ?? '');
    const version = isIP(plain);
    return version !== 0 && allowed.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  };
}

/** True for an address or name that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** IPv4 as such where the system shows it within IPv6. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

const isPrefix = (text: string | undefined, prefix: number, max: number): boolean =>
  (text === undefined || /^\d{1,3}$/.test(text)) && prefix >= 0 && prefix <= max;
