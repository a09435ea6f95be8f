import { isId, notFound, type Caller, type Identifier, type Patient, type PatientUpdate } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { patientVisibleTo } from '../identity/visible-patients.ts';
import type { PatientKeys } from '../ledger/keyring.ts';
import { openPatient, SEALED_MEMBERS, type SealedPatient } from '../ledger/patient-fields.ts';
import { utcTime } from './times.ts';

export interface PatientReading {
  readonly db: Sql;
  readonly keys: PatientKeys;
}

/**
 * One patient, if the caller may see it. Keys that the hub itself keeps (systems under urn:tessera:) are left out: there is one
 * per connection, and without the connection they say nothing. Errors: not-found (also: not the caller's to see, and erased).
 */
export async function readPatient({ db, keys }: PatientReading, caller: Caller, id: string): Promise<Patient> {
  if (!isId(id)) throw notFound('patient');
  const values: unknown[] = [id];
  const found = await db.query<{ sealed: SealedPatient; version: number; updates: PatientUpdate[] }>(
    `select json_build_object(${SEALED_MEMBERS}) as sealed, p.version,
       coalesce((select json_agg(json_build_object('connectionId', u.connection_id, 'state', u.state, 'errorCode', u.error_code,
           'at', ${utcTime('u.updated_at')}) order by u.updated_at, u.connection_id)
         from patient_update u where u.patient_id = p.id), '[]') as updates
     from patient p left join patient_key pk on pk.patient_id = p.id where p.id = $1 and ${patientVisibleTo(caller, 'p', values)}`,
    values,
  );
  const [row] = found.rows;
  const patient = row && (await openPatient(keys, row.sealed));
  if (!patient) throw notFound('patient');
  return {
    id: patient.id,
    name: patient.name,
    birthDate: patient.birthDate,
    email: patient.email,
    phone: patient.phone,
    address: patient.address,
    identifiers: shown(patient.identifiers),
    version: row.version,
    updates: row.updates,
  };
}

/** Each once, however many connections have it. */
function shown(identifiers: readonly Identifier[]): Identifier[] {
  const known = new Map(
    identifiers
      .filter(({ system }) => !system.startsWith('urn:tessera:'))
      .map((each) => [JSON.stringify([each.system, each.value]), each]),
  );
  return [...known.values()].toSorted((one, other) =>
    one.system === other.system ? order(one.value, other.value) : order(one.system, other.system),
  );
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
