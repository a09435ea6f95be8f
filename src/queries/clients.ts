/** The programs that call the API. Their secrets are not read here. */
import { notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';

type Json = Readonly<Record<string, unknown>>;

const CLIENT_JSON = `json_build_object('id', c.id, 'name', c.name, 'role', c.role, 'scopes', c.scopes,
  'locationIds', c.location_ids,
  'authentication', case when c.jwks is not null then 'private_key_jwt' when c.secret_hash is not null then 'secret' else 'none' end,
  'jwks', c.jwks, 'secretRotatesUntil', ${utcTime('case when c.previous_until > now() then c.previous_until end')},
  'state', case when c.disabled_at is null then 'active' else 'disabled' end,
  'createdAt', ${utcTime('c.created_at')}, 'version', c.version)`;

/** By id. */
export function listClients(sql: Sql, caller: Caller, page: PageRequest): Promise<Page<Json>> {
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${CLIENT_JSON} as item, array[c.id] as key from client c
       where c.organization_id = $1 and ($2::text is null or c.id > $2) order by c.id limit ${limit}`,
      [caller.organizationId, page.after?.[0] ?? null],
    ),
  );
}

/** Errors: not-found. */
export async function readClient(sql: Sql, caller: Caller, id: string): Promise<Json> {
  const found = await sql.query<{ item: Json }>(
    `select ${CLIENT_JSON} as item from client c where c.id = $1 and c.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('client');
  return row.item;
}
