/** How the hub does, and what goes wrong: read by the console. */
import type { Sql } from '../../db/database.ts';
import { overviewReader } from '../../queries/overview.ts';
import { countTransactions, listFailureGroups, type FailureGroupFilter } from '../../queries/transaction-counts.ts';
import type { TransactionFilter } from '../../queries/transaction-filter.ts';
import type { ApiRequest, Handlers } from '../operation.ts';

export const overviewRoutes = (sql: Sql) => {
  const readOverview = overviewReader(sql);
  return {
    async readOverview({ caller }: ApiRequest) {
      return { status: 200, body: await readOverview(caller) };
    },
    async countTransactions({ caller, query }: ApiRequest<unknown, Omit<TransactionFilter, 'state'>>) {
      return { status: 200, body: await countTransactions(sql, caller, query) };
    },
    async readFailureGroups({ caller, query }: ApiRequest<unknown, FailureGroupFilter>) {
      return { status: 200, body: { items: await listFailureGroups(sql, caller, query), nextCursor: null } };
    },
  } satisfies Handlers;
};
