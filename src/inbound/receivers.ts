/** Which connections may be told something by their HIS, in the order in which they are asked whether a message is theirs. */
import type { Adapter } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';

/** A new connection is heard this soon. */
const KNOWN_FOR_MS = 1_000;

export class Receivers {
  readonly #sql: Sql;
  readonly #adapters: readonly string[];
  #known: Promise<readonly string[]> = Promise.resolve([]);
  #until = 0;

  constructor(sql: Sql, adapters: ReadonlyMap<string, Adapter>) {
    this.#sql = sql;
    this.#adapters = [...adapters.values()]
      .filter(({ manifest }) => manifest.capabilities.includes('ReceivesNotices'))
      .map(({ manifest }) => manifest.id);
  }

  /** Ids of connections. A failure to read them is the failure of this call only. */
  ids(): Promise<readonly string[]> {
    if (Date.now() >= this.#until) {
      this.#until = Date.now() + KNOWN_FOR_MS;
      this.#known = this.#read();
      this.#known.catch(() => (this.#until = 0));
    }
    return this.#known;
  }

  async #read(): Promise<readonly string[]> {
    const found = await this.#sql.query<{ id: string }>(
      `select id from connection where adapter = any($1) and state <> 'paused' order by organization_id, key`,
      [this.#adapters],
    );
    return found.rows.map(({ id }) => id);
  }
}
