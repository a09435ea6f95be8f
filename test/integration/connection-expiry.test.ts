/** When certificates and tokens of a connection end: as seen by a handshake, kept, shown, and forgotten with its settings. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CONTRACT_VERSION, defineAdapter, TokenSource } from '#adapter-kit';
import { fieldErrors } from '../../src/api/field-errors.ts';
import { changeConnection, createConnection, type ConnectionParts } from '../../src/commands/connections.ts';
import { seeCertificates } from '../../src/connections/certificates.ts';
import { connectionChecks } from '../../src/connections/check.ts';
import { adapterCatalogue } from '../../src/connections/connection-schema.ts';
import { Connections } from '../../src/connections/open-connections.ts';
import { loadContracts } from '../../src/contracts.ts';
import type { Log } from '../../src/domain/index.ts';
import { openHubBook } from '../../src/ledger/hub-book.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { readConnectionHealth } from '../../src/queries/connection-health.ts';
import { listConnections, readConnection } from '../../src/queries/connections.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { selfSigned } from '../unit/connections/certificate.ts';

const DAY_MS = 24 * 3600_000;
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const seal = createSeal(randomBytes(32));
const done = { class: 'success', externalId: '1' } as const;
const his = selfSigned({ days: 200 });
const hub = selfSigned({ days: 20 });

const adapter = defineAdapter({
  manifest: {
    id: 'secure',
    title: 'secure',
    contractVersion: CONTRACT_VERSION,
    managedBy: 'his',
    capabilities: ['ChecksItself'],
    lookup: 'none',
    configSchema: {
      type: 'object',
      properties: { host: { type: 'string' }, port: { type: 'integer' }, tls: { type: 'boolean' } },
    },
    secrets: ['tlsCa', 'tlsCertificate', 'tlsKey'],
  },
  connect: () => {
    const tokens = new TokenSource(() => Promise.resolve({ value: 'top-secret', lifeMs: 600_000 }));
    return {
      book: async () => done,
      cancel: async () => done,
      lookup: async () => ({ kind: 'absent' }),
      check: async function* (call) {
        await tokens.get(call);
        await tokens.get(call);
        yield { step: 'auth', ok: true, detail: 'a token' };
      },
      close: async () => {},
    };
  },
});
const adapters = new Map([['secure', adapter]]);

let database: TestDatabase;
let clinic: Clinic;
let server: Server;
let parts: ConnectionParts;
let connectionId: string;
const tokens: { id: string; endsAtMs: number }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  clinic = await createClinic(database.db);
  server = createServer({ cert: his.cert, key: his.key }, (socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const queue = { send: () => Promise.resolve(), begin: () => {}, work: () => {}, stop: () => Promise.resolve() };
  parts = { db: database.db, seal, queue, adapters: adapterCatalogue(adapters, fieldErrors) };
  connectionId = await createConnection(parts, clinic.caller('engineer'), {
    key: 'secure',
    name: 'Secure',
    adapter: 'secure',
    config: { host: '127.0.0.1', port: (server.address() as AddressInfo).port, tls: true },
    secrets: { tlsCa: his.cert, tlsCertificate: hub.cert, tlsKey: hub.key },
  });
});
afterAll(async () => {
  server.close();
  await database.drop();
});

const see = () => seeCertificates({ sql: database.db, seal, adapters, log });
const shown = async () => {
  const connection = await readConnection(database.db, clinic.caller('support'), connectionId);
  return connection['expiries'] as { kind: string; endsAt: string; soon: boolean; subject: string | null }[];
};
const inDays = ({ endsAt }: { readonly endsAt: string }): number => (Date.parse(endsAt) - Date.now()) / DAY_MS;

test('certificates are looked at once an hour, and shown wherever the connection is; the one to be renewed first', async () => {
  expect(await shown()).toEqual([]);
  await see();
  const [own, theirs] = await shown();
  expect([own, theirs]).toMatchObject([
    { kind: 'client-certificate', subject: null, soon: true },
    { kind: 'server-certificate', subject: expect.stringMatching(/^127\.0\.0\.1:\d+$/), soon: false },
  ]);
  expect([own, theirs].map((each) => Math.round(each ? inDays(each) : 0))).toEqual([20, 200]);
  const caller = clinic.caller('support');
  const { items } = await listConnections(database.db, caller, { limit: 50 });
  const health = await readConnectionHealth(database.db, caller, connectionId, () => false);
  expect(items.find(({ id }) => id === connectionId)?.['expiries']).toEqual(await shown());
  expect(health.expiries).toEqual(await shown());
  for (const [schema, value] of [
    ['connection', await readConnection(database.db, caller, connectionId)],
    ['connection-health', health],
  ] as const) {
    const validate = loadContracts('contracts').validator(schema);
    expect([validate(value), validate.errors]).toEqual([true, null]);
  }

  // Nobody is asked again at once; what cannot be reached stays as it was seen.
  let calls = 0;
  server.on('connection', () => (calls += 1));
  await see();
  expect(calls).toBe(0);
  await database.db.query(`update connection_expiry set seen_at = now() - interval '61 minutes'`);
  await see();
  expect(calls).toBe(1);
});

test('a check looks too, and a token is noted when it is given: its end, and never the token', async () => {
  const connections = new Connections({
    sql: database.db,
    seal,
    adapters,
    mappings: { for: () => undefined, adapters: () => [], all: () => [] },
    openHubBook: (id) => openHubBook(database.db, id),
    openFeed: () => {
      throw new Error('it hears nothing');
    },
    onToken: ({ id }, endsAtMs) => void tokens.push({ id, endsAtMs }),
  });
  await database.db.query('delete from connection_expiry');
  const report = await connectionChecks({ sql: database.db, seal, adapters, connections, log })(connectionId);
  expect(report.steps.find(({ step }) => step === 'auth')).toMatchObject({ ok: true });
  expect((await shown()).map(({ kind }) => kind)).toEqual(['client-certificate', 'server-certificate']);
  expect(tokens).toEqual([{ id: connectionId, endsAtMs: expect.any(Number) }]);
  expect(Math.round(((tokens[0]?.endsAtMs ?? 0) - Date.now()) / 60_000)).toBe(10);
  await connections.close();
});

test('other settings have other certificates: what was seen is forgotten', async () => {
  expect(await shown()).toHaveLength(2);
  await changeConnection(parts, clinic.caller('engineer'), connectionId, { name: 'Renamed' });
  expect(await shown()).toHaveLength(2);
  await changeConnection(parts, clinic.caller('engineer'), connectionId, {
    secrets: { tlsCertificate: null, tlsKey: null },
  });
  expect(await shown()).toEqual([]);
  await see();
  expect((await shown()).map(({ kind }) => kind)).toEqual(['server-certificate']);
});
