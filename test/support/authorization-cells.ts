/** Who is to be refused what, and who is to be let in: made from the contract, so that a new operation is asked for too. */
import { readOperations, type Operation } from '../../src/api/operations.ts';
import type { Access } from '../../src/api/access.ts';
import { loadContracts } from '../../src/contracts.ts';
import { ROLES, type Reach, type Role } from '../../src/domain/index.ts';
import type { Issuer, TokenRequest } from '../../src/identity/index.ts';
import { OWNER, type World } from './walled-world.ts';
import { hasFilter, requestOf, type WorldRequest } from './world-request.ts';

const { openapi } = loadContracts('contracts');

export type Guarded = Operation & { readonly access: Access };
export const guarded: readonly Guarded[] = readOperations(openapi).flatMap((each) =>
  each.access ? [{ ...each, access: each.access }] : [],
);

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Undefined when the answer is right. */
type Judge = (answer: Answer) => string | undefined;

export interface Cell {
  readonly what: string;
  readonly token: string | undefined;
  readonly request: WorldRequest;
  readonly judge: Judge;
}

export interface Walls {
  readonly issuer: Issuer;
  /** Of the same hub's name, with keys of its own. */
  readonly stranger: Issuer;
  /** What is asked for. */
  readonly world: World;
  /** Where others come from. */
  readonly elsewhere: World;
}

const is =
  (...statuses: readonly number[]): Judge =>
  ({ status }) =>
    statuses.includes(status) ? undefined : `expected ${statuses.join(' or ')}`;

const saysNothingOf =
  (secrets: readonly string[]): Judge =>
  ({ text }) =>
    secrets.some((each) => text.includes(each)) ? "tells of what is not the caller's" : undefined;

const all =
  (...judges: readonly Judge[]): Judge =>
  (answer) =>
    judges.map((judge) => judge(answer)).find((wrong) => wrong !== undefined);

const neverFails: Judge = ({ status }) => (status < 500 ? undefined : 'failed');

/** One thing that is named is refused. (The appointments of a patient whom one may not see are none: an empty list.) */
const refused = (operation: Operation, secrets: readonly string[], isNamed: boolean): Judge =>
  isNamed && operation.operationId !== 'listPatientAppointments'
    ? all(is(403, 404), saysNothingOf(secrets))
    : all(neverFails, saysNothingOf(secrets));

/** A token of the world for a role; `more` overrides. */
export const tokenFor = (issuer: Issuer, role: Role, of: World, more: Partial<TokenRequest> = {}): Promise<string> =>
  issuer.issueToken({
    clientId: role === 'app' ? OWNER : `${role}-of-${of.organizationId}`,
    organizationId: of.organizationId,
    role,
    ttlSeconds: 600,
    ...(role === 'patient' && { patientId: of.ids.patients }),
    ...(role === 'provider' && { providerId: of.ids.providers }),
    ...more,
  });

export async function* refusedCells(operation: Guarded, walls: Walls): AsyncGenerator<Cell> {
  const { issuer, stranger, world } = walls;
  const { may } = operation.access;
  const [admitted] = may.keys();
  if (!admitted) throw new Error('nobody may');
  const cell = cellMaker(operation, world);
  yield* cell('without a token', undefined, is(401));
  yield* cell('with what is no token', 'x', is(401));
  yield* cell('expired', await tokenFor(issuer, admitted, world, { ttlSeconds: -3600 }), is(401));
  yield* cell('signed by another', await tokenFor(stranger, admitted, world), is(401));
  for (const role of ROLES) {
    const reach = may.get(role);
    const nothing = saysNothingOf(world.secret.organization);
    if (reach === undefined) yield* cell(`as ${role}`, await tokenFor(issuer, role, world), all(is(403), nothing));
    else yield* refusedToRole(operation, walls, role, reach);
  }
}

/** What callers have asked for in vain is in their own audit, by the ids that they have sent. */
const SHOWS_ASKED = new Set(['listAuditRecords', 'exportAudit']);

