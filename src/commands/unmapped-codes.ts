/** A person says what a code means: it is added to the code table, in use at once, and whatever waited for it goes on. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Queue } from '../db/queue.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { endWait } from '../ledger/unmapped-code.ts';
import { textsOf, type MappingOf } from './mapping-names.ts';
import type { MappingTexts } from './mapping-tools.ts';
import { insertVersion, stepIn, versionsInUse, type VersionInUse } from './mapping-use.ts';
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

/** How often it is looked again when versions are published all the while. */
const LOOKS_MAX = 5;

/** Once more with the same value changes nothing. Errors: not-found, validation, state-conflict. */
export async function mapCode(
  parts: MappingVersionParts & { readonly queue: Queue },
  caller: Caller,
  id: string,
  value: string,
): Promise<Mapped> {
  if (!isId(id)) throw notFound('unmapped code');
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    // What takes long is done before anything is locked: who publishes, or takes back, waits for nobody's examples.
    const wider = await withCode(parts, await readCode(parts.db, caller, id), value);
    const mapped = await parts.db.transaction((tx) => useTables(tx, parts, caller, { id, value, wider }));
    if (mapped) return mapped;
  }
  throw new HubError('state-conflict', 'Versions of the mappings are being published: try again when that is done.');
}

/** Undefined: other versions are in use by now. */
async function useTables(
  tx: Sql,
  { queue }: { readonly queue: Queue },
  caller: Caller,
  { id, value, wider }: { readonly id: string; readonly value: string; readonly wider: readonly Wider[] | undefined },
): Promise<Mapped | undefined> {
  const row = await lockCode(tx, caller, id);
  const mapped = { connectionId: row.connection_id, resumed: 0, wasSkipped: false };
  if (row.mapped_to === value) return mapped;
  if (row.mapped_to !== null)
    throw new HubError(
      'state-conflict',
      'The code is mapped already, to another value: publish a version that says otherwise.',
    );
  if (!wider) return undefined;
  for (const { of, looked } of wider)
    if (JSON.stringify(await versionsInUse(tx, of)) !== JSON.stringify(looked)) return undefined;
  for (const { of, inUse, files } of wider) {
    if (!files) continue;
    const made = await insertVersion(tx, of, caller.clientId, {
      files,
      note: `A code was mapped in ${row.table_path}.`,
    });
    await stepIn(tx, of, made, inUse, caller.clientId);
  }
  const resumed = await endWait(tx, queue, { id, mappedTo: value, by: caller.clientId });
  await appendEvents(tx, [
    {
      type: 'unmapped_code.mapped',
      organizationId: row.organization_id,
      connectionId: row.connection_id,
      data: { unmappedCodeId: id, table: row.table_path, resumed, by: caller.clientId },
    },
  ]);
  return { ...mapped, resumed, wasSkipped: row.skipped > 0 };
}

/** Lock order: connection, code. */
async function lockCode(tx: Sql, caller: Caller, id: string): Promise<CodeRow> {
  await tx.query(
    `select 1 from connection where id = (select connection_id from unmapped_code where id = $1 and organization_id = $2)
     for no key update`,
    [id, caller.organizationId],
  );
  return readCode(tx, caller, id, 'for update of u');
}

async function readCode(sql: Sql, caller: Caller, id: string, lock: 'for update of u' | '' = ''): Promise<CodeRow> {
  const found = await sql.query<CodeRow>(
    `select u.id, u.organization_id, u.connection_id, c.adapter, u.table_path, u.side, u.code, u.skipped, u.mapped_to
     from unmapped_code u join connection c on c.id = u.connection_id where u.id = $1 and u.organization_id = $2 ${lock}`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('unmapped code');
  return row;
}

interface Wider {
  readonly of: MappingOf;
  /** All versions that were in use when it was looked. */
  readonly looked: readonly VersionInUse[];
  readonly inUse: VersionInUse;
  /** With the code; undefined: it does not read the table, or lists the code. */
  readonly files: MappingTexts | undefined;
}

/** Every version in use of every mapping of the connection, with the code. Undefined: it is mapped already. Errors: validation. */
async function withCode(
  { db, tools }: MappingVersionParts,
  row: CodeRow,
  value: string,
): Promise<readonly Wider[] | undefined> {
  if (row.mapped_to !== null) return undefined;
  const { adapter, connection_id: connectionId, organization_id: organizationId } = row;
  const wider: Wider[] = [];
  for (const name of tools.names(adapter)) {
    const of: MappingOf = { adapter, name, connectionId, organizationId };
    const looked = await versionsInUse(db, of);
    for (const inUse of looked) {
      const texts = await textsOf(db, tools, of, inUse.number);
      const files = tools.withCode(texts, { table: row.table_path, side: row.side, code: row.code, value });
      if (files) await checkValue(tools, of, files);
      wider.push({ of, looked, inUse, files });
    }
  }
  return wider;
}

async function checkValue(tools: MappingVersionParts['tools'], of: MappingOf, files: MappingTexts): Promise<void> {
  const problems = await tools.problems(of, files);
  if (problems.length > 0)
    throw new HubError(
      'validation',
      `With this value the mapping ${of.adapter}.${of.name} is not sound: see "problems".`,
      {
        errors: [{ pointer: '/value', detail: 'expected a value that the mappings with this table can use' }],
        members: { problems },
      },
    );
}
