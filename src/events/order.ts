/**
 * Gives every event its position, in the order of commits. Any number of processes may call it: one at a time does the work.
 *
 * Per appointment the order is that of what happened: whoever changes an appointment holds a lock on it from before its events are
 * written until its commit, so of two changes the second has higher sequences, and is visible only when the first is.
 */
import type { Database } from '../db/database.ts';

const BATCH = 2_000;

// Sees, after the lock, what is committed by now. Events of transactions from `horizon` on may lack a position. In a database that was
// restored into another server the horizon may lie in its future: then all are looked at, once.
const PLACE = `
  with state as (select last_position, horizon from event_order),
  fresh as (
    select e.sequence, e.id from event e, state
    where (e.xid >= state.horizon or state.horizon > pg_snapshot_xmax(pg_current_snapshot()))
      and not exists (select 1 from event_position p where p.sequence = e.sequence)
    order by e.sequence limit ${BATCH}),
  placed as (
    insert into event_position (position, sequence, event_id)
    select state.last_position + row_number() over (order by fresh.sequence), fresh.sequence, fresh.id from fresh, state
    returning position),
  counted as (select count(*)::int as count, max(position) as last from placed),
  kept as (
    update event_order set last_position = coalesce(counted.last, last_position),
      horizon = case when counted.count < ${BATCH} then pg_snapshot_xmin(pg_current_snapshot()) else horizon end
    from counted
    where counted.count > 0 or horizon <> pg_snapshot_xmin(pg_current_snapshot()))
  select count from counted`;

/** Returns how many got their position; 0, too, when another process is at it. */
export async function placeEvents(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    const held = await tx.query('select 1 from event_order for update skip locked');
    if (held.rowCount === 0) return 0;
    const [row] = (await tx.query<{ count: number }>(PLACE)).rows;
    return row?.count ?? 0;
  });
}

/** The position of the newest event that has one; 0 when none has. */
export async function lastPosition(db: Pick<Database, 'query'>): Promise<number> {
  const [row] = (await db.query<{ last_position: number }>('select last_position from event_order')).rows;
  return row?.last_position ?? 0;
}
