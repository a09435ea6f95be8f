/** What was last given to a mapping, opened. */
import { setImmediate as breath } from 'node:timers/promises';
import type { Sql } from '../db/database.ts';
import { recordRow, type Seal } from './seal.ts';

const OPENED_OF_A_TURN = 10;

/** Newest first; `text` is JSON. In turns, as others want to be answered meanwhile. */
export async function readRecordedInputs(
  sql: Sql,
  seal: Seal,
  of: { readonly connectionId: string; readonly name: string },
): Promise<{ readonly id: string; readonly text: string }[]> {
  const found = await sql.query<{ id: string; input: Buffer }>(
    'select id, input from mapping_record where connection_id = $1 and name = $2 order by id desc',
    [of.connectionId, of.name],
  );
  const opened: { id: string; text: string }[] = [];
  for (const { id, input } of found.rows) {
    opened.push({ id, text: seal.open(recordRow(id), input) });
    if (opened.length % OPENED_OF_A_TURN === 0) await breath();
  }
  return opened;
}
