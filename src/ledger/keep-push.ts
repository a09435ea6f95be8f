/** What a HIS has posted, kept as it came, each once; one that could not be read waits for a person. */
import { createHash } from 'node:crypto';
import { newId } from '../db/new-id.ts';
import type { Sql } from '../db/database.ts';
import { holdMessage, type Problem } from './held-message.ts';
import type { Seal } from './seal.ts';

export interface NewPush {
  readonly organizationId: string;
  readonly connectionId: string;
  /** The sender's key of it. */
  readonly messageId: string;
  readonly body: Uint8Array;
  /** Why it could not be read. */
  readonly unread?: Problem;
}

/** Waits while the same push is being kept by another database transaction. */
export async function keepPush(
  tx: Sql,
  seal: Seal,
  { organizationId, connectionId, messageId, body, unread }: NewPush,
): Promise<'new' | 'repeated' | 'key-reused'> {
  const id = newId();
  const sealed = seal.close(`received_message/${id}`, Buffer.from(body).toString('latin1'));
  const kept = await tx.query<{ key_reused: boolean }>(
    `insert into received_message (id, organization_id, connection_id, message_id, body_hash, body, kind, key_reused)
     select $1, $2, $3, $4, $5, $6, 'push', exists (select 1 from received_message where connection_id = $3 and message_id = $4)
     on conflict (connection_id, message_id, body_hash) do nothing returning key_reused`,
    [id, organizationId, connectionId, messageId, createHash('sha256').update(body).digest(), sealed],
  );
  const [row] = kept.rows;
  if (!row) return 'repeated';
  if (unread !== undefined) {
    await holdMessage(tx, { id, organizationId, connectionId }, unread);
  }
  return row.key_reused ? 'key-reused' : 'new';
}
