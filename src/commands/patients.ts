/** Patients: created and changed with the checks that keep them findable (a reachable, unique, real person). */
import { v7 as uuidv7 } from 'uuid';
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
import { queuePatientUpdates } from '../ledger/patient-update.ts';
import { FieldErrors } from './field-errors.ts';
import { replaceIdentifiers } from './identifiers.ts';
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
export async function createPatient(db: Database, caller: Caller, input: PatientInput): Promise<string> {
  const patient = checked(input);
  const id = uuidv7();
  await db.transaction(async (tx) => {
    await refuseTakenEmail(() =>
      tx.query(
        `insert into patient (id, organization_id, given, family, birth_date, email, phone, address, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [id, caller.organizationId, ...columnsOf(patient), caller.clientId],
      ),
    );
    await replaceIdentifiers(tx, { organizationId: caller.organizationId, entity: 'patient', id }, patient.identifiers);
  });
  return id;
}

export interface PatientParts {
  readonly db: Database;
  /** Ids of the adapters that bring a HIS's record of a patient up to date. */
  readonly updating: readonly string[];
}

/**
 * Replaces the patient's data, here and, soon after, at every HIS that knows the patient and takes updates. `expectedVersion` is
 * what If-Match said, if it was sent.
 * Errors: not-found (also: not the caller's to see), stale-version, validation, state-conflict.
 */
export async function updatePatient(
  { db, updating }: PatientParts,
  caller: Caller,
  id: string,
  input: PatientInput,
  expectedVersion?: number,
): Promise<void> {
  const patient = checked(input);
  await db.transaction(async (tx) => {
    const version = await lockPatient(tx, caller, id);
    checkVersion(version, expectedVersion);
    await refuseTakenEmail(() =>
      tx.query(
        `update patient set given = $3, family = $4, birth_date = $5, email = $6, phone = $7, address = $8,
           version = version + 1
         where id = $1 and organization_id = $2`,
        [id, caller.organizationId, ...columnsOf(patient)],
      ),
    );
    await replaceIdentifiers(tx, { organizationId: caller.organizationId, entity: 'patient', id }, patient.identifiers);
    await queuePatientUpdates(tx, { id, organizationId: caller.organizationId }, updating);
  });
}

async function lockPatient(tx: Sql, caller: Caller, id: string): Promise<number> {
  if (!isId(id)) throw notFound('patient');
  const values: unknown[] = [id];
  const found = await tx.query<{ version: number }>(
    `select version from patient p where p.id = $1 and ${patientVisibleTo(caller, 'p', values)} for update of p`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('patient');
  return row.version;
}

type Checked = ReturnType<typeof checked>;

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

const columnsOf = (patient: Checked): unknown[] => [
  patient.name.given,
  patient.name.family,
  patient.birthDate,
  patient.email,
  patient.phone,
  patient.address === null ? null : JSON.stringify(patient.address),
];

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
