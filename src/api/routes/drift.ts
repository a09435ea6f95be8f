/** In step with the HISs: comparisons, the differences that they found, and what a person decides about them. */
import type { Database } from '../../db/database.ts';
import type { Caller } from '../../domain/index.ts';
import { listDriftDays } from '../../queries/drift-days.ts';
import { listDrift, listReconciliationRuns, readDrift, type DriftFilter } from '../../queries/drift.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

type Settlement = 'his-wins' | 'hub-wins';

export interface DriftRouteParts {
  readonly db: Database;
  /** Errors: not-found, state-conflict. */
  resolveDrift(caller: Caller, id: string, settlement: Settlement): Promise<void>;
  /** contracts/schemas/provider-day.schema.json. Errors: not-found. */
  seeDay(caller: Caller, providerId: string, date: string): Promise<object>;
}

export const driftRoutes = ({ db, resolveDrift, seeDay }: DriftRouteParts) =>
  ({
    async listReconciliationRuns({ caller, query }: ApiRequest<unknown, Pick<DriftFilter, 'connection'> & PageQuery>) {
      return pageReply(await listReconciliationRuns(db, caller, query, pageRequest(query)));
    },
    async listDrift({ caller, query }: ApiRequest<unknown, DriftFilter & PageQuery>) {
      return pageReply(await listDrift(db, caller, query, pageRequest(query)));
    },
    async readDriftDays({ caller, query }: ApiRequest<unknown, Pick<DriftFilter, 'connection' | 'state'>>) {
      return { status: 200, body: { items: await listDriftDays(db, caller, query), nextCursor: null } };
    },
    async readProviderDay(request: ApiRequest<unknown, { readonly date: string }>) {
      return { status: 200, body: await seeDay(request.caller, pathId(request), request.query.date) };
    },
    async resolveDrift(request: ApiRequest<{ readonly settlement: Settlement }>) {
      await resolveDrift(request.caller, pathId(request), request.body.settlement);
      return { status: 200, body: await readDrift(db, request.caller, pathId(request)) };
    },
  }) satisfies Handlers;
