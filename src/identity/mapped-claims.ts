/** From the claims of an outside identity provider to those of the hub. */
import type { JWTPayload } from 'jose';

export interface OutsideIssuer {
  /** Its URL, as in its tokens' `iss`. */
  readonly issuer: string;
  readonly audience: string;
  /** Where it says what a person may do, members with dots between them (realm_access.roles, groups): a text or a list. */
  readonly roleClaim?: string;
  /** Its words for the hub's roles; without a map they are the same words. */
  readonly roles?: ReadonlyMap<string, string>;
  /** Where it says which organization a person belongs to. */
  readonly organizationClaim?: string;
  /** Everybody's, when the provider serves one organization only. */
  readonly organizationId?: string;
}

/** The most that a person may do comes first: who is in two groups has the rights of the greater. */
const BY_RIGHTS = ['admin', 'engineer', 'support', 'provider', 'patient', 'app'];

export function mappedClaims(payload: JWTPayload, outside: OutsideIssuer): JWTPayload {
  const { roleClaim = 'role', roles, organizationClaim = 'organization_id', organizationId } = outside;
  const words = [at(payload, roleClaim)].flat().filter((each) => typeof each === 'string');
  const known = words.map((word) => (roles ? roles.get(word) : word));
  const role = BY_RIGHTS.find((each) => known.includes(each));
  const { role: _role, organization_id: _organization, ...rest } = payload;
  const organization = organizationId ?? at(payload, organizationClaim);
  return {
    ...rest,
    ...(role !== undefined && { role }),
    ...(organization !== undefined && { organization_id: organization }),
  };
}

/** A member of that very name comes first: some providers name claims by URLs, which have dots. */
function at(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  return path
    .split('.')
    .reduce<unknown>(
      (node, name) =>
        node !== null && typeof node === 'object' && Object.hasOwn(node, name)
          ? (node as Readonly<Record<string, unknown>>)[name]
          : undefined,
      payload,
    );
}
