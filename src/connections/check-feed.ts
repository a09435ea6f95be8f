/** A HIS that tells by itself has nothing that could be tried: what counts is when it was last heard. */
import type { Sql } from '../db/database.ts';
import { feedHealth, PRODUCTION_POLICY, type Policy } from '../domain/index.ts';

export interface CheckWarning {
  readonly detail: string;
  readonly remedy: string;
}

export async function warnOfSilence(sql: Sql, connectionId: string): Promise<readonly CheckWarning[]> {
  const found = await sql.query<{ policy: Policy; heard_at: string | null }>(
    `select policy, (select m.received_at from received_message m where m.connection_id = c.id
       order by m.received_at desc limit 1) as heard_at
     from connection c where c.id = $1`,
    [connectionId],
  );
  const [row] = found.rows;
  if (!row) return [];
  const { detail, remedy } = feedHealth(row.heard_at, { ...PRODUCTION_POLICY, ...row.policy }, Date.now());
  return detail !== null && remedy !== null ? [{ detail, remedy }] : [];
}
