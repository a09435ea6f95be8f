/** What was last given to a mapping, opened. */
import type { Sql } from '../db/database.ts';
import { recordRow, type Seal } from './seal.ts';

/** Newest first. */
export async function readRecordedInputs(
  sql: Sql,
  seal: Seal,
  of: { readonly connectionId: string; readonly name: string },
): Promise<{ readonly id: string; readonly input: unknown }[]> {
  const found = await sql.query<{ id: string; input: Buffer }>(
    'select id, input from mapping_record where connection_id = $1 and name = $2 order by id desc',
    [of.connectionId, of.name],
  );
  return found.rows.map(({ id, input }) => ({ id, input: JSON.parse(seal.open(recordRow(id), input)) as unknown }));
}
