/**
 * A plan of many replays: a frozen list of transactions, each with what was predicted when a person looked at it. All that is
 * known of its progress is in these rows, written together with the replay itself: killed anywhere, it goes on where it was.
 */
import { newId } from '../db/new-id.ts';
import type { Database, Sql } from '../db/database.ts';
import { appendEvents } from './event.ts';
import { replay, type ReplayAnswer, type ReplayMode } from './replay.ts';
import { judgeReplay, readReplayFacts, type ReplayVerdict } from './replay-verdict.ts';
import type { Ledger } from './settle.ts';

export interface NewReplayPlan {
  readonly organizationId: string;
  readonly clientId: string;
  readonly filter: object;
  readonly ceiling: number;
  readonly ratePerSecond: number;
  /** The mappings that they began with, or the present ones. */
  readonly mode: PlanMode;
  readonly transactionIds: readonly string[];
}

export type PlanMode = Extract<ReplayMode, 'same' | 'remap'>;

type Predicted = 'will-create' | 'already-done' | 'will-conflict' | 'superseded' | 'not-replayable';

const PREDICTED: Readonly<Record<ReplayVerdict['kind'], Predicted>> = {
  replayable: 'will-create',
  'under-way': 'not-replayable',
  'already-done': 'already-done',
  superseded: 'superseded',
  'will-conflict': 'will-conflict',
  'not-replayable': 'not-replayable',
};

/** A person may look at these again and try; the others are never sent by the plan, whatever becomes of them. */
const TRIED: readonly Predicted[] = ['will-create', 'will-conflict'];

/** Returns the plan's id. Nothing is sent. */
export async function freezePlan(tx: Sql, plan: NewReplayPlan): Promise<string> {
  const id = newId();
  await tx.query(
    `insert into replay_plan (id, organization_id, client_id, filter, ceiling, rate_per_second, mode, state)
     values ($1, $2, $3, $4, $5, $6, $7, 'planned')`,
    [id, plan.organizationId, plan.clientId, JSON.stringify(plan.filter), plan.ceiling, plan.ratePerSecond, plan.mode],
  );
  const wanted = new Set<string>();
  const items = (await readReplayFacts(tx, plan.transactionIds)).map((facts, index) => {
    let verdict = judgeReplay(facts);
    if (verdict.kind === 'replayable' && !verdict.asksFirst && facts.kind !== 'cancel') {
      // Of two that want one slot, the older gets it.
      if (wanted.has(facts.slotId)) verdict = { kind: 'will-conflict' };
      wanted.add(facts.slotId);
    }
    const predicted = PREDICTED[verdict.kind];
    return {
      position: index + 1,
      transaction_id: facts.id,
      predicted,
      asks_first: verdict.kind === 'replayable' && verdict.asksFirst,
      later_transaction_id: verdict.kind === 'superseded' ? verdict.laterTransactionId : null,
      state: TRIED.includes(predicted) ? 'waiting' : 'skipped',
    };
  });
  await tx.query(
    `insert into replay_plan_item (plan_id, position, transaction_id, predicted, asks_first, later_transaction_id, state)
     select $1, position, transaction_id, predicted, asks_first, later_transaction_id, state
     from jsonb_to_recordset($2) as row (position integer, transaction_id uuid, predicted text, asks_first boolean,
       later_transaction_id uuid, state text)`,
    [id, JSON.stringify(items)],
  );
  await tellPlan(tx, plan.organizationId, 'replay_plan.planned', {
    planId: id,
    by: plan.clientId,
    count: items.length,
  });
  return id;
}

export const tellPlan = (tx: Sql, organizationId: string, type: string, data: Readonly<Record<string, unknown>>) =>
  appendEvents(tx, [{ organizationId, type, data }]);

/**
 * sent     an item was handed to the dispatcher, or refused; the next may go after `waitMs`
 * early    the rate says: not yet
 * open     all were handed over, and some are not settled yet
 * ended    nothing more is to be done: finished, paused, cancelled, or another process is at it
 */
export type PlanStep =
  { readonly kind: 'sent' | 'early'; readonly waitMs: number } | { readonly kind: 'open' } | { readonly kind: 'ended' };

interface PlanRow {
  readonly organization_id: string;
  readonly client_id: string;
  readonly mode: PlanMode;
  readonly wait_ms: number;
}

interface ItemRow {
  readonly position: number;
  readonly transaction_id: string;
}

/** How far a runner that came late may catch up. */
const CATCH_UP = `interval '100 ms'`;

const waitMs = (now: string): string => `greatest(0, ceil(extract(epoch from next_at - ${now}) * 1000))::float8`;

