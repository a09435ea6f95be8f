/** What a HIS calls a patient: found out by one transaction at a time, and kept, so that the next booking need not ask. */
import type { Sql } from '../db/database.ts';
import type { PatientKeys } from './keyring.ts';
import { sealIdentifier, type OpenedPatient } from './patient-fields.ts';
import { HIS_KEY } from './patient-systems.ts';
import { SETTLED } from './state-lists.ts';

interface At {
  readonly id: string;
  readonly organizationId: string;
  readonly connectionId: string;
}

/**
 * True when this transaction is the one that may look for the patient, and create it, at the HIS. Of two at once each would
 * find nobody, and create a patient. A claim passes on once its transaction is settled. Also in doubt (needs_review): by then all
 * looks are over, whoever comes next asks the HIS first, and one booking in dispute must not stop every other of its patient.
 */
export async function claimIdentification(sql: Sql, by: At, patientId: string): Promise<boolean> {
  const claimed = await sql.query(
    `insert into patient_identification (connection_id, patient_id, transaction_id) values ($1, $2, $3)
     on conflict (connection_id, patient_id) do update set transaction_id = excluded.transaction_id
     where patient_identification.transaction_id = excluded.transaction_id or exists (
       select 1 from transaction t where t.id = patient_identification.transaction_id
         and t.state in ${SETTLED})`,
    [by.connectionId, patientId, by.id],
  );
  return claimed.rowCount === 1;
}

/** The patient was found, or made: the key is kept, and others may go on. */
export async function keepPatientKey(
  tx: Sql,
  keys: PatientKeys,
  by: Omit<At, 'id'>,
  { id: patientId, seal }: Pick<OpenedPatient, 'id' | 'seal'>,
  externalId: string,
): Promise<void> {
  const { organizationId, connectionId } = by;
  const of = { organizationId, patientId };
  const kept = { connectionId, system: HIS_KEY };
  const { value, sealed } = sealIdentifier(seal, await keys.indexOf(organizationId), of, kept, externalId);
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value, sealed)
     values ($1, $2, 'patient', $3, $4, $5, $6) on conflict do nothing`,
    [organizationId, connectionId, patientId, HIS_KEY, value, sealed],
  );
  await tx.query('delete from patient_identification where connection_id = $1 and patient_id = $2', [
    connectionId,
    patientId,
  ]);
}
