/** The one place that says no: who calls, whether its role and scopes allow the operation, and whether what it names is its own. */
import { HubError, notFound, type Caller, type Guarded } from '../domain/index.ts';
import { scopesGrant } from '../identity/index.ts';
import type { Access } from './access.ts';

/** Errors: unauthenticated. Called before anything of the body is read. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

/** Whether what is named is at the locations that the caller is bound to. Asked for such callers only. */
export type IsAtLocations = (caller: Caller, kind: Guarded, id: string) => Promise<boolean>;

/** Before the body is read. Errors: unauthenticated, forbidden. */
export async function admit(
  authenticate: Authenticate,
  authorization: string | undefined,
  access: Access,
): Promise<Caller> {
  const caller = await authenticate(authorization);
  const reach = access.may.get(caller.role);
  if (reach === undefined)
    throw new HubError(
      'forbidden',
      `Your role is ${caller.role}; this may be done by ${[...access.may.keys()].join(', ')}.`,
    );
  if (caller.scopes && (access.scope === undefined || !scopesGrant(caller.scopes, access.scope)))
    throw new HubError('forbidden', `Your token has not the scope for this: ask for system/${access.scope ?? 'none'}.`);
  if (caller.locationIds && reach === 'organization')
    throw new HubError('forbidden', 'You are bound to some locations, and this concerns the whole organization.');
  return caller;
}

/** Of a request that fits its contract. Errors: not-found, forbidden. Rows are checked once more where they are read. */
export async function checkNamed(
  isAtLocations: IsAtLocations,
  caller: Caller,
  access: Access,
  request: { readonly params: Readonly<Record<string, string>>; readonly body: unknown },
): Promise<void> {
  const reach = access.may.get(caller.role);
  for (const { in: place, member, kind } of access.names) {
    const id = place === 'path' ? request.params[member] : memberOf(request.body, member);
    if (typeof id !== 'string') continue;
    const pointer = place === 'body' ? `/${member}` : undefined;
    if (reach === 'patient' && kind === 'patient' && !isSame(id, caller.patientId)) throw notFound('patient', pointer);
    // Who the providers are is no secret: the answer may say that there is this one.
    if (reach === 'schedule' && kind === 'provider' && !isSame(id, caller.providerId))
      throw new HubError('forbidden', 'A provider may see and change only what is its own.');
    if (reach === 'location' && caller.locationIds && !(await isAtLocations(caller, kind, id)))
      throw notFound(kind, pointer);
  }
}

/** UUIDs, in either case. */
const isSame = (id: string, own: string | undefined): boolean => id.toLowerCase() === own?.toLowerCase();

const memberOf = (body: unknown, member: string): unknown =>
  body !== null && typeof body === 'object' ? (body as Readonly<Record<string, unknown>>)[member] : undefined;
