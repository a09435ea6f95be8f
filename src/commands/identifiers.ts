/** The identifiers that people enter. Those that a connection owns are written by whoever speaks with that connection. */
import { HubError, type Identifier } from '../domain/index.ts';
import { isUniqueViolation, type Sql } from '../db/database.ts';

export interface Owner {
  readonly organizationId: string;
  readonly entity: 'patient' | 'provider';
  readonly id: string;
}

/**
 * Replaces the identifiers that no connection owns. What the body repeats of a connection's own (a client sends back what it
 * read) is left as it is. Errors: state-conflict, when another thing of the organization has the same identifier.
 */
export async function replaceIdentifiers(tx: Sql, owner: Owner, identifiers: readonly Identifier[]): Promise<void> {
  const { organizationId, entity, id } = owner;
  await tx.query(
    `delete from external_identifier
     where organization_id = $1 and connection_id is null and entity = $2 and entity_id = $3`,
    [organizationId, entity, id],
  );
  try {
    await tx.query(
      `insert into external_identifier (organization_id, connection_id, entity, entity_id, system, value)
       select $1, null, $2, $3, given.system, given.value
       from unnest($4::text[], $5::text[]) as given (system, value)
       where not exists (select 1 from external_identifier owned where owned.entity = $2 and owned.entity_id = $3
         and owned.connection_id is not null and owned.system = given.system and owned.value = given.value)`,
      [organizationId, entity, id, identifiers.map((each) => each.system), identifiers.map((each) => each.value)],
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
