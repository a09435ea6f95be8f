/** Send once more what failed, one by one or by a plan; settle by hand what nobody else can. */
import { replayTransaction, type ReplayInput, type ReplayParts } from '../../commands/replay.ts';
import { changeReplayPlan, createReplayPlan, type ReplayPlanInput } from '../../commands/replay-plans.ts';
import { approveReplay, readReplayApproval, rejectReplay } from '../../commands/replay-approval.ts';
import { releaseAppointment } from '../../commands/release.ts';
import { resolveTransaction, type ResolveInput } from '../../commands/resolve.ts';
import { HubError } from '../../domain/index.ts';
import { listReplayPlans, readReplayPlan, selectForReplay } from '../../queries/replay-plans.ts';
import { slotConflict } from '../../queries/slot-conflict.ts';
import type { TransactionFilter } from '../../queries/transaction-filter.ts';
import { readTransaction } from '../../queries/transactions.ts';
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

interface PlanBody {
  readonly filter: TransactionFilter;
  readonly ceiling?: number;
  readonly ratePerSecond?: number;
  readonly mode?: ReplayPlanInput['mode'];
}

const PLAN_DEFAULTS = { ceiling: 10_000, ratePerSecond: 10 };

export const replayRoutes = (parts: ReplayParts) => {
  const { db } = parts;

  const explain = async (request: ApiRequest<unknown>, error: unknown): Promise<unknown> => {
    if (!(error instanceof HubError) || error.code !== 'slot-taken') return error;
    const { slotId } = await readTransaction(db, request.caller, pathId(request));
    return slotConflict(db, request.caller, String(slotId));
  };

  const changePlan = async (
    request: ApiRequest,
    change: Parameters<typeof changeReplayPlan>[3],
    status: number,
  ): Promise<ApiReply> => {
    await changeReplayPlan(db, request.caller, pathId(request), change);
    return { status, body: await readReplayPlan(db, request.caller, pathId(request), false) };
  };

  const underWay = async (request: ApiRequest<unknown>): Promise<ApiReply> => {
    const id = pathId(request);
    return {
      status: 202,
      body: await readTransaction(db, request.caller, id),
      headers: { Location: `/v1/transactions/${id}`, 'Retry-After': '2' },
    };
  };

  return {
    async replayTransaction(request: ApiRequest<ReplayInput>) {
      const id = pathId(request);
      try {
        await replayTransaction(parts, request.caller, id, request.body);
      } catch (error) {
        throw await explain(request, error);
      }
      return underWay(request);
    },
    async readReplayApproval(request: ApiRequest) {
      return { status: 200, body: await readReplayApproval(parts, request.caller, pathId(request)) };
    },
    async approveReplay(request: ApiRequest) {
      const id = pathId(request);
      try {
        await approveReplay(parts, request.caller, id);
      } catch (error) {
        throw await explain(request, error);
      }
      return underWay(request);
    },
    async rejectReplay(request: ApiRequest) {
      await rejectReplay(parts, request.caller, pathId(request));
      return { status: 200, body: await readTransaction(db, request.caller, pathId(request)) };
    },
    async releaseAppointment(request: ApiRequest<{ readonly reason: string }>) {
      const id = await releaseAppointment(parts, request.caller, pathId(request), request.body.reason);
      return { status: 200, body: await readTransaction(db, request.caller, id) };
    },
    async resolveTransaction(request: ApiRequest<ResolveInput>) {
      await resolveTransaction(parts, request.caller, pathId(request), request.body);
      return { status: 200, body: await readTransaction(db, request.caller, pathId(request)) };
    },
    async createReplayPlan({ caller, body }: ApiRequest<PlanBody>) {
      const input: ReplayPlanInput = { ...PLAN_DEFAULTS, ...body };
      const id = await db.transaction(async (tx) =>
        createReplayPlan(tx, caller, input, await selectForReplay(tx, caller, body.filter, input.ceiling + 1)),
      );
      return {
        status: 201,
        body: await readReplayPlan(db, caller, id, true),
        headers: { Location: `/v1/replay-plans/${id}` },
      };
    },
    async listReplayPlans({ caller, query }: ApiRequest<unknown, PageQuery>) {
      return pageReply(await listReplayPlans(db, caller, pageRequest(query)));
    },
    async readReplayPlan(request: ApiRequest<unknown, { readonly items: 'all' | 'none' }>) {
      const { caller, query } = request;
      return { status: 200, body: await readReplayPlan(db, caller, pathId(request), query.items === 'all') };
    },
    runReplayPlan: (request: ApiRequest) => changePlan(request, 'run', 202),
    pauseReplayPlan: (request: ApiRequest) => changePlan(request, 'pause', 200),
    cancelReplayPlan: (request: ApiRequest) => changePlan(request, 'cancel', 200),
  } satisfies Handlers;
};
