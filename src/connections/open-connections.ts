/** The connections of this process, opened when first needed and again when their settings change. */
import { assertCapabilities, type Adapter, type Feed, type HubBook } from '../adapter-kit/index.ts';
import type { ConnectionState } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { secretsRow, type Seal } from '../ledger/seal.ts';
import type { MappingLibrary } from '../mapping/index.ts';
import { parkConnection, UNWELL } from '../ledger/connection-state.ts';
import { Connection, type ConnectionRow } from './connection.ts';

export interface ConnectionSources {
  readonly sql: Sql;
  readonly seal: Seal;
  readonly adapters: ReadonlyMap<string, Adapter>;
  readonly mappings: MappingLibrary;
  readonly openHubBook: (connectionId: string) => HubBook;
  readonly openFeed: (connectionId: string) => Feed;
}

export interface OpenConnection {
  readonly connection: Connection;
  readonly state: ConnectionState;
  /** Why it is parked. */
  readonly reason: string | null;
}

export class Connections {
  readonly #sources: ConnectionSources;
  readonly #open = new Map<string, { readonly settings: string; readonly connection: Connection }>();

  constructor(sources: ConnectionSources) {
    this.#sources = sources;
  }

  /** The connection with its state as of now. Throws a plain Error when its adapter is not installed. */
  async get(connectionId: string): Promise<OpenConnection> {
    const found = await this.#sources.sql.query<ConnectionRow & { secrets: Buffer | null } & Record<string, unknown>>(
      `select id, organization_id, key, adapter, managed_by, config, policy, state, state_reason, secrets from connection where id = $1`,
      [connectionId],
    );
    const [row] = found.rows;
    if (!row) throw new Error(`connection ${connectionId} does not exist`);
    const settings = JSON.stringify([row.adapter, row.config, row.policy, row.secrets?.toString('base64')]);
    let entry = this.#open.get(connectionId);
    if (entry?.settings !== settings) {
      const stale = entry?.connection;
      entry = { settings, connection: this.#connect(row, row.secrets) };
      this.#open.set(connectionId, entry);
      await stale?.close();
    }
    if (row.state === 'active') entry.connection.foundActive();
    return { connection: entry.connection, state: row.state, reason: row.state_reason };
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
    const feed = adapter.manifest.capabilities.includes('ReceivesNotices') ? openFeed(row.id) : undefined;
    return new Connection(row, adapter, connector, mappings.for(row.adapter), {
      hubBook,
      feed,
      recordUnwell: () =>
        parkConnection(
          this.#sources.sql,
          row.id,
          UNWELL,
          new Date(Date.now() + row.policy.breakerResetMs).toISOString(),
        ),
    });
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(open.map((each) => each.connection.close()));
  }
}
