import type pg from 'pg';

/** What runs a statement: the database, a transaction, or a plain pg pool or client. Parameters are `$1`, `$2`, … */
export interface Sql {
  query<Row extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
}
