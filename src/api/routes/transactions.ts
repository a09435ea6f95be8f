/** The ledger and the record of API calls, to be read. */
import { assignTransaction, type OwnerInput } from '../../commands/owners.ts';
import type { Database } from '../../db/database.ts';
import { listBlockedAppointments, type BlockedFilter } from '../../queries/blocked-appointments.ts';
import { listOwners } from '../../queries/owners.ts';
import { listRequests, type RequestFilter } from '../../queries/requests.ts';
import type { TransactionFilter } from '../../queries/transaction-filter.ts';
import { listTransactions, readTimeline, readTransaction } from '../../queries/transactions.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

export const transactionRoutes = (db: Database): Handlers => ({
  listTransactions: async ({ caller, query }: ApiRequest<unknown, TransactionFilter & PageQuery>) =>
    pageReply(await listTransactions(db, caller, query, pageRequest(query))),
  readTransaction: async (request: ApiRequest) => ({
    status: 200,
    body: await readTransaction(db, request.caller, pathId(request)),
  }),
  async assignTransaction(request: ApiRequest<OwnerInput>) {
    await assignTransaction(db, request.caller, pathId(request), request.body);
    return { status: 200, body: await readTransaction(db, request.caller, pathId(request)) };
  },
  listOwners: async ({ caller, query }: ApiRequest<unknown, PageQuery>) =>
    pageReply(await listOwners(db, caller, pageRequest(query))),
  readTimeline: async (request: ApiRequest) => ({
    status: 200,
    body: await readTimeline(db, request.caller, pathId(request)),
  }),
  listBlockedAppointments: async ({ caller, query }: ApiRequest<unknown, BlockedFilter & PageQuery>) =>
    pageReply(await listBlockedAppointments(db, caller, query, pageRequest(query))),
  listRequests: async ({ caller, query }: ApiRequest<unknown, RequestFilter & PageQuery>) =>
    pageReply(await listRequests(db, caller, query, pageRequest(query))),
});
