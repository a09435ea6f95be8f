/** An entry of contracts/authorization.yaml: who may do an operation, how far each reaches, what the request names. */
import { GUARDED, REACHES, ROLES, type Guarded, type Reach, type Role } from '../domain/index.ts';

export interface Named {
  /** Where in the request. */
  readonly in: 'path' | 'body';
  readonly member: string;
  readonly kind: Guarded;
}

export interface Access {
  /** By role; who has no entry may not. */
  readonly may: ReadonlyMap<Role, Reach>;
  readonly names: readonly Named[];
  /** A FHIR resource and one letter of `cruds`; undefined where no app may. */
  readonly scope: string | undefined;
}

export const rolesOf = ({ may }: Access): readonly Role[] => [...may.keys()];

/** Throws where the entry is missing or says less than it must: what it does not say would be open to all. */
export function accessOf(entry: unknown, operationId: string): Access {
  const wrong = (expected: string): Error =>
    new Error(`authorization.yaml: ${operationId} needs ${expected} (or, in openapi.yaml, a security of its own)`);
  if (!isRecord(entry) || !isRecord(entry['may'])) throw wrong('an entry with `may`');

  const may = new Map<Role, Reach>();
  for (const [name, far] of Object.entries(entry['may'])) {
    const role = ROLES.find((each) => each === name);
    const reach = REACHES.find((each) => each === far);
    if (!role || !reach)
      throw wrong(`\`may\` with roles of ${ROLES.join(', ')}, and for each one of ${REACHES.join(', ')}`);
    may.set(role, reach);
  }
  if (may.size === 0) throw wrong('a role that may');

  const { names = {}, scope } = entry;
  if (!isRecord(names)) throw wrong('`names` as a map');
  if (scope !== undefined && (typeof scope !== 'string' || !/^[A-Z]\w+\.[cruds]$/.test(scope)))
    throw wrong('a scope like Appointment.c');
  if (may.has('app') && scope === undefined) throw wrong('a scope, because apps may do it');
  return { may, names: Object.entries(names).map(([place, kind]) => namedOf(place, kind, wrong)), scope };
}

function namedOf(place: string, kind: unknown, wrong: (expected: string) => Error): Named {
  const [, where, member] = /^(path|body)\/(\w+)$/.exec(place) ?? [];
  const guarded = GUARDED.find((each) => each === kind);
  if (member === undefined || !guarded) throw wrong(`\`names\` of places (path/… or body/…) and ${GUARDED.join(', ')}`);
  return { in: where === 'path' ? 'path' : 'body', member, kind: guarded };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
