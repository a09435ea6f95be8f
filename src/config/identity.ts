/** An outside identity provider, and the name that the hub itself has for browsers. */
import { isSafeUrl, readPairs, type Environment } from './environment.ts';

export interface OutsideProvider {
  readonly issuer: string;
  readonly audience: string;
  /** Where its tokens say what a person may do, and by which words. */
  readonly roleClaim?: string;
  readonly roles?: ReadonlyMap<string, string>;
  readonly organizationClaim?: string;
  readonly organizationId?: string;
}

export function readOidc(env: Environment, problems: string[]): OutsideProvider | undefined {
  const issuer = env['TESSERA_OIDC_ISSUER'];
  const audience = env['TESSERA_OIDC_AUDIENCE'];
  if (!issuer && !audience) return undefined;
  if (!issuer || !audience) {
    const [present, absent] = issuer ? ['ISSUER', 'AUDIENCE'] : ['AUDIENCE', 'ISSUER'];
    problems.push(
      `TESSERA_OIDC_${present} is set and TESSERA_OIDC_${absent} is not: an outside identity provider needs both`,
    );
    return undefined;
  }
  // Keys fetched in the clear could be anybody's.
  if (!isSafeUrl(issuer))
    problems.push(`TESSERA_OIDC_ISSUER expects an https:// URL (http:// on loopback only), got "${issuer}"`);
  const roleClaim = env['TESSERA_OIDC_ROLE_CLAIM'];
  const roles = readPairs(env, 'TESSERA_OIDC_ROLES', problems);
  const organizationClaim = env['TESSERA_OIDC_ORGANIZATION_CLAIM'];
  const organizationId = env['TESSERA_OIDC_ORGANIZATION'];
  return {
    issuer,
    audience,
    ...(roleClaim && { roleClaim }),
    ...(roles && { roles }),
    ...(organizationClaim && { organizationClaim }),
    ...(organizationId && { organizationId }),
  };
}

export function readPublicUrl(env: Environment, problems: string[]): string | undefined {
  const text = env['TESSERA_PUBLIC_URL'];
  if (!text) return undefined;
  const url = URL.parse(text);
  if (url && isSafeUrl(text) && url.pathname === '/' && url.search === '' && url.username === '') return url.origin;
  problems.push(
    `TESSERA_PUBLIC_URL expects the https:// origin that people and apps reach the API by (http:// on loopback only), got "${text}"`,
  );
  return undefined;
}
