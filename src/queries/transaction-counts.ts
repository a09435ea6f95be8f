/** The ledger in numbers: by state, and by what went wrong. */
import { isId, TRANSACTION_STATES, type Caller, type TransactionState } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { FOR_PERSON } from '../ledger/state-lists.ts';
import { utcTime } from './times.ts';
import { transactionsThatFit, visible, type TransactionFilter } from './transaction-filter.ts';
import { Where } from './where.ts';

/** Rows that are counted of a state: enough to say "many", few enough to be counted at once in a ledger of millions. */
const AT_MOST = 10_000;

export interface TransactionCounts {
  readonly states: Readonly<Partial<Record<TransactionState, number>>>;
  readonly atMost: number;
}

/** Of what fits the filter but for its state. */
export async function countTransactions(
  sql: Sql,
  caller: Caller,
  filter: Omit<TransactionFilter, 'state'>,
): Promise<TransactionCounts> {
  const where = await transactionsThatFit(sql, caller, filter);
  if (!where) return { states: {}, atMost: AT_MOST };
  // The state as a word in each statement, so that each uses the index that was made for its state; newest first, so that one that
  // most rows have is found along the index of time, whatever the span.
  const counts = TRANSACTION_STATES.map(
    (state) => `select '${state}' as state, (select count(*) from
      (select from transaction t where ${where.text} and t.state = '${state}' order by t.sequence desc limit ${AT_MOST}) counted) as count`,
  );
  const found = await sql.query<{ state: TransactionState; count: number }>(counts.join(' union all '), where.values);
  const states: Partial<Record<TransactionState, number>> = {};
  for (const { state, count } of found.rows) if (count > 0) states[state] = count;
  return { states, atMost: AT_MOST };
}

export interface FailureGroupFilter {
  readonly connection?: string;
  readonly from?: string;
}

const WEEK_MS = 7 * 24 * 3600_000;
const GROUPS_AT_MOST = 200;

type Json = Readonly<Record<string, unknown>>;

/** Those met last first. */
export async function listFailureGroups(
  sql: Sql,
  caller: Caller,
  filter: FailureGroupFilter,
): Promise<readonly Json[]> {
  if (filter.connection !== undefined && !isId(filter.connection)) return [];
  const where = new Where();
  visible(caller, where);
  where.given(filter.connection, (parameter) => `t.connection_id = ${parameter}::uuid`);
  where.given(
    filter.from ?? new Date(Date.now() - WEEK_MS).toISOString(),
    (parameter) => `t.created_at >= ${parameter}::timestamptz`,
  );
  const found = await sql.query<{ item: Json }>(
    `select json_build_object('connectionId', g.connection_id, 'kind', g.kind, 'errorClass', g.error_class, 'errorCode', g.error_code,
       'count', sum(g.count), 'waiting', sum(g.waiting), 'firstAt', ${utcTime('min(g.first_at)')}, 'lastAt', ${utcTime('max(g.last_at)')},
       'days', json_agg(json_build_object('day', g.day, 'count', g.count) order by g.day),
       'latestTransactionId', (array_agg(g.latest order by g.last_at desc))[1]) as item
     from (
       select t.connection_id, t.kind, t.error_class, t.error_code, (t.created_at at time zone 'UTC')::date::text as day, count(*) as count,
         count(*) filter (where t.state in ${FOR_PERSON}) as waiting,
         min(t.created_at) as first_at, max(t.created_at) as last_at,
         (array_agg(t.id order by t.sequence desc))[1] as latest
       from transaction t where t.error_code is not null and ${where.text}
       group by t.connection_id, t.kind, t.error_class, t.error_code, day) g
     group by g.connection_id, g.kind, g.error_class, g.error_code
     order by max(g.last_at) desc limit ${GROUPS_AT_MOST}`,
    where.values,
  );
  return found.rows.map((row) => row.item);
}
