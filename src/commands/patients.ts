/** Patients: created and changed with the checks that keep them findable (a reachable, unique, real person). */
import { newId } from '../db/new-id.ts';
import {
  HubError,
  isId,
  notFound,
  type Address,
  type Caller,
  type HumanName,
  type Identifier,
} from '../domain/index.ts';
import { isUniqueViolation, type Database, type Sql } from '../db/database.ts';
import { patientVisibleTo } from '../identity/visible-patients.ts';
import type { PatientKeys, WrappedKey } from '../ledger/keyring.ts';
import { FIELD_COLUMNS, fieldValues } from '../ledger/patient-fields.ts';
import { queuePatientUpdates } from '../ledger/patient-update.ts';
import { FieldErrors } from './field-errors.ts';
import { replaceOwnIdentifiers } from './identifiers.ts';
import { cleanAddress, cleanEmail, cleanIdentifiers, cleanName, cleanPhone, isOwnSystem } from './person-fields.ts';
import { checkVersion } from './stale-version.ts';

export interface PatientInput {
  readonly name: HumanName;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly address?: Address | null;
  readonly identifiers?: readonly Identifier[];
}

const AGE_YEARS_MAX = 130;

/** Returns the new patient's id. Errors: validation, state-conflict (e-mail or identifier of another patient). */
export async function createPatient(
  { db, keys }: Omit<PatientParts, 'updating'>,
  { organizationId, clientId }: Caller,
  input: PatientInput,
): Promise<string> {
  const patient = checked(input);
  const id = newId();
  const { key, seal } = await keys.make(organizationId, id);
  const index = await keys.indexOf(organizationId);
  const values = fieldValues(seal, index, { organizationId, patientId: id }, patient);
  await db.transaction(async (tx) => {
    await refuseTakenEmail(() =>
      tx.query(
        `with made as (
           insert into patient (id, organization_id, ${FIELD_COLUMNS}, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8))
         insert into patient_key (patient_id, organization_id, version, wrapped) values ($1, $2, $9, $10)`,
        [id, organizationId, ...values, clientId, key.version, key.wrapped],
      ),
    );
    await replaceOwnIdentifiers(tx, { organizationId, id, seal, index }, patient.identifiers);
  });
  return id;
}

export interface PatientParts {
  readonly db: Database;
  readonly keys: PatientKeys;
  /** Ids of the adapters that bring a HIS's record of a patient up to date. */
  readonly updating: readonly string[];
}

/**
 * Replaces the patient's data, here and, soon after, at every HIS that knows the patient and takes updates. `expectedVersion` is
 * what If-Match said, if it was sent.
 * Errors: not-found (also: not the caller's to see), stale-version, validation, state-conflict.
 */
export async function updatePatient(
  { db, keys, updating }: PatientParts,
  caller: Caller,
  id: string,
  input: PatientInput,
  expectedVersion?: number,
): Promise<void> {
  const patient = checked(input);
  const { organizationId } = caller;
  const index = await keys.indexOf(organizationId);
  await db.transaction(async (tx) => {
    const { version, key } = await lockPatient(tx, caller, id);
    checkVersion(version, expectedVersion);
    const seal = await keys.sealOf(organizationId, id, key);
    const values = fieldValues(seal, index, { organizationId, patientId: id }, patient);
    await refuseTakenEmail(() =>
      tx.query(
        `update patient set (${FIELD_COLUMNS}) = ($3, $4, $5, $6, $7), version = version + 1
         where id = $1 and organization_id = $2`,
        [id, organizationId, ...values],
      ),
    );
    await replaceOwnIdentifiers(tx, { organizationId, id, seal, index }, patient.identifiers);
    await queuePatientUpdates(tx, { id, organizationId }, updating);
  });
}

async function lockPatient(
  tx: Sql,
  caller: Caller,
  id: string,
): Promise<{ readonly version: number; readonly key: WrappedKey }> {
  if (!isId(id)) throw notFound('patient');
  const values: unknown[] = [id];
  // Whoever has waited for an erasure finds nobody: it is asked of the row as it is then.
  const found = await tx.query<{ version: number; key_version: number; wrapped: Buffer }>(
    `select p.version, k.version as key_version, k.wrapped from patient p join patient_key k on k.patient_id = p.id
     where p.id = $1 and p.sealed is not null and ${patientVisibleTo(caller, 'p', values)} for update of p, k`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('patient');
  return { version: row.version, key: { version: row.key_version, wrapped: row.wrapped } };
}

function checked(input: PatientInput) {
  const errors = new FieldErrors();
  const address = cleanAddress(input.address, errors);
  const patient = {
    name: cleanName(input.name, errors),
    birthDate: checkedBirthDate(input.birthDate, errors),
    email: cleanEmail(input.email, errors),
    phone: cleanPhone(input.phone, address?.country, errors),
    address,
    identifiers: cleanIdentifiers(input.identifiers, errors),
  };
  errors.check();
  return { ...patient, identifiers: patient.identifiers.filter((each) => !isOwnSystem(each.system)) };
}

function checkedBirthDate(text: string, errors: FieldErrors): string {
  const date = new Date(`${text}T00:00:00Z`);
  const real = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
  if (!real) {
    errors.add('/birthDate', 'expected a date of the calendar as YYYY-MM-DD, such as 1980-02-29');
    return text;
  }
  const now = new Date();
  // Born today counts: a newborn has appointments too. Somewhere on Earth it is tomorrow already, for up to 14 hours.
  const latest = new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
  const earliest = `${now.getUTCFullYear() - AGE_YEARS_MAX}${now.toISOString().slice(4, 10)}`;
  if (text > latest) errors.add('/birthDate', 'expected a day in the past, got one in the future');
  if (text < earliest) errors.add('/birthDate', `expected a day at most ${AGE_YEARS_MAX} years ago`);
  return text;
}

async function refuseTakenEmail(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isUniqueViolation(error, 'patient_email')) throw error;
    throw new HubError(
      'state-conflict',
      'Another patient of your organization has this e-mail address. Use that patient, or another address.',
      {
        errors: [{ pointer: '/email', detail: 'expected an address that no other patient has' }],
        cause: error,
      },
    );
  }
}
