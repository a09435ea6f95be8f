/** Where connections of one clinic are made and changed, by adapters that need settings and secrets and can check themselves. */
import { randomBytes, randomUUID } from 'node:crypto';
import { AdapterError, CONTRACT_VERSION, defineAdapter, type Adapter, type Call, type CheckStep } from '#adapter-kit';
import { fieldErrors } from '../../src/api/field-errors.ts';
import { createConnection, type ConnectionInput, type ConnectionParts } from '../../src/commands/connections.ts';
import { adapterCatalogue } from '../../src/connections/connection-schema.ts';
import { Connections } from '../../src/connections/open-connections.ts';
import type { Database } from '../../src/db/database.ts';
import { openHubBook } from '../../src/ledger/hub-book.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { createClinic, type Clinic } from './clinic.ts';

type Checks = (call: Call) => AsyncIterable<CheckStep>;

const done = { class: 'success', externalId: '1' } as const;
const adapterOf = (id: string, more: Partial<Adapter['manifest']>, checks: Checks): Adapter =>
  defineAdapter({
    manifest: {
      id,
      title: id,
      contractVersion: CONTRACT_VERSION,
      managedBy: 'his',
      capabilities: [],
      lookup: 'none',
      configSchema: {
        type: 'object',
        additionalProperties: false,
        required: ['baseUrl'],
        properties: {
          baseUrl: { type: 'string', format: 'uri' },
          timeZone: { type: 'string', format: 'iana-time-zone' },
          sites: {
            type: 'array',
            items: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
          },
        },
      },
      secrets: ['password', 'key'],
      ...more,
    },
    connect: ({ config, secrets }) => {
      if (secrets['password'] === 'unfit')
        throw new AdapterError('misconfigured', 'unfit', 'these settings do not go together');
      for (const name of more.secrets ?? ['password'])
        if (!secrets[name])
          throw new AdapterError('misconfigured', 'setting-missing', `the setting "${name}" is needed`);
      if (config['sites'] === 0) throw new Error('the schema should have refused this');
      return {
        book: async () => done,
        cancel: async () => done,
        lookup: async () => ({ kind: 'absent' }),
        ...(more.capabilities?.includes('ChecksItself') ? { check: checks } : {}),
        ...(more.capabilities?.includes('ListsLocations') ? { listLocations: async function* () {} } : {}),
        close: async () => {},
      };
    },
  });

const adaptersOf = (checks: Checks): ReadonlyMap<string, Adapter> =>
  new Map(
    [
      adapterOf('checking', { capabilities: ['ChecksItself', 'ListsLocations'] }, checks),
      adapterOf('silent', {}, checks),
      adapterOf(
        'own',
        { managedBy: 'hub', configSchema: { type: 'object', additionalProperties: false }, secrets: [] },
        checks,
      ),
    ].map((each) => [each.manifest.id, each]),
  );

export const connectionInput = (more: Partial<ConnectionInput> = {}): ConnectionInput => ({
  key: randomUUID(),
  name: '  General Hospital ',
  adapter: 'checking',
  config: { baseUrl: 'https://his.example.org/fhir' },
  secrets: { password: 'swordfish', key: 'k' },
  ...more,
});

export class ConnectionsDesk {
  readonly clinic: Clinic;
  readonly seal = createSeal(randomBytes(32));
  /** Transactions that were handed to the queue. */
  readonly woken: string[] = [];
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly parts: ConnectionParts;
  readonly connections: Connections;
  /** What the adapter does when it is asked to check; each test says. */
  checks: Checks = async function* () {};

  constructor(db: Database, clinic: Clinic) {
    this.clinic = clinic;
    this.adapters = adaptersOf((call) => this.checks(call));
    this.parts = {
      db,
      seal: this.seal,
      queue: {
        send: async (_tx, { transactionId }) => void this.woken.push(transactionId),
        begin: () => {},
        work: () => {},
        stop: async () => {},
      },
      adapters: adapterCatalogue(this.adapters, fieldErrors),
    };
    this.connections = new Connections({
      sql: db,
      seal: this.seal,
      adapters: this.adapters,
      mappings: { for: () => undefined, adapters: () => [], all: () => [] },
      openHubBook: (id) => openHubBook(db, id),
      openFeed: () => {
        throw new Error('none of these adapters hears anything');
      },
    });
  }

  static async open(db: Database): Promise<ConnectionsDesk> {
    return new ConnectionsDesk(db, await createClinic(db));
  }

  create(more: Partial<ConnectionInput> = {}): Promise<string> {
    return createConnection(this.parts, this.clinic.caller('engineer'), connectionInput(more));
  }
}
