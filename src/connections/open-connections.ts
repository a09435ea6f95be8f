/** The connections of this process, opened when first needed and again when their settings change. */
import { assertCapabilities, type Adapter, type Feed, type HubBook } from '../adapter-kit/index.ts';
import type { ConnectionState } from '../domain/index.ts';
import { Grouped, prepared, type Sql } from '../db/database.ts';
import { secretsRow, type Seal } from '../ledger/seal.ts';
import type { MappingLibrary } from '../mapping/index.ts';
import { parkConnection, UNWELL } from '../ledger/connection-state.ts';
import { CallRate } from './call-rate.ts';
import { Connection, type CallEnd, type ConnectionRow } from './connection.ts';
import type { OwnMappings } from './own-mappings.ts';
import { Turns } from './turns.ts';

export interface ConnectionSources {
  readonly sql: Sql;
  readonly seal: Seal;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly mappings: MappingLibrary;
  /** The connections' own versions of them; without it there are the built-in ones only. */
  readonly ownMappings?: OwnMappings;
  readonly openHubBook: (connectionId: string) => HubBook;
  readonly openFeed: (connectionId: string) => Feed;
  /** The processes that share a connection's calls under way; 1 unless told. */
  readonly workers?: () => number;
  /** Told of each call of a connector that has ended. Must not throw. */
  readonly onCall?: (row: ConnectionRow, call: CallEnd) => void;
  /** Told of each access token that a connector was given, and when it ends. Must not throw. */
  readonly onToken?: (row: ConnectionRow, endsAtMs: number) => void;
}

export interface OpenConnection {
  readonly connection: Connection;
  /** Of its row: changes with whatever is changed there. */
  readonly revision: number;
  readonly state: ConnectionState;
  /** Why it is parked. */
  readonly reason: string | null;
}

interface Entry {
  readonly settings: string;
  readonly connection: Connection;
  /** What was read last. */
  last?: OpenConnection;
  /** Of the connection's own mappings; -1 while none were read. */
  mappingRevision: number;
}

type KeptRow = ConnectionRow & {
  readonly secrets: Buffer | null;
  readonly mapping_revision: number;
  readonly revision: number;
};

const READ_ROWS = prepared(`
  select id, organization_id, key, adapter, managed_by, config, policy, state, state_reason, secrets, mapping_revision,
    revision
  from connection where id = any($1::uuid[])`);

export class Connections {
  readonly #sources: ConnectionSources;
  readonly #rows: Grouped<string, KeptRow | undefined>;
  #draining = false;
  readonly #open = new Map<string, Entry>();

  constructor(sources: ConnectionSources) {
    this.#sources = sources;
    this.#rows = new Grouped(async (ids) => {
      const found = await sources.sql.query<KeptRow & Record<string, unknown>>(READ_ROWS, [[...new Set(ids)]]);
      const rows = new Map<string, KeptRow>(found.rows.map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id));
    });
  }

  /** The connection with its state as of now. Throws a plain Error when there is none, or its adapter is not installed. */
  async get(connectionId: string): Promise<OpenConnection> {
    const found = await this.find(connectionId);
    if (!found) throw new Error(`connection ${connectionId} does not exist`);
    return found;
  }

  /** As `get`; undefined when there is none. */
  async find(connectionId: string): Promise<OpenConnection | undefined> {
    const row = await this.#rows.ask(connectionId);
    if (!row) return undefined;
    const settings = JSON.stringify([row.adapter, row.config, row.policy, row.secrets?.toString('base64')]);
    let entry = this.#open.get(connectionId);
    if (entry?.settings !== settings) {
      const stale = entry?.connection;
      entry = { settings, connection: this.#connect(row, row.secrets), mappingRevision: -1 };
      if (this.#draining) entry.connection.drain();
      this.#open.set(connectionId, entry);
      await stale?.close();
    }
    if (entry.mappingRevision !== row.mapping_revision) await this.#readMappings(entry, row);
    if (row.state === 'active') entry.connection.foundActive();
    const { revision, state, state_reason: reason } = row;
    entry.last = { connection: entry.connection, revision, state, reason };
    return entry.last;
  }

  /** The connection as it was at this revision (of connection.revision), if it is the last one that was read here. */
  known(connectionId: string, revision: number): OpenConnection | undefined {
    const last = this.#open.get(connectionId)?.last;
    return last?.revision === revision ? last : undefined;
  }

  async #readMappings(entry: Entry, row: KeptRow): Promise<void> {
    const { mappings, ownMappings } = this.#sources;
    const builtIn = mappings.for(row.adapter);
    if (builtIn && ownMappings) entry.connection.useMappings(await ownMappings.open(row, builtIn));
    entry.mappingRevision = row.mapping_revision;
  }

  #connect(row: ConnectionRow, sealed: Buffer | null): Connection {
    const { adapters, mappings, seal, openHubBook, openFeed } = this.#sources;
    const adapter = adapters.get(row.adapter);
    if (!adapter)
      throw new Error(
        `connection ${row.key} needs adapter "${row.adapter}", which is not among ${[...adapters.keys()].join(', ')}`,
      );
    const secrets = sealed ? (JSON.parse(seal.open(secretsRow(row.id), sealed)) as Record<string, string>) : {};
    const connector = adapter.connect({ config: row.config, secrets });
    assertCapabilities(adapter.manifest, connector);
    const hubBook = adapter.manifest.managedBy === 'hub' ? openHubBook(row.id) : undefined;
    const { sql, workers = () => 1, onCall, onToken } = this.#sources;
    const rate = new CallRate(sql, row.id, row.policy.callsPerSecond);
    const feed = adapter.manifest.capabilities.includes('ReceivesNotices') ? openFeed(row.id) : undefined;
    return new Connection(row, adapter, connector, mappings.for(row.adapter), {
      hubBook,
      feed,
      pushSecret: secrets['pushSecret'],
      // The hub's own book is no HIS that could be hammered: its calls wait for nobody.
      ...(hubBook ? {} : { turns: new Turns(rate, row.policy.concurrency, workers) }),
      throttle: (pauseMs) => rate.throttle(pauseMs),
      ended: (call) => {
        rate.owe(Math.max(0, call.exchanges - 1));
        onCall?.(row, call);
      },
      tokenUntil: (endsAtMs) => onToken?.(row, endsAtMs),
      leftOut: (unmapped) =>
        this.#sources.ownMappings?.traffic.skipped({
          organizationId: row.organization_id,
          connectionId: row.id,
          ...unmapped,
        }),
      recordUnwell: () =>
        parkConnection(sql, row.id, UNWELL, new Date(Date.now() + row.policy.breakerResetMs).toISOString()),
    });
  }

  /** Those that are open in this process. */
  get open(): readonly Connection[] {
    return [...this.#open.values()].map(({ connection }) => connection);
  }

  /** Begins no call any more, whatever waits for its turn; returns how long a call under way may still take, in milliseconds. */
  drain(): number {
    this.#draining = true;
    for (const connection of this.open) connection.drain();
    return Math.max(
      0,
      ...this.open.map(({ row: { policy } }) => Math.max(policy.writeDeadlineMs, policy.readDeadlineMs)),
    );
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(open.map((each) => each.connection.close()));
  }
}
