/** Messages that HISs have sent by themselves, and what became of them. */
import { isId, notFound, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { givenOwner, ownerJson } from './owners.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { utcTime } from './times.ts';
import { Where } from './where.ts';

export interface MessageFilter {
  readonly connection?: string;
  readonly state?: 'waiting' | 'applied' | 'held' | 'dismissed';
  readonly controlId?: string;
  /** `me`, `nobody`, or the id of a person. */
  readonly owner?: string;
}

type Item = Readonly<Record<string, unknown>>;

const WAITS = `exists (select 1 from message_to_apply q where q.connection_id = m.connection_id and q.received_message_id = m.id)`;

const STATES: Readonly<Record<NonNullable<MessageFilter['state']>, string>> = {
  waiting: WAITS,
  held: `h.state = 'held'`,
  dismissed: `h.state = 'dismissed'`,
  applied: `coalesce(h.state, 'applied') = 'applied' and not ${WAITS}`,
};

const MESSAGE_JSON = `json_build_object('id', m.id, 'connectionId', m.connection_id, 'controlId', m.message_id, 'kind', m.kind,
  'state', case when h.state in ('held', 'dismissed') then h.state when ${WAITS} then 'waiting' else 'applied' end,
  'code', h.code, 'detail', h.detail, 'unmappedCodeId', h.unmapped_code_id, 'tries', coalesce(h.tries, 0), 'keyReused', m.key_reused,
  'receivedAt', ${utcTime('m.received_at')}, 'heldAt', ${utcTime('h.held_at')}, 'settledAt', ${utcTime('h.settled_at')},
  'settledBy', h.settled_by, 'owner', ${ownerJson('m.id')})`;

const OF = 'received_message m left join held_message h on h.received_message_id = m.id';

/** Newest first. */
export async function listMessages(
  sql: Sql,
  caller: Caller,
  filter: MessageFilter,
  page: PageRequest,
): Promise<Page<Item>> {
  if (filter.connection !== undefined && !isId(filter.connection)) return { items: [], next: null };
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `m.organization_id = ${parameter}::uuid`);
  where.given(filter.connection, (parameter) => `m.connection_id = ${parameter}::uuid`);
  where.given(filter.controlId, (parameter) => `m.message_id = ${parameter}`);
  if (filter.state !== undefined) where.and(STATES[filter.state]);
  await givenOwner(sql, caller, filter.owner, 'm.id', where);
  where.given(page.after?.[0], (parameter) => `m.id < ${parameter}::uuid`);
  return readPage(page, (limit) =>
    sql.query<{ item: Item; key: string[] }>(
      `select ${MESSAGE_JSON} as item, array[m.id::text] as key from ${OF} where ${where.text} order by m.id desc limit ${limit}`,
      where.values,
    ),
  );
}

/** Errors: not-found. */
export async function readMessage(sql: Sql, caller: Caller, id: string): Promise<Item> {
  if (!isId(id)) throw notFound('message');
  const found = await sql.query<{ item: Item }>(
    `select ${MESSAGE_JSON} as item from ${OF} where m.id = $1 and m.organization_id = $2`,
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('message');
  return row.item;
}
