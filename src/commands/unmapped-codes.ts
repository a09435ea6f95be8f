/** A person says what a code means: it is added to the code table, in use at once, and whatever waited for it goes on. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Queue } from '../db/queue.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { endWait } from '../ledger/unmapped-code.ts';
import { activeNumber, textsOf, type MappingOf } from './mapping-names.ts';
import { activate, insertVersion } from './mapping-use.ts';
import type { MappingVersionParts } from './mapping-versions.ts';

interface CodeRow extends Record<string, unknown> {
  readonly id: string;
  readonly organization_id: string;
  readonly connection_id: string;
  readonly adapter: string;
  readonly table_path: string;
  readonly side: 'vendor' | 'canonical';
  readonly code: string;
  readonly skipped: number;
  readonly mapped_to: string | null;
}

export interface Mapped {
  readonly connectionId: string;
  /** The transactions that go on. */
  readonly resumed: number;
  /** Items of what the HIS told had been left out: it is to be read again. */
  readonly wasSkipped: boolean;
}

/** Once more with the same value changes nothing. Errors: not-found, validation, state-conflict. */
export async function mapCode(
  parts: MappingVersionParts & { readonly queue: Queue },
  caller: Caller,
  id: string,
  value: string,
): Promise<Mapped> {
  if (!isId(id)) throw notFound('unmapped code');
  return parts.db.transaction(async (tx) => {
    const row = await lockCode(tx, caller, id);
    const mapped = { connectionId: row.connection_id, resumed: 0, wasSkipped: false };
    if (row.mapped_to === value) return mapped;
    if (row.mapped_to !== null)
      throw new HubError(
        'state-conflict',
        'The code is mapped already, to another value: publish a version that says otherwise.',
      );
    await addToTables(tx, parts, caller, row, value);
    const resumed = await endWait(tx, parts.queue, { id, mappedTo: value, by: caller.clientId });
    await appendEvents(tx, [
      {
        type: 'unmapped_code.mapped',
        organizationId: row.organization_id,
        connectionId: row.connection_id,
        data: { unmappedCodeId: id, table: row.table_path, resumed, by: caller.clientId },
      },
    ]);
    return { ...mapped, resumed, wasSkipped: row.skipped > 0 };
  });
}

/** Lock order: connection, code. */
async function lockCode(tx: Sql, caller: Caller, id: string): Promise<CodeRow> {
  await tx.query(
    `select 1 from connection where id = (select connection_id from unmapped_code where id = $1 and organization_id = $2)
     for no key update`,
    [id, caller.organizationId],
  );
  const found = await tx.query<CodeRow>(
    `select u.id, u.organization_id, u.connection_id, c.adapter, u.table_path, u.side, u.code, u.skipped, u.mapped_to
     from unmapped_code u join connection c on c.id = u.connection_id where u.id = $1 and u.organization_id = $2
     for update of u`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('unmapped code');
  return row;
}

/** A new version of every mapping of the connection that reads the table. */
async function addToTables(
  tx: Sql,
  { tools }: MappingVersionParts,
  caller: Caller,
  row: CodeRow,
  value: string,
): Promise<void> {
  const { adapter, connection_id: connectionId, organization_id: organizationId } = row;
  for (const name of tools.names(adapter)) {
    const of: MappingOf = { adapter, name, connectionId, organizationId };
    const texts = await textsOf(tx, tools, of, await activeNumber(tx, of));
    const files = tools.withCode(texts, { table: row.table_path, side: row.side, code: row.code, value });
    if (!files) continue;
    const problems = await tools.problems(of, files);
    if (problems.length > 0)
      throw new HubError('validation', `With this value the mapping ${adapter}.${name} is not sound: see "problems".`, {
        errors: [{ pointer: '/value', detail: 'expected a value that the mappings with this table can use' }],
        members: { problems },
      });
    const made = await insertVersion(tx, of, caller.clientId, {
      files,
      note: `A code was mapped in ${row.table_path}.`,
    });
    await activate(tx, of, made.id, made.number, caller.clientId);
  }
}