async function* refusedToRole(operation: Guarded, walls: Walls, role: Role, reach: Reach): AsyncGenerator<Cell> {
  const { issuer, world, elsewhere } = walls;
  const { names, scope } = operation.access;
  const cell = cellMaker(operation, world);
  const inPath = operation.path.includes('{id}');
  const { secret, other } = world;
  const theirs = await tokenFor(issuer, role, elsewhere);
  const notTheirs = SHOWS_ASKED.has(operation.operationId)
    ? [world.organizationId, world.ids.audit]
    : secret.organization;
  yield* cell(`${role} of another organization`, theirs, refused(operation, notTheirs, inPath), true);

  const mine = (more: Partial<TokenRequest>): Promise<string> =>
    tokenFor(issuer, role, world, { clientId: `another-${role}`, ...more });
  // Entering a patient is no harm, wherever it is done.
  if ((role === 'app' || role === 'support') && operation.operationId !== 'createPatient') {
    const isNamed = names.length > 0 || inPath || reach === 'organization';
    const token = await mine({ locationIds: [other.locationId] });
    yield* cell(`${role} of another location`, token, refused(operation, secret.location, isNamed), true);
  }
  if (reach === 'patient') {
    const token = await mine({ patientId: other.patientId });
    yield* cell('another patient', token, refused(operation, secret.patient, names.length > 0), true);
  }
  if (reach === 'schedule') {
    const token = await mine({ providerId: other.providerId });
    yield* cell('another provider', token, refused(operation, secret.provider, names.length > 0), true);
  }
  if (reach === 'client') {
    const own = [world.ids.transactions, world.ids.event, world.ids.holds];
    yield* cell(`another ${role}`, await mine({}), refused(operation, own, inPath), true);
  }
  if (role === 'app' && scope !== undefined) {
    const [resource] = scope.split('.');
    const scopes = ['system/Nothing.cruds', `system/${resource}x.*`];
    yield* cell('app without the scope', await tokenFor(issuer, role, world, { scopes }), is(403));
  }
}

/** `filters`: asks once more, with every filter that can name something of the world. */
function cellMaker(operation: Guarded, world: World) {
  return function* (who: string, token: string | undefined, judge: Judge, filters = false): Generator<Cell> {
    const cell = (isFiltered: boolean): Cell => {
      const request = requestOf(openapi, operation, world, isFiltered);
      return { what: `${operation.operationId} ${request.path}, ${who}`, token, request, judge };
    };
    yield cell(false);
    if (filters && hasFilter(operation, world)) yield cell(true);
  };
}

/** Its HIS has no address in these worlds. */
const ASKS_A_HIS = 'dryRunMapping';

const isList = ({ operationId }: Operation): boolean =>
  /^(list|stream)/.test(operationId) && !WITHOUT_IDS.has(operationId);
/** What they list is not made by the world, or names nothing of it. */
const WITHOUT_IDS = new Set(['listRequests', 'listMappings', 'listMappingVersions', 'listWebhookAttempts']);

/** The worlds that `admittedCells` asks for by name: what is done for one changes what the next finds. */
export const WORLDS_OF_ADMITTED = [...ROLES, 'bound-app', 'bound-support', 'scoped-app'] as const;

export async function* admittedCells(
  operation: Guarded,
  issuer: Issuer,
  worldOf: (name: (typeof WORLDS_OF_ADMITTED)[number]) => World,
): AsyncGenerator<Cell> {
  const { may, scope } = operation.access;
  const isLetIn: Judge = ({ status }) =>
    [401, 403, 404].includes(status) || (status >= 500 && operation.operationId !== ASKS_A_HIS)
      ? 'expected to be let in'
      : undefined;
  const cell = (who: string, token: string, of: World): Cell => {
    // Else the silence of the same list towards others would prove nothing.
    const tells: Judge = ({ text }) =>
      !isList(operation) || of.secret.organization.some((each) => text.includes(each))
        ? undefined
        : 'expected to be told';
    const judge = all(isLetIn, tells);
    const request = requestOf(openapi, operation, of);
    return { what: `${operation.operationId} ${request.path}, ${who}`, token, request, judge };
  };
  for (const [role, reach] of may) {
    const owner = reach === 'client' ? { clientId: OWNER } : {};
    yield cell(`${role}, who may`, await tokenFor(issuer, role, worldOf(role), owner), worldOf(role));
    if ((role === 'app' || role === 'support') && reach !== 'organization') {
      const bound = worldOf(`bound-${role}`);
      const here = { ...owner, locationIds: [bound.ids.locations] };
      yield cell(`${role} of this location`, await tokenFor(issuer, role, bound, here), bound);
    }
    if (role === 'app' && scope !== undefined) {
      const scoped = worldOf('scoped-app');
      const token = await tokenFor(issuer, role, scoped, { scopes: [`system/${scope}`] });
      yield cell('app with the scope', token, scoped);
    }
  }
}
