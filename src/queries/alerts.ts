/** What a person should look at, and what was. */
import type { Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

type Json = Readonly<Record<string, unknown>>;

export interface AlertFilter {
  readonly state: 'open' | 'resolved' | 'all';
  readonly kind?: string;
}

const ALERT_JSON = `json_build_object('id', a.id, 'kind', a.kind, 'subjectType', a.subject_type, 'subjectId', a.subject_id,
  'detail', a.detail, 'link', a.link, 'openedAt', ${utcTime('a.opened_at')}, 'resolvedAt', ${utcTime('a.resolved_at')})`;

/** Newest first. */
export function listAlerts(sql: Sql, caller: Caller, filter: AlertFilter, page: PageRequest): Promise<Page<Json>> {
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `a.organization_id = ${parameter}::uuid`);
  if (filter.state !== 'all') where.and(`a.resolved_at is ${filter.state === 'open' ? 'null' : 'not null'}`);
  where.given(filter.kind, (parameter) => `a.kind = ${parameter}`);
  const [openedAt, id] = page.after ?? [];
  if (page.after)
    where.and(
      `(a.opened_at, a.id) < (${where.parameter(openedAt ?? '')}::timestamptz, ${where.parameter(id ?? '')}::uuid)`,
    );
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${ALERT_JSON} as item, array[a.opened_at::text, a.id::text] as key from alert a
       where ${where.text} order by a.opened_at desc, a.id desc limit ${limit}`,
      where.values,
    ),
  );
}
