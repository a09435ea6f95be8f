/** The ledger, as its readers see it: ids, codes and times; no payloads. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { ownerJson } from './owners.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime, zonedTime } from './times.ts';
import { transactionsThatFit, visible, type TransactionFilter } from './transaction-filter.ts';
import { Where } from './where.ts';

type Item = Readonly<Record<string, unknown>>;

/** Apps are not told who works at the desks of an organization. */
const transactionJson = ({
  role,
}: Caller): string => `json_build_object('id', t.id, 'kind', t.kind, 'state', t.state, 'connectionId', t.connection_id,
  'appointmentId', t.appointment_id, 'slotId', t.slot_id, 'fromSlotId', t.from_slot_id, 'locationId', s.location_id,
  'providerId', s.provider_id, 'start', ${zonedTime('s.start_at', 'l.time_zone')}, 'end', ${zonedTime('s.end_at', 'l.time_zone')},
  'timeZone', l.time_zone, 'externalId', a.external_id, 'clientId', t.client_id,
  'step', t.step, 'attempts', t.attempts, 'mappingVersion', t.mapping_version,
  'errorClass', t.error_class, 'errorCode', t.error_code, 'releasedAt', ${utcTime('t.released_at')},
  'replayRequest', (select json_build_object('id', r.id, 'state', r.state, 'requestedBy', r.client_id,
      'requestedAt', ${utcTime('r.asked_at')}, 'changed', r.members)
    from replay_request r where r.transaction_id = t.id order by r.id desc limit 1),
  'dueAt', case when t.settled_at is null then ${utcTime('t.due_at')} end,
  'createdAt', ${utcTime('t.created_at')}, 'settledAt', ${utcTime('t.settled_at')}
  ${role === 'app' ? '' : `, 'owner', ${ownerJson('t.id')}`})`;

// Looked up for the rows of one page only: which those are is decided without them.
const BUSINESS_KEYS = `join slot s on s.id = t.slot_id join location l on l.id = s.location_id
  left join appointment a on a.id = t.appointment_id`;

/** Newest first. */
export async function listTransactions(
  sql: Sql,
  caller: Caller,
  filter: TransactionFilter,
  page: PageRequest,
): Promise<Page<Item>> {
  const where = await transactionsThatFit(sql, caller, filter);
  if (!where) return { items: [], next: null };
  where.given(page.after?.[0], (parameter) => `t.sequence < ${parameter}::bigint`);
  return readPage(page, (limit) =>
    sql.query<{ item: Item; key: string[] }>(
      `select ${transactionJson(caller)} as item, array[t.sequence::text] as key
       from (select * from transaction t where ${where.text} order by t.sequence desc limit ${limit}) t ${BUSINESS_KEYS}
       order by t.sequence desc`,
      where.values,
    ),
  );
}

/** Errors: not-found. */
export async function readTransaction(sql: Sql, caller: Caller, id: string): Promise<Item> {
  if (!isId(id)) throw notFound('transaction');
  const where = new Where();
  visible(caller, where);
  where.given(id, (parameter) => `t.id = ${parameter}::uuid`);
  const found = await sql.query<{ item: Item }>(
    `select ${transactionJson(caller)} as item from transaction t ${BUSINESS_KEYS} where ${where.text}`,
    where.values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('transaction');
  return row.item;
}

/**
 * The story of a transaction, oldest first: the calls of the API that carried its id, its events, its attempts.
 * Errors: not-found.
 */
export async function readTimeline(sql: Sql, caller: Caller, id: string): Promise<Item> {
  await readTransaction(sql, caller, id);
  const found = await sql.query<{ entry: Item }>(
    `select entry from (
       select r.at, 0 as rank, 0::bigint as sequence, json_build_object('at', ${utcTime('r.at')}, 'kind', 'request',
         'method', r.method, 'route', r.route, 'status', r.status, 'durationMs', r.duration_ms, 'errorCode', r.error_code,
         'clientId', r.client_id) as entry
       from api_request r where r.transaction_id = $1 and r.organization_id = $2
       union all
       select e.occurred_at, 1, e.sequence, json_build_object('at', ${utcTime('e.occurred_at')}, 'kind', 'event', 'event', e.type, 'data', e.data)
       from event e where e.transaction_id = $1 and ($3 or e.type <> 'work.assigned')
       union all
       select a.started_at, 2, a.number, json_build_object('at', ${utcTime('a.started_at')}, 'kind', 'attempt', 'number', a.number,
         'step', a.step, 'purpose', a.purpose, 'class', x.class, 'reason', x.reason, 'vendorCode', x.vendor_code,
         'durationMs', x.duration_ms, 'endedAt', ${utcTime('x.ended_at')})
       from attempt a left join attempt_result x on x.attempt_id = a.id where a.transaction_id = $1
     ) story order by at, rank, sequence`,
    // As above: apps are not told who works at the desks.
    [id, caller.organizationId, caller.role !== 'app'],
  );
  return { transactionId: id, items: found.rows.map((row) => row.entry), nextCursor: null };
}
