import { notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { utcTime } from './times.ts';

type Json = Readonly<Record<string, unknown>>;

/** The caller's own, by its id: nobody sees another. Errors: not-found. */
export async function readOrganization(sql: Sql, caller: Caller, id: string): Promise<Json> {
  if (id.toLowerCase() !== caller.organizationId) throw notFound('organization');
  return organization(sql, id);
}

/** Also one that the caller has just added. Errors: not-found. */
export async function organization(sql: Sql, id: string): Promise<Json> {
  const found = await sql.query<{ item: Json }>(
    `select json_build_object('id', id, 'key', key, 'name', name, 'createdAt', ${utcTime('created_at')}) as item
     from organization where id = $1`,
    [id],
  );
  const [row] = found.rows;
  if (!row) throw notFound('organization');
  return row.item;
}
