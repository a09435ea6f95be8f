/** Webhooks, what was sent to each, and what came of it. Their secrets are not read here. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';

type Json = Readonly<Record<string, unknown>>;

const WEBHOOK_JSON = `json_build_object('id', w.id, 'url', w.url, 'description', w.description, 'types', w.types,
  'connectionId', w.connection_id, 'state', w.state, 'stateReason', w.state_reason, 'failures', w.failures,
  'failingSince', ${utcTime('w.failing_since')}, 'resumesAt', ${utcTime('case when w.resume_at > now() then w.resume_at end')},
  'lastSuccessAt', ${utcTime('w.last_success_at')},
  'secretRotatesUntil', ${utcTime('case when w.previous_until > now() then w.previous_until end')},
  'pending', (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.state = 'pending'),
  'failed', (select count(*) from webhook_delivery d where d.webhook_id = w.id and d.state = 'failed'),
  'createdAt', ${utcTime('w.created_at')})`;

const DELIVERY_JSON = `json_build_object('id', d.id, 'eventId', e.id, 'type', e.type, 'appointmentId', d.appointment_id,
  'state', d.state, 'attempts', d.attempts, 'dueAt', ${utcTime(`case when d.state = 'pending' then d.due_at end`)},
  'createdAt', ${utcTime('d.created_at')}, 'settledAt', ${utcTime('d.settled_at')})`;

const ATTEMPT_JSON = `json_build_object('id', a.id, 'deliveryId', a.delivery_id, 'eventId', e.id, 'type', e.type,
  'number', a.number, 'at', ${utcTime('a.at')}, 'durationMs', a.duration_ms, 'status', a.status, 'errorCode', a.error_code)`;

/** Oldest first. */
export function listWebhooks(sql: Sql, caller: Caller, page: PageRequest): Promise<Page<Json>> {
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${WEBHOOK_JSON} as item, array[w.id::text] as key from webhook w
       where w.organization_id = $1 and ($2::uuid is null or w.id > $2) order by w.id limit ${limit}`,
      [caller.organizationId, page.after?.[0] ?? null],
    ),
  );
}

/** Errors: not-found. */
export async function readWebhook(sql: Sql, caller: Caller, id: string): Promise<Json> {
  if (!isId(id)) throw notFound('webhook');
  const found = await sql.query<{ item: Json }>(
    `select ${WEBHOOK_JSON} as item from webhook w where w.id = $1 and w.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('webhook');
  return row.item;
}

export interface DeliveryFilter {
  readonly state?: 'pending' | 'delivered' | 'failed';
}

// One by one: of a plain join the planner thinks that it is quicker to read all events there are.
const EVENT = `cross join lateral (
  select * from event where organization_id = d.organization_id and sequence = d.event_sequence limit 1) e`;

/** Newest first. Errors: not-found. */
export async function listDeliveries(
  sql: Sql,
  caller: Caller,
  id: string,
  filter: DeliveryFilter,
  page: PageRequest,
): Promise<Page<Json>> {
  await readWebhook(sql, caller, id);
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${DELIVERY_JSON} as item, array[d.id::text] as key
       from webhook_delivery d ${EVENT}
       where d.webhook_id = $1 and ($2::uuid is null or d.id < $2) and ($3::text is null or d.state = $3)
       order by d.id desc limit ${limit}`,
      [id, page.after?.[0] ?? null, filter.state ?? null],
    ),
  );
}

/** Errors: not-found. */
export async function readDelivery(sql: Sql, caller: Caller, id: string): Promise<Json> {
  if (!isId(id)) throw notFound('delivery');
  const found = await sql.query<{ item: Json }>(
    `select ${DELIVERY_JSON} as item from webhook_delivery d ${EVENT}
     where d.id = $1 and d.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('delivery');
  return row.item;
}

/** Newest first. Errors: not-found. */
export async function listAttempts(sql: Sql, caller: Caller, id: string, page: PageRequest): Promise<Page<Json>> {
  await readWebhook(sql, caller, id);
  return readPage(page, (limit) =>
    sql.query<{ item: Json; key: string[] }>(
      `select ${ATTEMPT_JSON} as item, array[a.id::text] as key
       from webhook_attempt a join webhook_delivery d on d.id = a.delivery_id ${EVENT}
       where a.webhook_id = $1 and ($2::uuid is null or a.id < $2) order by a.id desc limit ${limit}`,
      [id, page.after?.[0] ?? null],
    ),
  );
}
