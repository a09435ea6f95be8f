/** Every call of the API, as it was recorded. */
import { isId, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

export interface RequestFilter {
  readonly transaction?: string;
  readonly client?: string;
  readonly route?: string;
  readonly status?: number;
  readonly from?: string;
  readonly to?: string;
}

type Item = Readonly<Record<string, unknown>>;

/** Newest first. */
export async function listRequests(
  sql: Sql,
  caller: Caller,
  filter: RequestFilter,
  page: PageRequest,
): Promise<Page<Item>> {
  if (filter.transaction !== undefined && !isId(filter.transaction)) return { items: [], next: null };
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `r.organization_id = ${parameter}::uuid`);
  where.given(filter.transaction, (parameter) => `r.transaction_id = ${parameter}::uuid`);
  where.given(filter.client, (parameter) => `r.client_id = ${parameter}`);
  where.given(filter.route, (parameter) => `r.route = ${parameter}`);
  where.given(filter.status, (parameter) => `r.status = ${parameter}`);
  where.given(filter.from, (parameter) => `r.at >= ${parameter}::timestamptz`);
  where.given(filter.to, (parameter) => `r.at < ${parameter}::timestamptz`);
  const [at, id] = page.after ?? [];
  if (at !== undefined) where.and(`(r.at, r.id) < (${where.parameter(at)}::timestamptz, ${where.parameter(id)}::uuid)`);
  return readPage(page, (limit) =>
    sql.query<{ item: Item; key: string[] }>(
      `select json_build_object('id', r.id, 'transactionId', r.transaction_id, 'clientId', r.client_id, 'method', r.method,
         'route', r.route, 'status', r.status, 'errorCode', r.error_code, 'durationMs', r.duration_ms, 'at', ${utcTime('r.at')}) as item,
         array[r.at::text, r.id::text] as key
       from api_request r where ${where.text} order by r.at desc, r.id desc limit ${limit}`,
      where.values,
    ),
  );
}
