/** Messages that are committed and not applied yet: of each connection in the order of arrival, by one process at a time. */
import { lists, prepared, type Sql } from '../db/database.ts';
import { openBody } from './received-message.ts';
import type { Seal } from './seal.ts';

export interface WaitingMessage {
  readonly id: string;
  readonly sequence: number;
  readonly messageId: string;
  readonly body: Buffer;
  /** Since it was stored. */
  readonly waitedMs: number;
}

const LOCK = prepared(
  `select pg_try_advisory_xact_lock(hashtextextended('message_to_apply/' || $1::text, 0)) as taken`,
);
const NEXT = prepared(`
  select q.sequence, m.id, m.message_id, m.body, extract(epoch from now() - m.received_at) * 1000 as waited_ms
  from message_to_apply q join received_message m on m.id = q.received_message_id
  where q.connection_id = $1 order by q.sequence limit $2`);

/** The oldest of a connection; nobody else is given any of them until the database transaction ends. Undefined: somebody else has them. */
export async function takeWaiting(
  tx: Sql,
  seal: Seal,
  connectionId: string,
  limit: number,
): Promise<readonly WaitingMessage[] | undefined> {
  const locked = await tx.query<{ taken: boolean }>(LOCK, [connectionId]);
  if (!locked.rows[0]?.taken) return undefined;
  const found = await tx.query<{ sequence: number; id: string; message_id: string; body: Buffer; waited_ms: number }>(
    NEXT,
    [connectionId, limit],
  );
  return found.rows.map((row) => ({
    id: row.id,
    sequence: row.sequence,
    messageId: row.message_id,
    body: openBody(seal, row.id, row.body),
    waitedMs: row.waited_ms,
  }));
}

const DONE = prepared(
  `delete from message_to_apply where connection_id = $1 and sequence = any(${lists('$2::bigint[]')}::bigint[])`,
);

/** They wait no more: what they say is written, or they are held. */
export async function endWaiting(tx: Sql, connectionId: string, messages: readonly WaitingMessage[]): Promise<void> {
  await tx.query(DONE, [connectionId, messages.map(({ sequence }) => sequence)]);
}

/** Connections with messages that wait. */
export async function connectionsWaiting(sql: Sql): Promise<readonly string[]> {
  const found = await sql.query<{ id: string }>(
    'select id from connection c where exists (select 1 from message_to_apply q where q.connection_id = c.id)',
  );
  return found.rows.map(({ id }) => id);
}
