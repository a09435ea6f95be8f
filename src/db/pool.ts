/** Connections to Postgres as the hub wants them. */
import pg from 'pg';
import { columnTypes } from './column-types.ts';

export interface PoolUse {
  readonly total: number;
  /** Those of them that nobody uses. */
  readonly idle: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

export interface DatabaseOptions {
  /** Connections at most; 10 unless told. */
  readonly max?: number;
  /** So long an answer is waited for, in milliseconds; ANSWER_TIMEOUT_MS unless told, 0 for as long as it takes. */
  readonly answerTimeoutMs?: number;
  /** Told when an idle connection breaks (the server stopped, the network failed). The next query opens a new one. */
  readonly onError: (error: Error) => void;
}

/**
 * A server that has vanished without a word (its machine, or the network to it) answers no query, ever, and the operating
 * system keeps such a connection for hours. No query of ours takes nearly as long as this.
 */
export const ANSWER_TIMEOUT_MS = 30_000;

export interface Pool {
  readonly pg: pg.Pool;
  use(): PoolUse;
  close(): Promise<void>;
}

export function openPool(url: string, options: DatabaseOptions): Pool {
  let closed: Promise<void> | undefined;
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    types: columnTypes,
    application_name: 'tessera',
    connectionTimeoutMillis: 10_000,
    query_timeout: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // The parsers read ISO; a server may be configured for another style.
    options: '-c datestyle=ISO -c timezone=UTC',
    verify: refuseStandby,
  });
  // Without listeners a broken connection ends the process: the pool's for idle ones, the client's for those in use
  // (whose query rejects anyway).
  pool.on('error', (error) => {
    // A connection that is being closed may be told first that its server stops.
    if (!closed) options.onError(error);
  });
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    pg: pool,
    use: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => (closed ??= pool.end()),
  };
}

/**
 * After a failover the old address may lead to a server that follows another one for some seconds more: a connection to it would be kept,
 * refuse every write, and read what is not the latest.
 */
function refuseStandby(client: pg.ClientBase, done: (error?: Error) => void): void {
  client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby', [], (error: Error | undefined, found) =>
    done(error ?? (found.rows[0]?.standby ? standby() : undefined)),
  );
}

const standby = (): Error =>
  Object.assign(new Error('expected the primary of Postgres: this server follows another one, and takes no writes'), {
    code: '25006',
  });
