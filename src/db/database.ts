import pg from 'pg';
import { columnTypes } from './column-types.ts';
import { throwOrAway } from './database-away.ts';
import { statement } from './prepared.ts';
import type { Sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

export type { Sql } from './sql.ts';
export { askedRows } from './asked-rows.ts';
export { Grouped } from './grouped.ts';
export { prepared } from './prepared.ts';
export { DatabaseAway } from './database-away.ts';
export { afterCommit } from './transaction.ts';
export { isExclusionViolation, isUniqueViolation } from './violation.ts';

export interface Database extends Sql {
  /**
   * `work` in one READ COMMITTED transaction on one connection: committed when it resolves, rolled back when it throws.
   * Throws what `work` threw, or the failure to commit. Statements must go through `tx`, and be awaited.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /** Waits for the connections in use, then closes all; `onError` is not called any more. Calling it again is harmless. */
  close(): Promise<void>;
  /** Holds the password: not for logs. */
  readonly url: string;
}

export interface PoolUse {
  readonly total: number;
  /** Those of them that nobody uses. */
  readonly idle: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

export interface PooledDatabase extends Database {
  /** Connections of the pool now. */
  use(): PoolUse;
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

/**
 * A pool of connections, opened when needed. `url`: postgres://user:password@host:port/database.
 * Columns become values as src/db/column-types.ts says: instants and dates are strings, bigint and numeric are numbers.
 */
export function openDatabase(url: string, options: DatabaseOptions): PooledDatabase {
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
  });
  // Without listeners a broken connection ends the process: the pool's for idle ones, the client's for those in use
  // (whose query rejects anyway).
  pool.on('error', (error) => {
    // A connection that is being closed may be told first that its server stops.
    if (!closed) options.onError(error);
  });
  pool.on('connect', (client) => client.on('error', () => {}));

  return {
    url,
    use: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    query: (text, values) => pool.query(statement(text, values)).catch(throwOrAway),
    transaction: (work) => inTransaction(pool, work),
    close: () => (closed ??= pool.end()),
  };
}
