/** Keys as a hub has them, under a root key that tests know; and patients that are put there without the API. */
import { randomUUID } from 'node:crypto';
import type { Database, Sql } from '../../src/db/database.ts';
import { openRootWrapper, type KeyWrapper } from '../../src/ledger/key-wrapper.ts';
import { Keyring } from '../../src/ledger/keyring.ts';
import {
  FIELD_COLUMNS,
  fieldValues,
  openFields,
  sealIdentifier,
  type PatientFields,
} from '../../src/ledger/patient-fields.ts';

export const TEST_ROOT = Buffer.alloc(32, 7);

const rings = new WeakMap<Sql, Keyring>();

export const testWrapper: KeyWrapper = await openRootWrapper(() => Promise.resolve([TEST_ROOT]));

/** The same ones for the same database. */
export function testKeys(db: Sql): Keyring {
  const made = rings.get(db) ?? new Keyring(db, testWrapper);
  rings.set(db, made);
  return made;
}

const SOMEBODY: PatientFields = {
  name: { given: ['Ada'], family: 'Bauer' },
  birthDate: '1984-05-23',
  email: null,
  phone: null,
  address: null,
};

/** Returns its id. */
export async function insertPatient(
  db: Sql,
  organizationId: string,
  { id = randomUUID(), ...fields }: Partial<PatientFields> & { readonly id?: string } = {},
): Promise<string> {
  const keys = testKeys(db);
  const { key, seal } = await keys.make(organizationId, id);
  const index = await keys.indexOf(organizationId);
  const of = { organizationId, patientId: id };
  await db.query(
    `with made as (insert into patient (id, organization_id, ${FIELD_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7))
     insert into patient_key (patient_id, organization_id, version, wrapped) values ($1, $2, $8, $9)`,
    [id, organizationId, ...fieldValues(seal, index, of, { ...SOMEBODY, ...fields }), key.version, key.wrapped],
  );
  return id;
}

/** What is kept of a patient, opened. */
export async function readFields(db: Sql, id: string): Promise<PatientFields & { readonly version: number }> {
  const { organizationId, seal, sealed, version } = await sealOf(db, id);
  return { ...openFields(seal, { organizationId, patientId: id }, sealed), version };
}

/** An identifier of a patient, as whoever speaks with a connection writes it. */
export async function insertIdentifier(
  db: Database,
  patientId: string,
  connectionId: string,
  system: string,
  value: string,
): Promise<void> {
  const { organizationId, seal } = await sealOf(db, patientId);
  const index = await testKeys(db).indexOf(organizationId);
  const kept = sealIdentifier(seal, index, { organizationId, patientId }, { connectionId, system }, value);
  await db.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value, sealed)
     values ($1, $2, 'patient', $3, $4, $5, $6)`,
    [organizationId, connectionId, patientId, system, kept.value, kept.sealed],
  );
}

async function sealOf(db: Sql, id: string) {
  const found = await db.query<{
    organization_id: string;
    sealed: Buffer;
    patient_version: number;
    version: number;
    wrapped: Buffer;
  }>(
    `select p.organization_id, p.sealed, p.version as patient_version, k.version, k.wrapped
     from patient p join patient_key k on k.patient_id = p.id where p.id = $1`,
    [id],
  );
  const [row] = found.rows;
  if (!row) throw new Error(`no patient ${id}`);
  const seal = await testKeys(db).sealOf(row.organization_id, id, row);
  return { organizationId: row.organization_id, seal, sealed: row.sealed, version: row.patient_version };
}
