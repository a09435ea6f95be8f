/**
 * One statement in the context of one organization, in one round trip: the context and the statement travel together, with one Sync
 * at their end, which makes them one database transaction (PostgreSQL manual, 54.2.4 Pipelining). Postgres forgets the context with
 * the transaction, whether that ends well or not: nothing is left on the connection for its next user.
 */
import pg from 'pg';
import { isInOrder } from './prepared.ts';

const NAME = 'tessera_context';
/** What is read by bitmaps is in no order. Null: as it is set. */
const TEXT = `select set_config('tessera.organization', $1, true),
  set_config('enable_bitmapscan', coalesce($2, current_setting('enable_bitmapscan')), true)`;

type Context = readonly [organizationId: string, bitmaps: 'off' | null];

/** What node-postgres does for a statement of the extended protocol; its types leave it out. */
interface Wire {
  bind(config: { readonly portal: string; readonly statement: string; readonly values: Context }): void;
  execute(config: { readonly portal: string }): void;
}
interface Steps {
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: unknown): void;
}

/** Connections on which the context's statement is there already. */
const ready = new WeakSet<pg.ClientBase>();

/** `client` is in no transaction. */
export async function queryAs<Row extends pg.QueryResultRow>(
  client: pg.ClientBase,
  organizationId: string,
  given: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  if (!ready.has(client)) {
    await client.query({ name: NAME, text: TEXT, values: ['', null] });
    ready.add(client);
  }
  return new Promise((resolve, reject) => {
    const query = new pg.Query<Row>({ ...given, queryMode: 'extended' } as pg.QueryConfig, (error, result) =>
      error ? reject(error) : resolve(result),
    );
    withContext(query as pg.Query & Steps, [organizationId, isInOrder(given.text) ? 'off' : null]);
    client.query(query);
  });
}

function withContext(query: Steps, context: Context): void {
  const { prepare, handleDataRow, handleCommandComplete } = query;
  let isSet = false;
  query.prepare = (wire) => {
    wire.bind({ portal: '', statement: NAME, values: context });
    wire.execute({ portal: '' });
    prepare.call(query, wire);
  };
  // The context's own row and end are no part of the answer.
  query.handleDataRow = (message) => {
    if (isSet) handleDataRow.call(query, message);
  };
  query.handleCommandComplete = (message, wire) => {
    if (isSet) handleCommandComplete.call(query, message, wire);
    isSet = true;
  };
}
