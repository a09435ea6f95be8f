/**
 * Every operation of the contract, called by everybody: without a token, with one that is not good, by every role, from another
 * organization, from another location, by another patient and another provider, without the scope, and by whoever may. What may be
 * done comes from contracts/authorization.yaml; what is said and what is changed is looked at from outside.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openIssuer } from '../../src/identity/index.ts';
import { startApi, type ApiInProcess } from '../support/api-in-process.ts';
import {
  admittedCells,
  guarded,
  refusedCells,
  tokenFor,
  WORLDS_OF_ADMITTED,
  type Answer,
  type Cell,
  type Guarded,
  type Walls,
} from '../support/authorization-cells.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { buildWorld, OWNER, type World } from '../support/walled-world.ts';
import type { WorldRequest } from '../support/world-request.ts';

let api: ApiInProcess;
let foreign: TestDatabase;
let walls: Walls;
let newWorld: () => Promise<World>;

beforeAll(async () => {
  api = await startApi();
  foreign = await createTestDatabase();
  newWorld = () => buildWorld(api.database.db, api.seal);
  walls = {
    issuer: api.issuer,
    stranger: await openIssuer(foreign.db, api.seal),
    world: await newWorld(),
    elsewhere: await newWorld(),
  };
}, 60_000);
afterAll(async () => {
  await api.stop();
  await foreign.drop();
});

/** A stream is read until so long nothing new has come. */
const QUIET_MS = 400;

async function send(request: WorldRequest, token: string | undefined): Promise<Answer & { readonly headers: Headers }> {
  const response = await fetch(api.url + request.path, {
    method: request.method,
    headers: { ...request.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(request.body !== undefined && { body: request.body }),
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = isStream ? await streamed(response) : await response.text();
  return { status: response.status, headers: response.headers, text };
}

async function streamed(response: Response): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const quiet = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => quiet.resolve(undefined), QUIET_MS);
    const piece = await Promise.race([reader?.read(), quiet.promise]);
    clearTimeout(timer);
    if (!piece || piece.done) break;
    text += piece.value;
  }
  await reader?.cancel();
  return text;
}

let cells = 0;

/** Several operations at once; what deletes comes last. Returns what was wrong. */
async function walk(cellsOf: (operation: Guarded) => AsyncIterable<Cell>): Promise<string[]> {
  const wrong: string[] = [];
  const isLast = ({ method }: Guarded): boolean => method === 'delete';
  for (const waiting of [guarded.filter((each) => !isLast(each)), guarded.filter(isLast)]) {
    const walker = async (): Promise<void> => {
      for (let operation = waiting.shift(); operation; operation = waiting.shift()) {
        for await (const { what, request, token, judge } of cellsOf(operation)) {
          const answer = await send(request, token);
          const fault = judge(answer);
          if (fault !== undefined) wrong.push(`${what}: ${fault}, got ${answer.status} ${answer.text.slice(0, 300)}`);
          cells += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, walker));
  }
  return wrong;
}

/** Every row of the world's organization, but for what is written about requests themselves. */
async function everythingOf({ organizationId }: World): Promise<Record<string, unknown>> {
  const tables = await api.database.db.query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'public'
       and column_name = 'organization_id' and table_name not in ('api_request', 'audit_record', 'audit_waiting', 'idempotency_record')
       and not (select relispartition from pg_class where oid = table_name::regclass) order by 1`,
  );
  const rows: Record<string, unknown> = {};
  for (const { name } of tables.rows) {
    const found = await api.database.db.query<{ hash: string }>(
      `select count(*) || ':' || coalesce(md5(string_agg(t::text, ';' order by t::text)), '') as hash
       from ${name} t where organization_id = $1`,
      [organizationId],
    );
    rows[name] = found.rows[0]?.hash;
  }
  return rows;
}

test('whoever may not is refused, is told nothing, and changes nothing', async () => {
  const before = await everythingOf(walls.world);
  expect(await walk((operation) => refusedCells(operation, walls))).toEqual([]);
  expect(await everythingOf(walls.world)).toEqual(before);
}, 120_000);

test('whoever may is let in', async () => {
  const worlds = new Map<string, World>();
  for (const name of WORLDS_OF_ADMITTED) worlds.set(name, await newWorld());
  const worldOf = (name: string): World => worlds.get(name) ?? walls.world;
  expect(await walk((operation) => admittedCells(operation, walls.issuer, worldOf))).toEqual([]);
}, 120_000);

test('these were more than a thousand cells', () => {
  expect(cells).toBeGreaterThanOrEqual(1_000);
});

test('neither a repeated key nor the address of a status tells anybody what another has booked', async () => {
  const { issuer, elsewhere } = walls;
  const { ids, other, organizationId } = await newWorld();
  const mine = { organizationId, ids, other, secret: walls.world.secret };
  const booking: WorldRequest = {
    method: 'POST',
    path: '/v1/appointments',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'one-key', prefer: 'respond-async' },
    body: JSON.stringify({ slotId: ids.freeSlot, patientId: ids.patients }),
  };
  const booked = await send(booking, await tokenFor(issuer, 'app', mine));
  expect(booked.status).toBe(202);
  const status = booked.headers.get('location') ?? '';
  const { id } = JSON.parse(booked.text) as { id: string };

  const others = [
    await tokenFor(issuer, 'app', elsewhere),
    await tokenFor(issuer, 'app', mine, { clientId: OWNER, locationIds: [other.locationId] }),
    await tokenFor(issuer, 'app', mine, { clientId: 'another-app' }),
    await tokenFor(issuer, 'patient', mine, { patientId: other.patientId }),
  ];
  for (const token of others) {
    const repeated = await send(booking, token);
    expect([404, 409]).toContain(repeated.status);
    expect(repeated.headers.get('idempotent-replayed')).toBeNull();
    expect(repeated.text).not.toContain(id);
  }
  for (const [index, token] of others.entries()) {
    // Another app of the same organization may see it.
    if (index === 2) continue;
    const read = await send({ method: 'GET', path: status, headers: {}, body: undefined }, token);
    expect([index, read.status]).toEqual([index, 404]);
  }
});
