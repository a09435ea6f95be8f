import { throwOrAway } from './database-away.ts';
import { openPool, type DatabaseOptions, type PoolUse } from './pool.ts';
import { statement } from './prepared.ts';
import type { Sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

export type { Sql } from './sql.ts';
export { ANSWER_TIMEOUT_MS, type PoolUse } from './pool.ts';
export { askedRows } from './asked-rows.ts';
export { byteaArray, textArray, uuidArray } from './binary-array.ts';
export { Grouped } from './grouped.ts';
export { lists, prepared, preparedInOrder } from './prepared.ts';
export { DatabaseAway } from './database-away.ts';
export { isPassing } from './passing.ts';
export { afterCommit } from './transaction.ts';
export { isExclusionViolation, isUniqueViolation } from './violation.ts';

export interface Database extends Sql {
  /**
   * `work` in one READ COMMITTED transaction on one connection: committed when it resolves, rolled back when it throws.
   * Throws what `work` threw, or the failure to commit. Statements must go through `tx`, and be awaited.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
}

export interface PooledDatabase extends Database {
  /** Waits for the connections in use, then closes all; `onError` is not called any more. Calling it again is harmless. */
  close(): Promise<void>;
  /** Holds the password: not for logs. */
  readonly url: string;
  /** Connections of the pool now. */
  use(): PoolUse;
}

/**
 * A pool of connections, opened when needed. `url`: postgres://user:password@host:port/database.
 * Columns become values as src/db/column-types.ts says: instants and dates are strings, bigint and numeric are numbers.
 */
export function openDatabase(url: string, options: DatabaseOptions): PooledDatabase {
  const pool = openPool(url, options);
  return {
    url,
    use: () => pool.use(),
    query: (text, values) => pool.pg.query(statement(text, values)).catch(throwOrAway),
    transaction: (work) => inTransaction(pool.pg, work),
    close: () => pool.close(),
  };
}
