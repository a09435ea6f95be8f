/** From the claims of a verified token to the caller. The claims mean the same whoever issued the token. */
import type { JWTPayload } from 'jose';
import { smartScopesIn } from './smart-scopes.ts';
import { isId, ROLES, type Caller } from '../domain/index.ts';

/** `refused` is for the log: which claim, never its value. */
export type CallerClaims = { readonly caller: Caller } | { readonly refused: string };

/**
 * sub              the client (app or person); at most 255 printable characters
 * organization_id  the tenant
 * role             one of ROLES
 * patient_id       with role patient: who it is
 * provider_id      with role provider: who it is
 * location_ids     with role app or support: bound to these locations, at most 200
 * scope            with role app: words with blanks between them; those that are SMART scopes narrow what it may do
 */
export function callerOf(claims: JWTPayload): CallerClaims {
  const { sub, organization_id: organizationId, patient_id: patientId, provider_id: providerId } = claims;
  const role = ROLES.find((each) => each === claims['role']);
  if (typeof sub !== 'string' || !/^[^\p{Cc}]{1,255}$/u.test(sub)) return { refused: 'sub' };
  if (!isIdText(organizationId)) return { refused: 'organization_id' };
  if (role === undefined) return { refused: 'role' };

  const locationIds = claims['location_ids'];
  const isBound = locationIds !== undefined && locationIds !== null;
  if (isBound && !(isLocations(locationIds) && (role === 'app' || role === 'support')))
    return { refused: 'location_ids' };

  const caller: Caller = { organizationId, clientId: sub, role, ...(isLocations(locationIds) && { locationIds }) };
  if (role === 'patient') return isIdText(patientId) ? { caller: { ...caller, patientId } } : { refused: 'patient_id' };
  if (role === 'provider')
    return isIdText(providerId) ? { caller: { ...caller, providerId } } : { refused: 'provider_id' };
  return { caller: role === 'app' ? { ...caller, ...narrowed(claims['scope']) } : caller };
}

const LOCATIONS_MAX = 200;

const isLocations = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= LOCATIONS_MAX && value.every(isIdText);

/** Words of others (openid, the name of a role) neither grant nor narrow. */
function narrowed(scope: unknown): Pick<Caller, 'scopes'> {
  const scopes = typeof scope === 'string' ? smartScopesIn(scope) : [];
  return scopes.length > 0 ? { scopes } : {};
}

const isIdText = (value: unknown): value is string => typeof value === 'string' && isId(value);
