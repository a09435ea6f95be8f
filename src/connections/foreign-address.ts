/**
 * Addresses that are no HIS's, in whatever notation: link-local ones serve the credentials of cloud machines. Private ones are
 * where hospitals are.
 */
import { BlockList, isIP } from 'node:net';

const FOREIGN = new BlockList();
FOREIGN.addSubnet('0.0.0.0', 8, 'ipv4');
FOREIGN.addSubnet('169.254.0.0', 16, 'ipv4');
FOREIGN.addSubnet('224.0.0.0', 3, 'ipv4');
FOREIGN.addAddress('::', 'ipv6');
FOREIGN.addSubnet('fe80::', 10, 'ipv6');
FOREIGN.addSubnet('ff00::', 8, 'ipv6');
FOREIGN.addAddress('fd00:ec2::254', 'ipv6');
FOREIGN.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');

/** False for a name: what it resolves to is not known here. `host` without brackets; `0xa9fea9fe` is an address, too. */
export function isForeign(host: string): boolean {
  const written = isIP(host) === 0 && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
  const family = isIP(written);
  return family !== 0 && FOREIGN.check(written, family === 6 ? 'ipv6' : 'ipv4');
}
