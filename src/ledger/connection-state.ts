/** A connection that stops, by itself or by a person, and starts again; and what that means for its waiting transactions. */
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';

/** Credentials were refused: nothing is sent until `probeAt`, when the next call tries again. */
export async function parkConnection(sql: Sql, connectionId: string, reason: string, probeAt: string): Promise<void> {
  await sql.query(
    `update connection set state = 'parked', state_reason = $2, probe_at = $3 where id = $1 and state in ('active', 'parked')`,
    [connectionId, reason, probeAt],
  );
}

/** A call succeeded again: the connection works, and what waited for it is due now, oldest first. */
export async function unparkConnection(tx: Sql, queue: Queue, connectionId: string): Promise<void> {
  const unparked = await tx.query(
    `update connection set state = 'active', state_reason = null, probe_at = null where id = $1 and state = 'parked'`,
    [connectionId],
  );
  if (unparked.rowCount !== 0) await wakeParked(tx, queue, connectionId);
}

/** A person stops it: calls under way end by themselves, nothing new is begun. Asked again, only the reason is new. */
export async function pauseConnection(sql: Sql, connectionId: string, reason: string | null): Promise<void> {
  await sql.query(`update connection set state = 'paused', state_reason = $2, probe_at = null where id = $1`, [
    connectionId,
    reason,
  ]);
}

/** A person starts it, whoever stopped it: what waited for it is due now. Call `queue.wake()` after the commit. */
export async function resumeConnection(tx: Sql, queue: Queue, connectionId: string): Promise<void> {
  await tx.query(`update connection set state = 'active', state_reason = null, probe_at = null where id = $1`, [
    connectionId,
  ]);
  await wakeParked(tx, queue, connectionId);
}

async function wakeParked(tx: Sql, queue: Queue, connectionId: string): Promise<void> {
  const due = await tx.query<{ id: string; due_at: string }>(
    `update transaction set due_at = now() where connection_id = $1 and state = 'parked' returning id, due_at`,
    [connectionId],
  );
  for (const row of due.rows) await queue.send(tx, { transactionId: row.id, dueAt: row.due_at });
}
