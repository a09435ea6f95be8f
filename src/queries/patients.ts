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
  const found = await db.query<Row>(`${SELECT} where p.id = $1 and ${patientVisibleTo(caller, 'p', values)}`, values);
  const [row] = found.rows;
  const patient = row && (await opened(keys, row));
  if (!patient) throw notFound('patient');
  return patient;
}

/** Each that is given has to fit; at least one is, and a name only with a birth date. */
export interface PatientSearch {
  readonly email?: string;
  /** E.164. */
  readonly phone?: string;
  readonly identifier?: Identifier;
  readonly family?: string;
  readonly given?: readonly string[];
  /** YYYY-MM-DD. */
  readonly birthDate?: string;
}

const FOUND_MAX = 20;

/** Those whom the caller may see, by keyed hashes of what is asked for: exact, but for letter case and blanks. */
export async function searchPatients(
  { db, keys }: PatientReading,
  caller: Caller,
  asked: PatientSearch,
): Promise<Patient[]> {
  const index = await keys.indexOf(caller.organizationId);
  const values: unknown[] = [];
  const conditions = [patientVisibleTo(caller, 'p', values)];
  const parameter = (value: string): string => `$${values.push(value)}`;
  const { email, phone, identifier, family, given, birthDate } = asked;
  if (email !== undefined) conditions.push(`p.email_index = ${parameter(index.email(email))}`);
  if (phone !== undefined) conditions.push(`p.phone_index = ${parameter(index.phone(phone))}`);
  if (family !== undefined && birthDate !== undefined) {
    conditions.push(
      given === undefined
        ? `p.birth_index = ${parameter(index.birth(family, birthDate))}`
        : `p.person_index = ${parameter(index.person(family, given, birthDate))}`,
    );
  }
  if (identifier !== undefined) {
    const { system, value } = identifier;
    conditions.push(`exists (select 1 from external_identifier e where e.organization_id = p.organization_id and e.entity = 'patient'
      and e.entity_id = p.id and e.system = ${parameter(system)} and e.value = ${parameter(index.identifier(system, value))})`);
  }
  const found = await db.query<Row>(
    `${SELECT} where ${conditions.join(' and ')} order by p.id limit ${FOUND_MAX}`,
    values,
  );
  const patients = await Promise.all(found.rows.map((row) => opened(keys, row)));
  return patients.flatMap((patient) => patient ?? []);
}

interface Row extends Record<string, unknown> {
  readonly sealed: SealedPatient;
  readonly version: number;
  readonly updates: readonly PatientUpdate[];
}

const SELECT = `select json_build_object(${SEALED_MEMBERS}) as sealed, p.version,
       coalesce((select json_agg(json_build_object('connectionId', u.connection_id, 'state', u.state, 'errorCode', u.error_code,
           'at', ${utcTime('u.updated_at')}) order by u.updated_at, u.connection_id)
         from patient_update u where u.patient_id = p.id), '[]') as updates
     from patient p left join patient_key pk on pk.patient_id = p.id`;

/** Undefined: erased. */
async function opened(keys: PatientKeys, row: Row): Promise<Patient | undefined> {
  const patient = await openPatient(keys, row.sealed);
  return (
    patient && {
      id: patient.id,
      name: patient.name,
      birthDate: patient.birthDate,
      email: patient.email,
      phone: patient.phone,
      address: patient.address,
      identifiers: shown(patient.identifiers),
      version: row.version,
      updates: row.updates,
    }
  );
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
