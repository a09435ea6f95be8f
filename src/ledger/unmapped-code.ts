/** Codes that no table lists: who waits for them, what was left out for them, and how all of it goes on. */
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { appendEvents } from './event.ts';
import { applyThoseOfCode } from './held-message.ts';

export interface MissingCode {
  readonly organizationId: string;
  readonly connectionId: string;
  /** The mapping that met it. */
  readonly name: string;
  readonly error: { readonly table: string; readonly side: 'vendor' | 'canonical'; code(): string };
}

/** Seen again after it was mapped (that version was taken back, say) it is open again. */
const FOUND = `insert into unmapped_code (id, organization_id, connection_id, table_path, side, code, names, skipped)
  values ($1, $2, $3, $4, $5, $6, array[$7], $8)
  on conflict (connection_id, table_path, side, code) do update set last_seen_at = now(),
    skipped = unmapped_code.skipped + excluded.skipped, mapped_at = null, mapped_to = null, mapped_by = null,
    names = case when unmapped_code.names @> excluded.names then unmapped_code.names
      else unmapped_code.names || excluded.names end
  returning id, (id = $1) as is_new`;

async function find(sql: Sql, missing: MissingCode, skipped: number): Promise<string> {
  const { organizationId, connectionId, name, error } = missing;
  const found = await sql.query<{ id: string; is_new: boolean }>(FOUND, [
    newId(),
    organizationId,
    connectionId,
    error.table,
    error.side,
    error.code(),
    name,
    skipped,
  ]);
  const [row] = found.rows;
  if (!row) throw new Error('an unmapped code was neither found nor made');
  if (row.is_new)
    await appendEvents(sql, [
      {
        type: 'unmapped_code.found',
        organizationId,
        connectionId,
        data: { unmappedCodeId: row.id, table: error.table },
      },
    ]);
  return row.id;
}

/** The row of a code that a message of the HIS waits for; undefined: it was mapped since `begunAt`, so that nobody waits. */
export async function codeToWaitFor(tx: Sql, missing: MissingCode, begunAt: string): Promise<string | undefined> {
  const { connectionId, error } = missing;
  const mapped = await tx.query(
    `select 1 from unmapped_code where connection_id = $1 and table_path = $2 and side = $3 and code = $4 and mapped_at >= $5 for update`,
    [connectionId, error.table, error.side, error.code(), begunAt],
  );
  return mapped.rowCount === 0 ? find(tx, missing, 0) : undefined;
}

/** One more item of what the HIS told was left out for the code. */
export const countSkipped = async (sql: Sql, missing: MissingCode): Promise<void> => void (await find(sql, missing, 1));

/** When it goes on it is written with the newest mappings, not with those that it began with. */
export async function useNewest(tx: Sql, transactionId: string): Promise<void> {
  await tx.query('update transaction set mapping_version = null where id = $1', [transactionId]);
}

/**
 * The transaction goes no further until the code is mapped; one that was mapped while the attempt was under way is waited for no
 * more. In the database transaction that holds it back.
 */
export async function waitForCode(
  tx: Sql,
  { transactionId, attemptId }: { readonly transactionId: string; readonly attemptId: string },
  missing: MissingCode,
): Promise<void> {
  const { connectionId, error } = missing;
  const mapped = await tx.query(
    `select 1 from unmapped_code where connection_id = $1 and table_path = $2 and side = $3 and code = $4
       and mapped_at >= (select started_at from attempt where id = $5) for update`,
    [connectionId, error.table, error.side, error.code(), attemptId],
  );
  if (mapped.rowCount !== 0) return useNewest(tx, transactionId);
  const id = await find(tx, missing, 0);
  await tx.query(
    `insert into unmapped_code_wait (unmapped_code_id, transaction_id) values ($1, $2) on conflict do nothing`,
    [id, transactionId],
  );
}

/**
 * It is mapped: exactly those that waited for it are due now, and are written with the newest mappings; messages of the HIS that it
 * held are in line again. Returns how many there are, of both.
 * The caller has locked the row of the code.
 */
export async function endWait(
  tx: Sql,
  queue: Queue,
  code: { readonly id: string; readonly mappedTo: string; readonly by: string },
): Promise<number> {
  await tx.query('update unmapped_code set mapped_to = $2, mapped_by = $3, mapped_at = now() where id = $1', [
    code.id,
    code.mappedTo,
    code.by,
  ]);
  const woken = await tx.query<{ id: string; due_at: string }>(
    `with ended as (delete from unmapped_code_wait where unmapped_code_id = $1 returning transaction_id),
     due as (update transaction t set due_at = now(), mapping_version = null from ended
       where t.id = ended.transaction_id and t.state in ('parked', 'retrying', 'queued', 'unknown')
       returning t.id, t.due_at, t.sequence)
     select id, due_at from due order by sequence`,
    [code.id],
  );
  // An update of a patient that such a code stopped is tried again: to send one twice changes nothing.
  await tx.query(
    `update patient_update set state = 'pending', due_at = now() where state = 'refused' and error_code = 'unmapped-code'
       and connection_id = (select connection_id from unmapped_code where id = $1)`,
    [code.id],
  );
  for (const row of woken.rows) await queue.send(tx, { transactionId: row.id, dueAt: row.due_at });
  return woken.rows.length + (await applyThoseOfCode(tx, code.id));
}
