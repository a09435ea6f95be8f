/** Plans of many replays: make one, run it, pause it, end it. Each may be asked for again with no further effect. */
import { HubError, isId, notFound, type Caller } from '../domain/index.ts';
import type { Database, Sql } from '../db/database.ts';
import { freezePlan, tellPlan, type PlanMode } from '../ledger/replay-plan.ts';

export interface ReplayPlanInput {
  /** As in the list of transactions. */
  readonly filter: object;
  /** More transactions than this are no plan. */
  readonly ceiling: number;
  readonly ratePerSecond: number;
  /** same, unless given. */
  readonly mode?: PlanMode | undefined;
}

/** `found`: the ids of all that fit the filter, or the first `ceiling` and one more. Returns the plan's id. Errors: plan-too-large. */
export async function createReplayPlan(
  tx: Sql,
  caller: Caller,
  input: ReplayPlanInput,
  transactionIds: readonly string[],
): Promise<string> {
  if (transactionIds.length > input.ceiling) {
    throw new HubError(
      'plan-too-large',
      `More than ${input.ceiling} transactions fit the filter. Narrow it, by time for example, and make several plans.`,
      { members: { ceiling: input.ceiling } },
    );
  }
  const { organizationId, clientId } = caller;
  const { mode = 'same' } = input;
  return freezePlan(tx, { organizationId, clientId, ...input, mode, transactionIds });
}

type State = 'planned' | 'running' | 'paused' | 'cancelled' | 'finished';

interface Change {
  readonly to: State;
  readonly from: readonly State[];
  /** In these it is done already. */
  readonly done: readonly State[];
  readonly event: string;
  readonly word: string;
}

const CHANGES = {
  run: { to: 'running', from: ['planned', 'paused'], done: ['running', 'finished'], event: 'started', word: 'run' },
  pause: { to: 'paused', from: ['running'], done: ['paused'], event: 'paused', word: 'paused' },
  cancel: {
    to: 'cancelled',
    from: ['planned', 'running', 'paused'],
    done: ['cancelled'],
    event: 'cancelled',
    word: 'cancelled',
  },
} as const satisfies Record<string, Change>;

/** When it returns, not one more item is sent of a plan that was paused or cancelled. Errors: not-found, state-conflict. */
export async function changeReplayPlan(
  db: Database,
  caller: Caller,
  planId: string,
  name: keyof typeof CHANGES,
): Promise<void> {
  if (!isId(planId)) throw notFound('replay plan');
  const change: Change = CHANGES[name];
  await db.transaction(async (tx) => {
    // The runner holds this row while it sends an item.
    const found = await tx.query<{ state: State }>(
      'select state from replay_plan where id = $1 and organization_id = $2 for update',
      [planId, caller.organizationId],
    );
    const [plan] = found.rows;
    if (!plan) throw notFound('replay plan');
    if (change.done.includes(plan.state)) return;
    if (!change.from.includes(plan.state)) {
      throw new HubError(
        'state-conflict',
        `Only a plan that is ${change.from.join(' or ')} can be ${change.word}; this one is ${plan.state}.`,
        { members: { state: plan.state } },
      );
    }
    await tx.query(
      `update replay_plan set state = $2,
         started_at = case when $2 = 'running' then coalesce(started_at, now()) else started_at end,
         next_at = case when $2 = 'running' then greatest(next_at, now()) else next_at end,
         ended_at = case when $2 = 'cancelled' then now() end
       where id = $1`,
      [planId, change.to],
    );
    if (change.to === 'cancelled') {
      await tx.query(
        `update replay_plan_item set state = 'cancelled', done_at = now() where plan_id = $1 and state = 'waiting'`,
        [planId],
      );
    }
    await tellPlan(tx, caller.organizationId, `replay_plan.${change.event}`, { planId, by: caller.clientId });
  });
}
