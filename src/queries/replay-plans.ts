/** Plans of many replays: what one would hold, and how far one is. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { transactionsThatFit, type TransactionFilter } from './transaction-filter.ts';

type Json = Readonly<Record<string, unknown>>;

/** The transactions that a plan would hold, oldest first; `limit` of them at most. */
export async function selectForReplay(
  sql: Sql,
  caller: Caller,
  filter: TransactionFilter,
  limit: number,
): Promise<string[]> {
  const where = await transactionsThatFit(sql, caller, filter);
  if (!where) return [];
  const found = await sql.query<{ id: string }>(
    `select t.id from transaction t where ${where.text} order by t.sequence limit ${where.parameter(limit)}`,
    where.values,
  );
  return found.rows.map((row) => row.id);
}

const PLAN_JSON = `json_build_object('id', p.id, 'state', p.state, 'filter', p.filter, 'ceiling', p.ceiling,
  'ratePerSecond', p.rate_per_second, 'mode', p.mode, 'clientId', p.client_id, 'createdAt', ${utcTime('p.created_at')},
  'startedAt', ${utcTime('p.started_at')}, 'endedAt', ${utcTime('p.ended_at')},
  'count', progress.count, 'predicted', progress.predicted, 'progress', progress.progress)`;

const count = (condition: string): string => `count(*) filter (where ${condition})`;
const replayedTo = (condition: string): string => count(`i.state = 'replayed' and i.outcome ${condition}`);

/** How a replayed transaction stands: as the plan has kept it when it ended, until then as it is now. */
const RESULT = `case when i.state <> 'replayed' or i.result is not null then i.result
  when t.settled_at is not null then t.state end`;

const PROGRESS = `lateral (
  select count(*) as count,
    json_build_object('will-create', ${count(`predicted = 'will-create'`)},
      'already-done', ${count(`predicted = 'already-done'`)}, 'will-conflict', ${count(`predicted = 'will-conflict'`)},
      'superseded', ${count(`predicted = 'superseded'`)}, 'not-replayable', ${count(`predicted = 'not-replayable'`)}) as predicted,
    json_build_object('waiting', ${count(`i.state = 'waiting'`)}, 'open', ${replayedTo('is null')},
      'succeeded', ${replayedTo(`= 'succeeded'`)}, 'rejected', ${replayedTo(`= 'rejected'`)},
      'failed', ${replayedTo(`= 'failed'`)}, 'needsReview', ${replayedTo(`= 'needs_review'`)},
      'superseded', ${replayedTo(`= 'superseded'`)},
      'refused', ${count(`i.state = 'refused'`)}, 'skipped', ${count(`i.state = 'skipped'`)},
      'cancelled', ${count(`i.state = 'cancelled'`)}) as progress
  from (select i.state, i.predicted, ${RESULT} as outcome
    from replay_plan_item i join transaction t on t.id = i.transaction_id where i.plan_id = p.id) i) progress`;

/** Newest first, without their items. */
export function listReplayPlans(sql: Sql, caller: Caller, page: PageRequest): Promise<Page<Json>> {
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${PLAN_JSON} as item, array[p.id::text] as key
       from (select * from replay_plan where organization_id = $1 and ($2::uuid is null or id < $2)
         order by id desc limit ${limit}) p, ${PROGRESS} order by p.id desc`,
      [caller.organizationId, page.after?.[0] ?? null],
    ),
  );
}

/** With `items`: each with its result so far, oldest transaction first. Errors: not-found. */
export async function readReplayPlan(sql: Sql, caller: Caller, id: string, items: boolean): Promise<Json> {
  if (!isId(id)) throw notFound('replay plan');
  const found = await sql.query<{ plan: Json }>(
    `select ${PLAN_JSON} as plan from replay_plan p, ${PROGRESS} where p.id = $1 and p.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('replay plan');
  return items ? { ...row.plan, items: await readItems(sql, id) } : row.plan;
}

async function readItems(sql: Sql, planId: string): Promise<Json[]> {
  const found = await sql.query<{ item: Json }>(
    `select json_build_object('transactionId', i.transaction_id, 'predicted', i.predicted, 'asksFirst', i.asks_first,
       'laterTransactionId', i.later_transaction_id, 'state', i.state, 'result', ${RESULT},
       'errorCode', case when i.state = 'replayed' and t.settled_at is not null then t.error_code end,
       'at', ${utcTime('i.done_at')}) as item
     from replay_plan_item i join transaction t on t.id = i.transaction_id where i.plan_id = $1 order by i.position`,
    [planId],
  );
  return found.rows.map((row) => row.item);
}
