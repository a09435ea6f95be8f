/** Who may push to a connection: whoever knows its secret, shown in the header Authorization as Bearer or as the password of Basic. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** In the same time whatever is wrong. `secret`: undefined where the connection takes no pushes. */
export function isPushSecret(authorization: string | undefined, secret: string | undefined): boolean {
  const given = secretIn(authorization ?? '');
  const isSame = timingSafeEqual(digest(given), digest(secret ?? ''));
  return isSame && secret !== undefined;
}

function secretIn(authorization: string): string {
  const [, scheme = '', rest = ''] = /^(Bearer|Basic) +([^\s]+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return rest;
  const pair = Buffer.from(rest, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
