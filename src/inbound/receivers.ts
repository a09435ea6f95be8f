/** Which connections may be told something by their HIS, in the order in which they are asked whether a message is theirs. */
import type { Adapter } from '../adapter-kit/index.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/open-connections.ts';
import type { Sql } from '../db/database.ts';
import type { Log } from '../domain/index.ts';

/** A new connection, or new settings of one, are heard this soon. */
const KNOWN_FOR_MS = 1_000;

export class Receivers {
  readonly #sql: Sql;
  readonly #connections: Connections;
  readonly #log: Log;
  readonly #adapters: readonly string[];
  #known: Promise<readonly Connection[]> = Promise.resolve([]);
  #until = 0;

  constructor(sql: Sql, connections: Connections, adapters: ReadonlyMap<string, Adapter>, log: Log) {
    this.#sql = sql;
    this.#connections = connections;
    this.#log = log;
    this.#adapters = [...adapters.values()]
      .filter(({ manifest }) => manifest.capabilities.includes('ReceivesNotices'))
      .map(({ manifest }) => manifest.id);
  }

  /** Those that a person has not paused. A failure to read them is the failure of this call only. */
  list(): Promise<readonly Connection[]> {
    if (Date.now() >= this.#until) {
      this.#until = Date.now() + KNOWN_FOR_MS;
      this.#known = this.#read();
      this.#known.catch(() => (this.#until = 0));
    }
    return this.#known;
  }

  async #read(): Promise<readonly Connection[]> {
    const found = await this.#sql.query<{ id: string }>(
      // The oldest first: whoever names a HIS that somebody else has connected already hears nothing of it.
      `select id from connection where adapter = any($1) and state <> 'paused' order by created_at, id`,
      [this.#adapters],
    );
    const open = await Promise.all(found.rows.map(({ id }) => this.#open(id)));
    return open.filter((each) => each !== undefined);
  }

  /** One that cannot be opened keeps nobody else from being heard. */
  async #open(connectionId: string): Promise<Connection | undefined> {
    try {
      return (await this.#connections.get(connectionId)).connection;
    } catch (error) {
      this.#log.warn({ err: error, connectionId }, 'a connection cannot be opened: what its HIS tells is refused');
      return undefined;
    }
  }
}
