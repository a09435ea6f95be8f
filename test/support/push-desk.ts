/** The endpoint for pushes on a database of its own, and hospitals that may post there. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pushRoutes } from '../../src/api/routes/push.ts';
import { loadAdapters } from '../../src/connections/load-adapters.ts';
import { Connections } from '../../src/connections/open-connections.ts';
import { SANDBOX_POLICY, type Log } from '../../src/domain/index.ts';
import { receivePush } from '../../src/inbound/receive-push.ts';
import { openHubBook } from '../../src/ledger/hub-book.ts';
import { openFeed } from '../../src/ledger/notices-feed.ts';
import { createSeal, secretsRow } from '../../src/ledger/seal.ts';
import type { Handlers } from '../../src/api/operation.ts';
import { mappingLibrary } from './call.ts';
import { testKeys } from './keys.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

const CONFIGS = {
  cerner: {
    baseUrl: 'http://127.0.0.1:1/r4/tenant',
    tokenUrl: 'http://127.0.0.1:1/token',
    clientId: 'hub',
    serviceTypes: [{ code: '1', mode: 'in-person' }],
    locationIds: ['1'],
    organizationId: '1',
    defaultTimeZone: 'UTC',
  },
  'xml-his': { profile: 'regional-soap', endpoint: 'http://127.0.0.1:1/', timeZone: 'UTC' },
  hl7v2: {
    host: '127.0.0.1',
    port: 1,
    sendingApplication: 'HIS',
    sendingFacility: 'HIS',
    receivingApplication: 'TESSERA',
    defaultTimeZone: 'UTC',
  },
} as const;

const SECRETS = { cerner: { clientSecret: 'x' }, 'xml-his': { password: 'x' }, hl7v2: {} } as const;

export interface PushDesk {
  readonly database: TestDatabase;
  readonly handlers: Handlers;
  /** What the hub logged, as JSON. */
  readonly logged: string[];
  addHospital(adapter: keyof typeof CONFIGS, pushSecret?: string): Promise<string>;
  /** A slot that the hub knows. `start`: RFC 3339. */
  addSlot(connectionId: string, externalId: string, status: 'free' | 'busy', start?: string): Promise<string>;
  /** Where the HIS is to be looked at: starts, and whether everything of it is to be read. */
  asked(connectionId: string): Promise<{ readonly starts: string[]; readonly all: boolean }>;
  /** Forgets what was asked. */
  looked(connectionId: string): Promise<void>;
  stop(): Promise<void>;
}

export async function openPushDesk(): Promise<PushDesk> {
  const database = await createTestDatabase();
  const { db } = database;
  const seal = createSeal(randomBytes(32));
  const keys = testKeys(db);
  const queue = { send: () => Promise.resolve(), begin: () => {}, work: () => {}, stop: () => Promise.resolve() };
  const logged: string[] = [];
  const keep = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void logged.push(JSON.stringify({ ...fields, err: String(fields['err']), message }));
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  const connections = new Connections({
    sql: db,
    seal,
    adapters: await loadAdapters(join(import.meta.dirname, '../../adapters')),
    mappings: mappingLibrary(),
    openHubBook: (connectionId) => openHubBook(db, connectionId),
    openFeed: (connectionId) => openFeed({ db, keys }, connectionId),
  });
  const parts = { ledger: { db, seal, keys, queue }, connections, log };
  return {
    database,
    logged,
    handlers: pushRoutes({ receivePush: (request) => receivePush(parts, request) }),
    async addHospital(adapter, pushSecret) {
      const [id, organizationId] = [randomUUID(), randomUUID()];
      await db.query(`insert into organization (id, key, name) values ($1::uuid, $1::text, 'O')`, [organizationId]);
      await db.query(
        `insert into connection (id, organization_id, key, name, adapter, managed_by, config, policy, secrets)
         values ($1::uuid, $2, $1::text, 'C', $3, 'his', $4, $5, $6)`,
        [
          id,
          organizationId,
          adapter,
          CONFIGS[adapter],
          SANDBOX_POLICY,
          seal.close(secretsRow(id), JSON.stringify({ ...SECRETS[adapter], ...(pushSecret && { pushSecret }) })),
        ],
      );
      await db.query('insert into poll (connection_id) values ($1)', [id]);
      await db.query(`insert into poll_band (connection_id, until_days, due_at) values ($1, 21, 'infinity')`, [id]);
      return id;
    },
    async addSlot(connectionId, externalId, status, start = new Date(Date.now() + 86_400_000).toISOString()) {
      const [provider, location] = [randomUUID(), randomUUID()];
      const { rows } = await db.query<{ organization_id: string }>(
        'select organization_id from connection where id = $1',
        [connectionId],
      );
      const organizationId = rows[0]?.organization_id;
      await db.query(
        `insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, 'L', 'UTC')`,
        [location, organizationId, connectionId],
      );
      await db.query(
        `insert into provider (id, organization_id, connection_id, given, family) values ($1, $2, $3, '{}', 'P')`,
        [provider, organizationId, connectionId],
      );
      await db.query(
        `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, external_id, hub_managed)
         values ($1, $2, $3, $4, $5, $6, $6::timestamptz + interval '30 minutes', 'in-person', $7, $8, false)`,
        [randomUUID(), organizationId, connectionId, provider, location, start, status, externalId],
      );
      return start;
    },
    async asked(connectionId) {
      const looks = await db.query<{ from_at: string }>(
        'select from_at from look_again where connection_id = $1 order by from_at',
        [connectionId],
      );
      const bands = await db.query('select 1 from poll_band where connection_id = $1 and due_at <= now()', [
        connectionId,
      ]);
      return { starts: looks.rows.map((row) => row.from_at), all: bands.rowCount === 1 };
    },
    async looked(connectionId) {
      await db.query('delete from look_again where connection_id = $1', [connectionId]);
      await db.query(`update poll_band set due_at = 'infinity' where connection_id = $1`, [connectionId]);
    },
    async stop() {
      await connections.close();
      await database.drop();
    },
  };
}
