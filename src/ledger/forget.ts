/** What cannot be dropped by time as a whole, because a key of it has to be the only one as long as it lives: deleted, a little at a time. */
import type { Sql } from '../db/database.ts';

const AT_ONCE = 1_000;
const POSITIONS_AT_ONCE = 5_000;

/** Answers that were kept for repeats, once their time is over; not while their transaction is open. Returns how many. */
export async function forgetAnswers(sql: Sql): Promise<number> {
  for (let count = 0; ;) {
    const deleted = await sql.query(
      `delete from idempotency_record where ctid = any (array(
         select i.ctid from idempotency_record i
         where i.created_at < now() - (select days from retention where class = 'answers') * interval '1 day'
           and (i.transaction_id is null or i.transaction_id not in (select needed_transactions()))
         order by i.created_at limit ${AT_ONCE} for update skip locked))`,
    );
    count += deleted.rowCount ?? 0;
    if ((deleted.rowCount ?? 0) < AT_ONCE) return count;
  }
}

/** Positions of events that were dropped, all of them from before that time (RFC 3339). Returns how many. */
export async function forgetPositions(sql: Sql, before: string): Promise<number> {
  let count = 0;
  for (let after = -1; ;) {
    const { rows } = await sql.query<{ last: number | null; gone: number; is_past: boolean }>(
      `with oldest as (
         select p.position, p.event_id, not exists (select from event e where e.id = p.event_id offset 0) as is_gone from event_position p
         where p.position > $1 order by p.position limit ${POSITIONS_AT_ONCE}),
       gone as (delete from event_position where position in (select position from oldest where is_gone) returning position)
       select (select max(position) from oldest) as last, (select count(*) from gone) as gone,
         exists (select from oldest where event_id >= first_id($2)) as is_past`,
      [after, before],
    );
    const [row] = rows;
    count += row?.gone ?? 0;
    if (!row || row.last === null || row.is_past) return count;
    after = row.last;
  }
}
