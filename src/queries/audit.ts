/** The audit, as people read it: one item for each thing that was done, with what came of it. */
import { isId, type AuditOutcome, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

export interface AuditFilter {
  readonly actor?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly transaction?: string;
  readonly outcome?: AuditOutcome | 'begun';
  readonly from?: string;
  readonly to?: string;
}

/** `reason`: sealed, in hex; `detail`: JSON. */
export type AuditItem = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly reason: string | null;
  readonly detail: string;
};

/** Newest first. What was begun is shown until there is what came of it. */
export async function listAuditRecords(
  sql: Sql,
  caller: Caller,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditItem>> {
  if (filter.transaction !== undefined && !isId(filter.transaction)) return { items: [], next: null };
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `r.organization_id = ${parameter}::uuid`);
  where.given(filter.actor, (parameter) => `r.actor_id = ${parameter}`);
  where.given(filter.action, (parameter) => `r.action = ${parameter}`);
  where.given(filter.resource, (parameter) => `r.resource_id = ${parameter}`);
  where.given(filter.transaction, (parameter) => `r.transaction_id = ${parameter}::uuid`);
  where.given(filter.outcome, (parameter) => `coalesce(r.outcome, 'begun') = ${parameter}`);
  where.given(filter.from, (parameter) => `r.recorded_at >= ${parameter}::timestamptz`);
  where.given(filter.to, (parameter) => `r.recorded_at < ${parameter}::timestamptz`);
  where.and('(r.outcome is not null or not exists (select from audit_record o where o.begun_id = r.id offset 0))');
  const [at, id] = page.after ?? [];
  if (at !== undefined)
    where.and(`(r.recorded_at, r.id) < (${where.parameter(at)}::timestamptz, ${where.parameter(id)}::uuid)`);
  return readPage(page, (limit) =>
    sql.query<{ item: AuditItem; key: string[] }>(
      `select json_build_object('id', r.id, 'at', ${utcTime('r.recorded_at')}, 'sequence', s.sequence, 'action', r.action,
         'actorId', r.actor_id, 'actorRole', r.actor_role, 'address', r.address, 'resourceKind', r.resource_kind,
         'resourceId', r.resource_id, 'outcome', coalesce(r.outcome, 'begun'), 'errorCode', r.error_code,
         'detail', r.detail, 'transactionId', r.transaction_id, 'reason', encode(r.reason, 'hex')) as item,
         array[r.recorded_at::text, r.id::text] as key
       from audit_record r left join audit_seal s on s.audit_record_id = r.id
       where ${where.text} order by r.recorded_at desc, r.id desc limit ${limit}`,
      where.values,
    ),
  );
}
