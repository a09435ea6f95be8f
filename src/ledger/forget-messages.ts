/**
 * What a HIS told by itself is not kept for ever: its messages hold patients' data, and what they say of a time that is over says
 * nothing any more. Held messages stay until somebody sees to them, what is of a patient under a legal hold stays, and so does the newest
 * one: when a HIS was heard is asked for.
 */
import { PRODUCTION_POLICY, repeat, type Log, type Repeated } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';

/** In one database transaction: so that nobody waits for it. */
const AT_ONCE = 1_000;
const EVERY_MS = 3_600_000;

const MESSAGES = `
  with old as (
    select m.id from received_message m
    where m.connection_id = $1 and m.received_at < $2
      and m.received_at < (select max(received_at) from received_message where connection_id = $1)
      and not exists (select 1 from message_to_apply q where q.connection_id = $1 and q.received_message_id = m.id)
      and not exists (select 1 from held_message h where h.received_message_id = m.id and h.settled_at is null)
      and not exists (select 1 from notice n join patient p on p.id = n.patient_id
        where n.received_message_id = m.id and p.legal_hold is not null)
    order by m.received_at limit ${AT_ONCE}),
  settled as (delete from held_message where received_message_id in (select id from old))
  delete from received_message where id in (select id from old)`;

// Of one thing all, or nothing: an appointment whose cancellation was forgotten would stand again.
const NOTICES = `
  delete from notice where id in (
    select n.id from notice n
    where n.connection_id = $1 and n.received_at < $2 and not exists (
      select 1 from notice m where m.connection_id = n.connection_id and m.kind = n.kind and m.external_id = n.external_id
        and (m.received_at >= $2 or coalesce(m.end_at, m.event_at) >= $2
          or m.patient_id in (select id from patient where legal_hold is not null)))
    limit ${AT_ONCE})`;

/** Returns how many messages were deleted. */
export async function forgetMessages(db: Database): Promise<number> {
  const found = await db.query<{ id: string; before: string }>(
    `select c.id, now() - coalesce((c.policy ->> 'messagesKeptDays')::float8, $1) * interval '1 day' as before from connection c
     where exists (select 1 from received_message m where m.connection_id = c.id)`,
    [PRODUCTION_POLICY.messagesKeptDays],
  );
  let count = 0;
  for (const { id, before } of found.rows) {
    count += await deleteAll(db, MESSAGES, [id, before]);
    await deleteAll(db, NOTICES, [id, before]);
  }
  return count;
}

async function deleteAll(sql: Sql, text: string, values: readonly unknown[]): Promise<number> {
  for (let count = 0; ;) {
    const deleted = (await sql.query(text, values)).rowCount ?? 0;
    count += deleted;
    if (deleted < AT_ONCE) return count;
  }
}

/** At once, and each hour. */
export const startForgettingMessages = (db: Database, log: Log): Repeated =>
  repeat(
    async () => {
      const count = await forgetMessages(db);
      if (count > 0) log.info({ count }, 'messages of HISs that were kept long enough were deleted');
    },
    {
      everyMs: EVERY_MS,
      onError: (error) => log.warn({ err: error }, 'old messages of HISs were not deleted; tried again in an hour'),
    },
  );
