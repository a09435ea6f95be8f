/** A ledger of long standing, written as rows: nothing of it was ever sent. */
import type { Sql } from '../../src/db/database.ts';

/** One in so many was refused by the hospital, and one in so many failed. */
const REJECTED_EVERY = 50;
const FAILED_EVERY = 500;

/** `like`: a transaction that succeeded, which they all resemble. Asked for over the last 90 days, newest last. */
export async function seedTransactions(sql: Sql, like: string, count: number): Promise<void> {
  await sql.query(
    `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, attempts, error_class,
       error_code, created_at, settled_at)
     select gen_random_uuid(), t.organization_id, t.connection_id, t.appointment_id, t.client_id, t.kind,
       case when n % ${FAILED_EVERY} = 0 then 'failed' when n % ${REJECTED_EVERY} = 0 then 'rejected' else 'succeeded' end,
       t.slot_id, 1,
       case when n % ${FAILED_EVERY} = 0 then 'invalid' when n % ${REJECTED_EVERY} = 0 then 'conflict' end,
       case when n % ${FAILED_EVERY} = 0 then 'visit-type-unknown' when n % ${REJECTED_EVERY} = 0 then 'slot-taken' end,
       at, at + interval '1 second'
     from generate_series(1, $2::int) n, transaction t,
       lateral (select now() - interval '90 days' * (1 - n::float8 / $2::int) as at) times
     where t.id = $1`,
    [like, count],
  );
  await sql.query('analyze transaction');
}

/** What was done to all transactions but these, in one word: another one when anything was. */
export async function markOfOthers(sql: Sql, ids: readonly string[]): Promise<string> {
  const found = await sql.query<{ mark: string }>(
    `select md5(string_agg(concat_ws(' ', id, state, attempts, replays, settled_at), ',' order by id)) as mark
     from transaction where not id = any($1::uuid[])`,
    [ids],
  );
  return found.rows[0]?.mark ?? '';
}
