/** A request for any operation of the contract that names what a world has, and that would be done for whoever may. */
import { randomUUID } from 'node:crypto';
import type { Operation } from '../../src/api/operations.ts';
import { resolve } from '../../src/api/operations.ts';
import type { OpenApiDocument } from '../../src/contracts.ts';
import { MAPPING, type World } from './walled-world.ts';

export interface WorldRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Where the example of the contract is not what this world can do. */
const BODIES: Readonly<Record<string, (world: World) => Json>> = {
  createHold: ({ ids }) => ({ slotId: ids.slotToHold }),
  createAppointment: ({ ids }) => ({ slotId: ids.freeSlot, patientId: ids.patients }),
  changeAppointment: ({ ids }) => ({ slotId: ids.slotToMoveTo }),
  createConnection: () => ({ key: `k-${randomUUID()}`, name: 'New', adapter: 'native', state: 'paused' }),
  changeConnection: () => ({ name: 'Renamed' }),
  createSlot: ({ ids }) => ({
    providerId: ids.providers,
    locationId: ids.locations,
    start: '2031-03-03T09:00:00Z',
    end: '2031-03-03T09:30:00Z',
    mode: 'in-person',
  }),
  replayTransaction: () => ({ mode: 'same' }),
  createUser: ({ ids }) => ({
    email: `${randomUUID()}@a.example`,
    name: 'New',
    role: 'support',
    locationIds: [ids.locations],
  }),
  createOrganization: () => ({
    key: `k-${randomUUID()}`,
    name: 'New',
    admin: { email: `${randomUUID()}@a.example`, name: 'A' },
  }),
  // Its filter is kept and shown: what is asked for is no leak, and would look like one.
  createReplayPlan: () => ({ filter: { state: 'failed', from: '2027-02-27T08:00:00Z' } }),
};

/** Members of bodies and queries that name something, by name. */
const named = ({ ids }: World): Readonly<Record<string, unknown>> => ({
  connectionId: ids.connections,
  connection: ids.connections,
  locationId: ids.locations,
  location: ids.locations,
  locations: [ids.locations],
  locationIds: [ids.locations],
  providerId: ids.providers,
  provider: ids.providers,
  patientId: ids.patients,
  patient: ids.patients,
  slotId: ids.freeSlot,
  appointment: ids.appointments,
  transaction: ids.transactions,
  run: ids.run,
  userId: ids.users,
  number: 1,
  date: '2027-03-08',
});

/** `filtered`: with every filter of the query that can name something of the world, also where it may be left out. */
export function requestOf(
  openapi: OpenApiDocument,
  operation: Operation,
  world: World,
  filtered = false,
): WorldRequest {
  const headers: Record<string, string> = {};
  for (const { name, in: place } of operation.parameters) {
    if (place !== 'header') continue;
    if (name === 'Idempotency-Key') headers[name] = randomUUID();
    if (name === 'If-Match') headers[name] = '*';
    if (name === 'Prefer') headers[name] = 'respond-async';
    if (name === 'Last-Event-ID') headers[name] = '0';
  }
  const query = new URLSearchParams();
  for (const { name, in: place, required } of operation.parameters) {
    const value = named(world)[name];
    if (place === 'query' && (required || filtered) && typeof value === 'string') query.set(name, value);
  }
  const body = bodyOf(openapi, operation, world);
  if (body !== undefined) headers['content-type'] = 'application/json';
  const path = pathOf(operation.path, world) + (query.size > 0 ? `?${query.toString()}` : '');
  return { method: operation.method.toUpperCase(), path, headers, body };
}

export const hasFilter = (operation: Operation, world: World): boolean =>
  operation.parameters.some((each) => each.in === 'query' && !each.required && each.name in named(world));

function pathOf(template: string, { ids }: World): string {
  const [, , segment = ''] = template.split('/');
  const byName: Readonly<Record<string, string | undefined>> = {
    id: Object.entries(ids).find(([thing]) => thing === segment)?.[1],
    delivery: ids.deliveries,
    name: MAPPING,
    number: '1',
    connectionId: ids.connections,
  };
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = byName[name];
    if (value === undefined) throw new Error(`no ${name} for ${template}: add it to walled-world.ts`);
    return value;
  });
}

function bodyOf(openapi: OpenApiDocument, { operationId, body }: Operation, world: World): string | undefined {
  if (!body) return undefined;
  const own = BODIES[operationId];
  if (own) return JSON.stringify(own(world));
  const schema = resolve(openapi, body.schema) as { readonly examples?: readonly unknown[] };
  const ids = named(world);
  return JSON.stringify(schema.examples?.[0], (name, value: unknown) => (name in ids ? ids[name] : value));
}
