/**
 * Order: of one appointment, only the oldest open transaction is handed to the queue. A disputed one (needs_review) is open
 * too: what came after it waits until a person has decided, or has set it aside (released_at). A failed one was certainly not
 * executed, and blocks nobody.
 */
import type { Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import { CLOSED } from './state-lists.ts';

/**
 * SQL that is true when no older transaction of the same appointment is open. `t` is the transaction. A subquery with a limit is looked
 * up by the appointment for each `t`; of `exists` Postgres makes a join, and while the table is small, or not analysed yet, one that
 * reads all of it.
 */
export const IS_OLDEST_OPEN = `(select older.id from transaction older
  where older.appointment_id = t.appointment_id and older.sequence < t.sequence
    and older.state not in ${CLOSED} and older.released_at is null limit 1) is null`;

/** SQL that is true of a booking whose cancellation waits behind it: the two cancel each other out (collapse.ts), neither is sent. */
export const IS_WITHDRAWN = `t.kind = 'book' and (select c.id from transaction c
  where c.appointment_id = t.appointment_id and c.kind = 'cancel' and c.state in ('queued', 'retrying', 'parked') limit 1) is not null`;

export async function handOver(tx: Sql, queue: Queue, appointmentId: string): Promise<void> {
  const head = await tx.query<{ id: string; state: string; due_at: string }>(
    `select id, state, due_at from transaction
     where appointment_id = $1 and state not in ${CLOSED} and released_at is null
     order by sequence limit 1`,
    [appointmentId],
  );
  const [first] = head.rows;
  if (first && first.state === 'queued') await queue.send(tx, { transactionId: first.id, dueAt: first.due_at });
}
