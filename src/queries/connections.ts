/** Connections as callers see them: never with secrets. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { expiriesJson } from './expiries.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

type Item = Readonly<Record<string, unknown>> & { readonly id: string; readonly synchronisedAt: string | null };

const CONNECTION_JSON = `json_build_object('id', c.id, 'key', c.key, 'name', c.name, 'adapter', c.adapter,
  'managedBy', c.managed_by, 'state', c.state, 'stateReason', c.state_reason, 'config', c.config, 'hasSecrets', c.secrets is not null, 'policy', c.policy,
  'synchronisedAt', ${utcTime('c.synchronised_at')}, 'createdAt', ${utcTime('c.created_at')},
  'expiries', ${expiriesJson('c.id')})`;

/** Ascending by key. */
export async function listConnections(sql: Sql, caller: Caller, page: PageRequest): Promise<Page<Item>> {
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `c.organization_id = ${parameter}::uuid`);
  where.given(page.after?.[0], (parameter) => `c.key > ${parameter}`);
  return readPage(page, (limit) =>
    sql.query<{ item: Item; key: string[] }>(
      `select ${CONNECTION_JSON} as item, array[c.key] as key from connection c where ${where.text} order by c.key limit ${limit}`,
      where.values,
    ),
  );
}

/** Errors: not-found. */
export async function readConnection(sql: Sql, caller: Caller, id: string): Promise<Item> {
  if (!isId(id)) throw notFound('connection');
  const found = await sql.query<{ item: Item }>(
    `select ${CONNECTION_JSON} as item from connection c where c.id = $1 and c.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('connection');
  return row.item;
}
