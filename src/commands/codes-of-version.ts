/** A version that lists a code for which something waits maps it, as if somebody had said by itself what it means. */
import type { Queue } from '../db/queue.ts';
import type { Sql } from '../db/database.ts';
import { appendEvents } from '../ledger/event.ts';
import { endWait } from '../ledger/unmapped-code.ts';
import { activeNumber, textsOf, type MappingOf } from './mapping-names.ts';
import type { MappingTools } from './mapping-tools.ts';

interface OpenCode extends Record<string, unknown> {
  readonly id: string;
  readonly table: string;
  readonly side: 'vendor' | 'canonical';
  readonly code: string;
  readonly names: readonly string[];
  readonly skipped: number;
}

/**
 * What is in use now lists some of the codes that were met where it was not: what waited for these goes on. A code that another
 * mapping has met goes on when that one lists it, too. Returns whether the HIS is to be read again, for what was left out.
 * The caller has locked the connection.
 */
export async function endWaitsOf(
  tx: Sql,
  { queue, tools }: { readonly queue: Queue; readonly tools: MappingTools },
  of: MappingOf,
  by: string,
): Promise<boolean> {
  const open = await tx.query<OpenCode>(
    `select id, table_path as "table", side, code, names, skipped from unmapped_code
     where connection_id = $1 and mapped_at is null and $2 = any(names) order by id for update`,
    [of.connectionId, of.name],
  );
  let wasSkipped = false;
  for (const row of open.rows) {
    const mappedTo = await valueInAll(tx, tools, of, row);
    if (mappedTo === undefined) continue;
    const resumed = await endWait(tx, queue, { id: row.id, mappedTo, by });
    wasSkipped ||= row.skipped > 0;
    await appendEvents(tx, [
      {
        type: 'unmapped_code.mapped',
        organizationId: of.organizationId,
        connectionId: of.connectionId,
        data: { unmappedCodeId: row.id, table: row.table, resumed, by },
      },
    ]);
  }
  return wasSkipped;
}

/** What the code means in the mappings that have met it; undefined: one of them does not list it. */
async function valueInAll(tx: Sql, tools: MappingTools, of: MappingOf, row: OpenCode): Promise<string | undefined> {
  let value: string | undefined;
  for (const name of row.names) {
    const each = { ...of, name };
    const texts = await textsOf(tx, tools, each, await activeNumber(tx, each));
    value = tools.valueOf(texts, row);
    if (value === undefined) return undefined;
  }
  return value;
}
