/** How long changes took from their acceptance to their settlement: read in batches, of those that this process worked on. */
import type { Log } from '../domain/index.ts';
import type { MeteredSettlement } from './metrics.ts';

interface Sql {
  query<Row extends Record<string, unknown>>(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[] }>;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly settled: MeteredSettlement;
}

const INTERVAL_MS = 1_000;
/** What a database that is away would have us remember. */
const WAITING_MAX = 50_000;

// A replayed one was accepted long before it was sent: it says nothing about how quick the hub is.
const SETTLED = `
  select t.id, json_build_object('kind', t.kind, 'state', t.state, 'seconds', extract(epoch from t.settled_at - t.created_at),
    'connection', json_build_object('organizationId', c.organization_id, 'key', c.key, 'adapter', c.adapter)) as settled
  from transaction t join connection c on c.id = t.connection_id
  where t.id = any($1::uuid[]) and t.settled_at is not null and t.replays = 0`;

export class SettlementMeter {
  readonly #sql: Sql;
  readonly #log: Log;
  readonly #settled: (settlement: MeteredSettlement) => void;
  #waiting = new Set<string>();
  /** Counted by the last looks: a late second call for one of them is no second settlement. */
  #counted: readonly Set<string>[] = [];
  #running: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(sql: Sql, log: Log, settled: (settlement: MeteredSettlement) => void) {
    this.#sql = sql;
    this.#log = log;
    this.#settled = settled;
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS).unref();
  }

  /** This process has worked on the transaction, to whatever end. */
  worked(transactionId: string): void {
    if (this.#waiting.size < WAITING_MAX) this.#waiting.add(transactionId);
  }

  #look(): Promise<void> {
    this.#running ??= this.#count().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #count(): Promise<void> {
    const ids = [...this.#waiting].filter((id) => !this.#counted.some((each) => each.has(id)));
    this.#waiting = new Set();
    const counted = new Set<string>();
    try {
      const { rows } = ids.length === 0 ? { rows: [] } : await this.#sql.query<Row>(SETTLED, [ids]);
      for (const { id, settled } of rows) {
        counted.add(id);
        this.#settled(settled);
      }
    } catch (error) {
      this.#log.warn({ err: error, count: ids.length }, 'settlements are missing in the metrics');
    }
    this.#counted = [counted, ...this.#counted.slice(0, 9)];
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}
