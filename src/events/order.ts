/**
 * Gives every event its position, in the order of commits. Any number of processes may call it: one at a time does the work.
 *
 * Per appointment the order is that of what happened: whoever changes an appointment holds a lock on it from before its events are
 * written until its commit, so of two changes the second has higher sequences, and is visible only when the first is.
 */
import { prepared, type Database } from '../db/database.ts';

const BATCH = 2_000;

// In a database that was restored into another server the horizon may lie in its future: then all are looked at, once.
const SINCE = `case when horizon > pg_snapshot_xmax(pg_current_snapshot()) then '0' else horizon end`;

const HOLD = `select (${SINCE})::text as since from event_order for update skip locked`;

// Sees, after the lock, what is committed by now. Events of transactions from $1 on may lack a position: they are found by the index
// of transactions, as many as they are, and each is looked up among the positions; neither table is read as a whole, however large.
const PLACE = prepared(`
  with fresh as (
    select e.sequence, e.id from event e
    where e.xid >= $1::xid8 and e.xid <= pg_snapshot_xmax(pg_current_snapshot())
      and (select p.position from event_position p where p.sequence = e.sequence) is null
    order by e.sequence limit ${BATCH}),
  placed as (
    insert into event_position (position, sequence, event_id)
    select (select last_position from event_order) + row_number() over (order by fresh.sequence), fresh.sequence, fresh.id
    from fresh
    returning position),
  counted as (select count(*)::int as count, max(position) as last from placed),
  kept as (
    update event_order set last_position = coalesce(counted.last, last_position),
      horizon = case when counted.count < ${BATCH} then pg_snapshot_xmin(pg_current_snapshot()) else horizon end
    from counted
    where counted.count > 0 or horizon <> pg_snapshot_xmin(pg_current_snapshot()))
  select count from counted`);

// Ten times a second, in each process: without a lock, which is a write and a commit. There is work where an event lacks a position,
// and where the horizon may be put behind events that have theirs. In the order of the index, or Postgres may read a table as a whole.
const LOOK = prepared(`
  select last_position as last, (
    select e.xid from event e
    where e.xid >= ${SINCE} and e.xid <= pg_snapshot_xmax(pg_current_snapshot())
      and (e.xid < pg_snapshot_xmin(pg_current_snapshot())
        or (select p.position from event_position p where p.sequence = e.sequence) is null)
    order by e.xid limit 1) is not null as waits
  from event_order`);

/** Places what waits for it; returns the position of the newest event that has one. Where nothing has happened it is one read. */
export async function placeWaiting(db: Database): Promise<number> {
  const [row] = (await db.query<{ last: number; waits: boolean }>(LOOK)).rows;
  if (!row?.waits) return row?.last ?? 0;
  await placeEvents(db);
  return lastPosition(db);
}

/** Returns how many got their position; 0, too, when another process is at it. */
export async function placeEvents(db: Database): Promise<number> {
  return db.transaction(async (tx) => {
    const [held] = (await tx.query<{ since: string }>(HOLD)).rows;
    if (!held) return 0;
    const [row] = (await tx.query<{ count: number }>(PLACE, [held.since])).rows;
    return row?.count ?? 0;
  });
}

/** The position of the newest event that has one; 0 when none has. */
export async function lastPosition(db: Pick<Database, 'query'>): Promise<number> {
  const [row] = (await db.query<{ last_position: number }>('select last_position from event_order')).rows;
  return row?.last_position ?? 0;
}
