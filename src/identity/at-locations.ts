/** What a caller that is bound to locations may touch: what is there. */
import type { Sql } from '../db/database.ts';
import { isId, type Caller, type Guarded } from '../domain/index.ts';
import { patientVisibleTo } from './visible-patients.ts';

/** By what is named, its locations: $1 is its id, $2 the caller's organization. A patient has none. */
const PLACES: Readonly<Record<Exclude<Guarded, 'patient'>, string>> = {
  location: 'select id from location where id = $1 and organization_id = $2',
  provider: `select l.location_id from provider_location l join provider p on p.id = l.provider_id
    where p.id = $1 and p.organization_id = $2`,
  slot: 'select location_id from slot where id = $1 and organization_id = $2',
  appointment: 'select location_id from appointment where id = $1 and organization_id = $2',
  transaction: `select a.location_id from transaction t join appointment a on a.id = t.appointment_id
    where t.id = $1 and t.organization_id = $2`,
};

/** Whether what is named is at the caller's locations. True for a caller that is bound to none; false for what there is not. */
export async function isAtLocations(sql: Sql, caller: Caller, kind: Guarded, id: string): Promise<boolean> {
  if (caller.locationIds === undefined) return true;
  if (!isId(id)) return false;
  if (kind === 'patient') {
    const values: unknown[] = [id];
    const visible = patientVisibleTo(caller, 'p', values);
    return (await sql.query(`select 1 from patient p where p.id = $1 and ${visible}`, values)).rowCount === 1;
  }
  const found = await sql.query(`select 1 from (${PLACES[kind]}) as places (id) where id = any($3::uuid[]) limit 1`, [
    id,
    caller.organizationId,
    caller.locationIds,
  ]);
  return found.rowCount === 1;
}
