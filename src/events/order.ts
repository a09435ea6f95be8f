/**
 * Gives every event its position, in the order of commits. Any number of processes may call it: one at a time does the work.
 *
 * Per appointment the order is that of what happened: whoever changes an appointment holds a lock on it from before its events are
 * written until its commit, so of two changes the second has higher sequences, and is visible only when the first is.
 */
import { prepared, type Database } from '../db/database.ts';

const BATCH = 2_000;

// Sees, after the lock, what is committed by now. Events of transactions from `horizon` on may lack a position. In a database that was
// restored into another server the horizon may lie in its future: then all are looked at, once.
const PLACE = prepared(`
  with state as (
    select last_position, case when horizon > pg_snapshot_xmax(pg_current_snapshot()) then '0' else horizon end as horizon
    from event_order),
  fresh as (
    select e.sequence, e.id from event e
    where e.xid >= (select horizon from state)
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
  select count from counted`);

// Of a horizon that it does not know the planner thinks that a third of all events lie behind it, and reads all there are: for this
// transaction it is left no way but by indexes.
const HOLD = `
  select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
  from event_order for update skip locked`;

/** Returns how many got their position; 0, too, when another process is at it. */
export async function placeEvents(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    const held = await tx.query(HOLD);
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
