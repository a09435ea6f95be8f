import { isId, notFound, type Caller, type Location } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { atLocationsOf } from '../identity/visible-locations.ts';
import { badCursor, readPage, type Page, type PageRequest } from './page.ts';
import { Where } from './where.ts';

export type VersionedLocation = Location & { readonly version: number };

const LOCATION_JSON = `json_build_object('id', l.id, 'name', l.name, 'timeZone', l.time_zone, 'address', l.address,
  'connectionId', l.connection_id, 'version', l.version)`;

/** The organization's locations by name, as people sort it. */
export function listLocations(sql: Sql, caller: Caller, page: PageRequest): Promise<Page<VersionedLocation>> {
  const where = new Where();
  where.given(caller.organizationId, (organization) => `l.organization_id = ${organization}`);
  const there = atLocationsOf(caller, 'l.id', where.values);
  if (there) where.and(there);
  if (page.after) {
    if (page.after.length !== 2) throw badCursor();
    const [name, id] = page.after.map((each) => where.parameter(each));
    where.and(`(l.name collate "und-x-icu", l.id) > (${name}, ${id}::uuid)`);
  }
  return readPage(page, (limit) =>
    sql.query(
      `select ${LOCATION_JSON} as item, array[l.name, l.id::text] as key from location l
       where ${where.text} order by l.name collate "und-x-icu", l.id limit ${limit}`,
      where.values,
    ),
  );
}

/** Errors: not-found. */
export async function readLocation(sql: Sql, caller: Caller, id: string): Promise<VersionedLocation> {
  if (!isId(id)) throw notFound('location');
  const values: unknown[] = [id, caller.organizationId];
  const found = await sql.query<{ item: VersionedLocation }>(
    `select ${LOCATION_JSON} as item from location l
     where l.id = $1 and l.organization_id = $2 and ${atLocationsOf(caller, 'l.id', values) ?? 'true'}`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('location');
  return row.item;
}
