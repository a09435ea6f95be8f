/** The people who sign in. Of what they prove themselves with only the kinds are read here. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';

type Json = Readonly<Record<string, unknown>>;

const USER_JSON = `json_build_object('id', u.id, 'email', u.email, 'name', u.name, 'role', u.role, 'patientId', u.patient_id,
  'providerId', u.provider_id, 'locationIds', u.location_ids,
  'state', case when u.disabled_at is not null then 'disabled' when u.locked_until > now() then 'locked'
    when u.password_temporary then 'temporary-password' else 'active' end,
  'secondFactors', case when u.totp_confirmed_at is null then '[]'::json else '["totp"]'::json end,
  'signedInAt', ${utcTime('u.signed_in_at')}, 'createdAt', ${utcTime('u.created_at')}, 'version', u.version)`;

/** Oldest first. */
export function listUsers(sql: Sql, caller: Caller, page: PageRequest): Promise<Page<Json>> {
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${USER_JSON} as item, array[u.id::text] as key from account u
       where u.organization_id = $1 and ($2::uuid is null or u.id > $2) order by u.id limit ${limit}`,
      [caller.organizationId, page.after?.[0] ?? null],
    ),
  );
}

/** Errors: not-found. */
export async function readUser(sql: Sql, caller: Caller, id: string): Promise<Json> {
  if (!isId(id)) throw notFound('user');
  const found = await sql.query<{ item: Json }>(
    `select ${USER_JSON} as item from account u where u.id = $1 and u.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('user');
  return row.item;
}