/**
 * One item, in one database transaction: that it was replayed and that its item is done are written together, or not at all.
 * The lock on the plan's row is the lease of whoever runs it: it ends with its process, and Postgres ends it when its holder
 * stands still. Lock order: plan, then as in replay().
 */
export function takePlanItem(
  ledger: Ledger,
  planId: string,
  onFault: (error: unknown, item: ItemRow) => void,
): Promise<PlanStep> {
  return ledger.db.transaction(async (tx) => {
    await tx.query(`set local idle_in_transaction_session_timeout = '10s'`);
    const locked = await tx.query<PlanRow & Record<string, unknown>>(
      `select organization_id, client_id, mode, ${waitMs('now()')} as wait_ms
       from replay_plan where id = $1 and state = 'running' for update skip locked`,
      [planId],
    );
    const [plan] = locked.rows;
    if (!plan) return { kind: 'ended' };
    const found = await tx.query<ItemRow & Record<string, unknown>>(
      `select position, transaction_id from replay_plan_item where plan_id = $1 and state = 'waiting' order by position limit 1`,
      [planId],
    );
    const [item] = found.rows;
    if (!item) return finishPlan(tx, planId, plan.organization_id);
    if (plan.wait_ms > 0) return { kind: 'early', waitMs: plan.wait_ms };
    const answer = await replayItem(tx, ledger, planId, plan, item, onFault);
    await tx.query(
      `update replay_plan_item set state = $3, result = $4, later_transaction_id = coalesce($5, later_transaction_id),
         done_at = clock_timestamp()
       where plan_id = $1 and position = $2`,
      [planId, item.position, ...resultOf(answer)],
    );
    const next = await tx.query<{ wait_ms: number }>(
      `update replay_plan set next_at = greatest(next_at, now() - ${CATCH_UP}) + interval '1 second' / rate_per_second
       where id = $1 returning ${waitMs('clock_timestamp()')} as wait_ms`,
      [planId],
    );
    return { kind: 'sent', waitMs: next.rows[0]?.wait_ms ?? 0 };
  });
}

/** One item that cannot be replayed for a fault of ours must not keep the others from it. */
async function replayItem(
  tx: Sql,
  ledger: Ledger,
  planId: string,
  plan: PlanRow,
  item: ItemRow,
  onFault: (error: unknown, item: ItemRow) => void,
): Promise<ReplayAnswer | undefined> {
  await tx.query('savepoint item');
  try {
    return await replay(tx, ledger, {
      organizationId: plan.organization_id,
      transactionId: item.transaction_id,
      clientId: plan.client_id,
      mode: plan.mode,
      planId,
    });
  } catch (error) {
    if (isBadLuck(error)) throw error;
    // Throws when the connection is broken, or the transaction cannot go on: then nothing was written, and the item comes again.
    await tx.query('rollback to savepoint item');
    onFault(error, item);
    return undefined;
  }
}

/** Class 40 (a deadlock, for example): the same again may succeed. */
const isBadLuck = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('40');

function resultOf(answer: ReplayAnswer | undefined): [state: string, result: string | null, laterId: string | null] {
  switch (answer?.kind) {
    case 'replayed':
      return ['replayed', null, null];
    case 'superseded':
      return ['refused', answer.kind, answer.laterTransactionId];
    case 'not-replayable':
      return ['refused', answer.why, null];
    case 'will-conflict':
      return ['refused', 'slot-taken', null];
    default:
      return ['refused', answer?.kind ?? 'internal', null];
  }
}

/** The plan ends when each transaction that it has sent is settled; its items keep how. */
async function finishPlan(tx: Sql, planId: string, organizationId: string): Promise<PlanStep> {
  const open = await tx.query(
    `select 1 from replay_plan_item i join transaction t on t.id = i.transaction_id
     where i.plan_id = $1 and i.state = 'replayed' and t.settled_at is null limit 1`,
    [planId],
  );
  if (open.rowCount !== 0) return { kind: 'open' };
  await tx.query(
    `update replay_plan_item i set result = t.state from transaction t
     where i.plan_id = $1 and i.state = 'replayed' and t.id = i.transaction_id`,
    [planId],
  );
  await tx.query(`update replay_plan set state = 'finished', ended_at = now() where id = $1`, [planId]);
  await tellPlan(tx, organizationId, 'replay_plan.finished', { planId });
  return { kind: 'ended' };
}

/** The plans that somebody should be running, the first started first. */
export async function runningPlans(db: Database): Promise<string[]> {
  const found = await db.query<{ id: string }>(
    `select id from replay_plan where state = 'running' order by started_at, id`,
  );
  return found.rows.map((row) => row.id);
}
