/** Who has taken on what waits for a person, and who can. */
import type { Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import type { Where } from './where.ts';

/** Work that was found for a filter, newest first; who has more of it has not done it for years. */
const AT_MOST = 1_000;

/** SQL: contracts/schemas/owner.schema.json, or null; `subject`: the id of a transaction or of a message. */
export const ownerJson = (subject: string): string =>
  `(select json_build_object('id', o.owner_id, 'since', ${utcTime('o.since')}, 'name',
      (select u.name from account u where u.id = case when o.owner_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then o.owner_id::uuid end))
    from work_owner o where o.subject_id = ${subject})`;

/**
 * Only what is the owner's: `me`, `nobody`, or the id of a person. What was taken on is looked up first, so that the statement that
 * follows has one plain condition.
 */
export async function givenOwner(
  sql: Sql,
  caller: Caller,
  owner: string | undefined,
  subject: string,
  where: Where,
): Promise<void> {
  if (owner === undefined) return;
  if (owner === 'nobody') {
    where.and(`(select o.owner_id from work_owner o where o.subject_id = ${subject}) is null`);
    return;
  }
  const taken = await sql.query<{ id: string }>(
    `select subject_id as id from work_owner where organization_id = $1 and owner_id = $2 order by since desc limit ${AT_MOST}`,
    [caller.organizationId, owner === 'me' ? caller.clientId : owner],
  );
  const ids = taken.rows.map((row) => row.id);
  where.given(ids, (parameter) => `${subject} = any(${parameter}::uuid[])`);
}

type Json = Readonly<Record<string, unknown>>;

/**
 * People to whom work can be given, by name: those at the desks of an organization, not its patients and providers. Who is bound to locations sees those who
 * may see what is there.
 */
export function listOwners(sql: Sql, caller: Caller, page: PageRequest): Promise<Page<Json>> {
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select json_build_object('id', u.id, 'name', u.name, 'role', u.role) as item, array[u.name, u.id::text] as key
       from account u
       where u.organization_id = $1 and u.role in ('support', 'engineer', 'admin') and u.disabled_at is null
         and ($2::uuid[] is null or u.location_ids is null or u.location_ids && $2)
         and ($3::text is null or (u.name, u.id) > ($3, $4::uuid))
       order by u.name, u.id limit ${limit}`,
      [caller.organizationId, caller.locationIds ?? null, page.after?.[0] ?? null, page.after?.[1] ?? null],
    ),
  );
}
