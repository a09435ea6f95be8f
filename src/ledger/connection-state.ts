/** A connection that stops, by itself or by a person, and starts again; and what that means for its waiting transactions. */
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';

/** Why a connection is parked when its HIS was found unwell. */
export const UNWELL = 'breaker-open';

/** It does not work (credentials refused, breaker open): nothing is sent by any process until a probe, from `probeAt` on, succeeds. */
export async function parkConnection(sql: Sql, connectionId: string, reason: string, probeAt: string): Promise<void> {
  await sql.query(
    `update connection set state = 'parked', state_reason = $2, probe_at = $3 where id = $1 and state in ('active', 'parked')`,
    [connectionId, reason, probeAt],
  );
}

/** Takes the parked connections that are to be probed now; nobody else does until their next time, `breakerResetMs` on. */
export async function takeProbe(sql: Sql): Promise<string[]> {
  const taken = await sql.query<{ id: string }>(
    `update connection set probe_at = now() + (policy ->> 'breakerResetMs')::float8 * interval '1 ms'
     where state = 'parked' and probe_at <= now() returning id`,
  );
  return taken.rows.map((row) => row.id);
}

/** It was found to work again: what waited for it is due now, oldest first. */
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

/** A person starts it, whoever stopped it: what waited for it is due now. */
export async function resumeConnection(tx: Sql, queue: Queue, connectionId: string): Promise<void> {
  await tx.query(`update connection set state = 'active', state_reason = null, probe_at = null where id = $1`, [
    connectionId,
  ]);
  await wakeParked(tx, queue, connectionId);
}

async function wakeParked(tx: Sql, queue: Queue, connectionId: string): Promise<void> {
  const due = await tx.query<{ id: string; due_at: string }>(
    `with due as (
       update transaction set due_at = now() where connection_id = $1 and state in ('parked', 'unknown') returning id, due_at, sequence)
     select id, due_at from due order by sequence`,
    [connectionId],
  );
  for (const row of due.rows) await queue.send(tx, { transactionId: row.id, dueAt: row.due_at });
}
