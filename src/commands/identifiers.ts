/** The identifiers that people enter. Those that a connection owns are written by whoever speaks with that connection. */
import { HubError, type Identifier } from '../domain/index.ts';
import { isUniqueViolation, type Sql } from '../db/database.ts';
import type { BlindIndex } from '../ledger/blind-index.ts';
import { sealIdentifier } from '../ledger/patient-fields.ts';
import type { Seal } from '../ledger/seal.ts';

interface Owner {
  readonly organizationId: string;
  readonly entity: 'patient' | 'provider';
  readonly id: string;
}

/**
 * Replaces a provider's identifiers that no connection owns. What the body repeats of a connection's own (a client sends back what
 * it read) is left as it is. Errors: state-conflict, when another provider of the organization has the same identifier.
 */
export const replaceIdentifiers = (
  tx: Sql,
  owner: Owner & { readonly entity: 'provider' },
  identifiers: readonly Identifier[],
): Promise<void> =>
  replace(
    tx,
    owner,
    identifiers.map((each) => ({ ...each, sealed: null })),
  );

/** The same of a patient, as hashes and sealed. */
export const replaceOwnIdentifiers = (
  tx: Sql,
  { seal, index, ...owner }: Omit<Owner, 'entity'> & { readonly seal: Seal; readonly index: BlindIndex },
  identifiers: readonly Identifier[],
): Promise<void> => {
  const of = { organizationId: owner.organizationId, patientId: owner.id };
  const rows = identifiers.map(({ system, value }) => ({
    system,
    ...sealIdentifier(seal, index, of, { connectionId: null, system }, value),
  }));
  return replace(tx, { ...owner, entity: 'patient' }, rows);
};

interface Row {
  readonly system: string;
  readonly value: string;
  readonly sealed: Buffer | null;
}

async function replace(tx: Sql, { organizationId, entity, id }: Owner, rows: readonly Row[]): Promise<void> {
  await tx.query(
    `delete from external_identifier
     where organization_id = $1 and connection_id is null and entity = $2 and entity_id = $3`,
    [organizationId, entity, id],
  );
  try {
    await tx.query(
      `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value, sealed)
       select $1, null, $2, $3, given.system, given.value, given.sealed
       from unnest($4::text[], $5::text[], $6::bytea[]) as given (system, value, sealed)
       where not exists (select 1 from external_identifier owned where owned.entity = $2 and owned.entity_id = $3
         and owned.connection_id is not null and owned.system = given.system and owned.value = given.value)`,
      [
        organizationId,
        entity,
        id,
        rows.map((each) => each.system),
        rows.map((each) => each.value),
        rows.map((each) => each.sealed),
      ],
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new HubError(
      'state-conflict',
      `Another ${entity} of your organization has one of these identifiers. Use that ${entity}, or correct the identifier.`,
      {
        errors: [{ pointer: '/identifiers', detail: `expected identifiers that no other ${entity} has` }],
        cause: error,
      },
    );
  }
}
