import type { Sql } from '../../db/database.ts';
import { listAlerts, type AlertFilter } from '../../queries/alerts.ts';
import type { ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';

export const alertRoutes = (sql: Sql) =>
  ({
    async listAlerts({ caller, query }: ApiRequest<unknown, PageQuery & AlertFilter>) {
      return pageReply(await listAlerts(sql, caller, query, pageRequest(query)));
    },
  }) satisfies Handlers;
