/** When certificates and tokens of a connection end, as they were last seen. */
import type { Sql } from '../db/database.ts';

export interface Expiry {
  /** Of a server, with its host and port as `subject`; of the hub itself, where it shows one; an access token. */
  readonly kind: 'server-certificate' | 'client-certificate' | 'token';
  readonly subject: string;
  /** RFC 3339 instant. */
  readonly endsAt: string;
}

export async function keepExpiries(sql: Sql, connectionId: string, seen: readonly Expiry[]): Promise<void> {
  if (seen.length === 0) return;
  await sql.query(
    `insert into connection_expiry (connection_id, kind, subject, ends_at)
     select $1, kind, subject, "endsAt" from jsonb_to_recordset($2) as row (kind text, subject text, "endsAt" timestamptz)
     on conflict (connection_id, kind, subject) do update set ends_at = excluded.ends_at, seen_at = now()`,
    [connectionId, JSON.stringify(seen)],
  );
}

/** Its settings are others now: what was seen is not theirs. */
export async function forgetExpiries(sql: Sql, connectionId: string): Promise<void> {
  await sql.query('delete from connection_expiry where connection_id = $1', [connectionId]);
}

/** Connections of HISs whose certificates nobody has looked at for so long; the hub's own book has none. */
export async function unseenCertificates(sql: Sql, sinceMs: number): Promise<readonly string[]> {
  const found = await sql.query<{ id: string }>(
    `select c.id from connection c where c.managed_by = 'his' and c.state <> 'paused'
       and coalesce((select max(e.seen_at) from connection_expiry e where e.connection_id = c.id and e.kind = 'server-certificate')
         < now() - $1 * interval '1 ms', true)
     order by c.id`,
    [sinceMs],
  );
  return found.rows.map((row) => row.id);
}
