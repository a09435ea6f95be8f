import { isId, notFound, type Caller, type Patient } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { patientVisibleTo } from '../identity/visible-patients.ts';
import { utcTime } from './times.ts';

/**
 * One patient, if the caller may see it. Keys that the hub itself keeps (systems under urn:tessera:) are left out: there is one
 * per connection, and without the connection they say nothing. Errors: not-found (also: not the caller's to see).
 */
export async function readPatient(sql: Sql, caller: Caller, id: string): Promise<Patient> {
  if (!isId(id)) throw notFound('patient');
  const values: unknown[] = [id];
  const found = await sql.query<{ item: Patient }>(
    `select json_build_object('id', p.id, 'name', json_build_object('given', p.given, 'family', p.family),
       'birthDate', to_char(p.birth_date, 'YYYY-MM-DD'), 'email', p.email, 'phone', p.phone, 'address', p.address,
       'identifiers', coalesce((
         select json_agg(json_build_object('system', known.system, 'value', known.value) order by known.system, known.value)
         from (select distinct e.system, e.value from external_identifier e
           where e.entity = 'patient' and e.entity_id = p.id and e.system not like 'urn:tessera:%') known), '[]'),
       'version', p.version, 'updates', coalesce((
         select json_agg(json_build_object('connectionId', u.connection_id, 'state', u.state, 'errorCode', u.error_code,
           'at', ${utcTime('u.updated_at')}) order by u.updated_at, u.connection_id)
         from patient_update u where u.patient_id = p.id), '[]')) as item
     from patient p where p.id = $1 and ${patientVisibleTo(caller, 'p', values)}`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('patient');
  return row.item;
}
