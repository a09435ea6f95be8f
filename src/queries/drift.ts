/** Reconciliations, and the differences that they and the polls have found. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

export interface DriftFilter {
  readonly connection?: string;
  readonly kind?: string;
  readonly state?: string;
  readonly run?: string;
}

type Item = Readonly<Record<string, unknown>>;

const DRIFT_JSON = `json_build_object('id', d.id, 'connectionId', d.connection_id, 'runId', d.run_id, 'kind', d.kind, 'cause', d.cause,
  'state', d.state, 'settlement', d.settlement, 'obstacle', d.obstacle, 'slotId', d.slot_id, 'appointmentId', d.appointment_id,
  'providerId', d.provider_id, 'transactionId', d.transaction_id, 'externalId', d.external_id, 'details', d.details,
  'foundAt', ${utcTime('d.found_at')}, 'seenAt', ${utcTime('d.seen_at')}, 'settledAt', ${utcTime('d.settled_at')},
  'settledBy', d.settled_by)`;

/** Newest first. */
export async function listDrift(sql: Sql, caller: Caller, filter: DriftFilter, page: PageRequest): Promise<Page<Item>> {
  if ([filter.connection, filter.run].some((id) => id !== undefined && !isId(id))) return { items: [], next: null };
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `d.organization_id = ${parameter}::uuid`);
  where.given(filter.connection, (parameter) => `d.connection_id = ${parameter}::uuid`);
  where.given(filter.run, (parameter) => `d.run_id = ${parameter}::uuid`);
  where.given(filter.kind, (parameter) => `d.kind = ${parameter}`);
  where.given(filter.state, (parameter) => `d.state = ${parameter}`);
  where.given(page.after?.[0], (parameter) => `d.id < ${parameter}::uuid`);
  return readPage(page, (limit) =>
    sql.query<{ item: Item; key: string[] }>(
      `select ${DRIFT_JSON} as item, array[d.id::text] as key from drift d where ${where.text} order by d.id desc limit ${limit}`,
      where.values,
    ),
  );
}

/** Errors: not-found. */
export async function readDrift(sql: Sql, caller: Caller, id: string): Promise<Item> {
  if (!isId(id)) throw notFound('drift');
  const found = await sql.query<{ item: Item }>(
    `select ${DRIFT_JSON} as item from drift d where d.id = $1 and d.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('drift');
  return row.item;
}

const RUN_JSON = `json_build_object('id', r.id, 'connectionId', r.connection_id, 'state', r.state, 'askedBy', r.asked_by,
  'errorCode', r.error_code, 'counts', r.counts, 'askedAt', ${utcTime('r.asked_at')}, 'startedAt', ${utcTime('r.started_at')},
  'endedAt', ${utcTime('r.ended_at')})`;

/** Newest first. */
export async function listReconciliationRuns(
  sql: Sql,
  caller: Caller,
  filter: Pick<DriftFilter, 'connection'>,
  page: PageRequest,
): Promise<Page<Item>> {
  if (filter.connection !== undefined && !isId(filter.connection)) return { items: [], next: null };
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `r.organization_id = ${parameter}::uuid`);
  where.given(filter.connection, (parameter) => `r.connection_id = ${parameter}::uuid`);
  where.given(page.after?.[0], (parameter) => `r.id < ${parameter}::uuid`);
  return readPage(page, (limit) =>
    sql.query<{ item: Item; key: string[] }>(
      `select ${RUN_JSON} as item, array[r.id::text] as key from reconciliation_run r
       where ${where.text} order by r.id desc limit ${limit}`,
      where.values,
    ),
  );
}
