/** Appointments whose changes wait behind one that is stuck (the view appointment_block). */
import { isId, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { givenOwner, ownerJson } from './owners.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

export interface BlockedFilter {
  readonly connection?: string;
  /** `me`, `nobody`, or the id of a person. */
  readonly owner?: string;
}

type Item = Readonly<Record<string, unknown>>;

const BLOCKED_JSON = `json_build_object('appointmentId', b.appointment_id, 'connectionId', b.connection_id,
  'transactionId', b.transaction_id, 'kind', b.kind, 'state', b.state, 'errorCode', b.error_code,
  'since', ${utcTime('b.since')}, 'ageSeconds', greatest(0, trunc(extract(epoch from now() - b.since)))::int, 'waiting', b.waiting,
  'releasable', b.state = 'needs_review' and b.kind <> 'book', 'owner', ${ownerJson('b.transaction_id')})`;

/** Oldest first. */
export async function listBlockedAppointments(
  sql: Sql,
  caller: Caller,
  filter: BlockedFilter,
  page: PageRequest,
): Promise<Page<Item>> {
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `b.organization_id = ${parameter}::uuid`);
  if (filter.connection !== undefined && !isId(filter.connection)) return { items: [], next: null };
  where.given(filter.connection, (parameter) => `b.connection_id = ${parameter}::uuid`);
  await givenOwner(sql, caller, filter.owner, 'b.transaction_id', where);
  where.given(page.after?.[0], (parameter) => `b.sequence > ${parameter}::bigint`);
  return readPage(page, (limit) =>
    sql.query<{ item: Item; key: string[] }>(
      `select ${BLOCKED_JSON} as item, array[b.sequence::text] as key from appointment_block b
       where ${where.text} order by b.sequence limit ${limit}`,
      where.values,
    ),
  );
}
