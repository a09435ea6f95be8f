/** Keeps what a HIS calls a patient, so that the next booking need not ask. */
import type { Sql } from '../db/database.ts';
import { HIS_KEY } from './work-order.ts';

export async function keepPatientKey(
  tx: Sql,
  at: { readonly organizationId: string; readonly connectionId: string },
  patientId: string,
  externalId: string,
): Promise<void> {
  // Two patients of the hub may be one at the HIS (entered twice here): the first keeps the key, the other is matched anew.
  await tx.query(
    `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
     values ($1, $2, 'patient', $3, $4, $5) on conflict do nothing`,
    [at.organizationId, at.connectionId, patientId, HIS_KEY, externalId],
  );
}
