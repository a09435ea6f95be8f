/** Which transactions are meant: by the list, its counts, and the plans of replays. */
import { HubError, isId, type Caller, type TransactionKind, type TransactionState } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { atLocationsOf } from '../identity/visible-locations.ts';
import { givenOwner } from './owners.ts';
import { Where } from './where.ts';

export interface TransactionFilter {
  readonly state?: TransactionState;
  readonly kind?: TransactionKind;
  readonly connection?: string;
  readonly appointment?: string;
  readonly patient?: string;
  readonly externalId?: string;
  readonly errorCode?: string;
  /** `me`, `nobody`, or the id of a person. */
  readonly owner?: string;
  /** An id, the key of an appointment at its HIS, or a part of an error code. */
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Clinic apps see the transactions they asked for; staff all of their organization, or of the locations that they are bound to. */
export function visible(caller: Caller, where: Where): void {
  where.given(caller.organizationId, (parameter) => `t.organization_id = ${parameter}::uuid`);
  if (caller.role === 'app') where.given(caller.clientId, (parameter) => `t.client_id = ${parameter}`);
  const there = atLocationsOf(caller, 'location_id', where.values);
  if (there) where.and(`(select ${there} from appointment where id = t.appointment_id)`);
}

/** What the filter means, of the rows of `transaction t` that the caller may see; undefined when it can fit none. */
export async function transactionsThatFit(
  sql: Sql,
  caller: Caller,
  filter: TransactionFilter,
): Promise<Where | undefined> {
  const where = new Where();
  visible(caller, where);
  where.given(filter.state, (parameter) => `t.state = ${parameter}`);
  where.given(filter.kind, (parameter) => `t.kind = ${parameter}`);
  where.given(filter.errorCode, (parameter) => `t.error_code = ${parameter}`);
  where.given(filter.from, (parameter) => `t.created_at >= ${parameter}::timestamptz`);
  where.given(filter.to, (parameter) => `t.created_at < ${parameter}::timestamptz`);
  where.given(filter.externalId, (parameter) => `t.appointment_id in (${WITH_KEY.replaceAll('$key', parameter)})`);
  for (const [condition, id] of [
    ['t.connection_id = ', filter.connection],
    ['t.appointment_id = ', filter.appointment],
    ['(select patient_id from appointment where id = t.appointment_id) = ', filter.patient],
  ] as const) {
    if (id !== undefined && !isId(id)) return undefined;
    where.given(id, (parameter) => `${condition}${parameter}::uuid`);
  }
  if (caller.role === 'app' && filter.owner !== undefined) throw notForApps();
  await givenOwner(sql, caller, filter.owner, 't.id', where);
  return filter.q === undefined ? where : meant(sql, caller, filter.q, where);
}

const notForApps = (): HubError =>
  new HubError('validation', 'Programs are not told who works on what. Ask without "owner".', {
    errors: [{ pointer: '#/query/owner', detail: 'expected none from a program' }],
  });

/** Appointments that have a key at their HIS. */
const WITH_KEY = `select id from appointment where external_id = $key
  union select entity_id from external_identifier where entity = 'appointment' and value = $key`;

// Of one appointment or patient there are few; a thousand are enough to see that it was the wrong id.
const NAMED_BY_ID = `select $1::uuid as id union select id from transaction where appointment_id = $1::uuid
  union select x.id from transaction x join appointment a on a.id = x.appointment_id where a.patient_id = $1::uuid
  union select x.id from transaction x where x.appointment_id in (${WITH_KEY.replaceAll('$key', '$1::uuid::text')}) limit 1000`;

// One index entry is read for each code, not for each transaction: the codes are few, their transactions may be many.
const CODES_LIKE = `with recursive code (word) as (
    (select error_code from transaction where organization_id = $1 and error_code is not null order by error_code limit 1)
    union all
    select (select error_code from transaction t where t.organization_id = $1 and t.error_code > code.word
      order by t.error_code limit 1) from code where code.word is not null)
  select word from code where position(lower($2) in lower(word)) > 0`;

/** What was searched for is looked up first, so that the statement that follows has one plain condition. */
async function meant(sql: Sql, { organizationId }: Caller, q: string, where: Where): Promise<Where | undefined> {
  if (isId(q)) {
    const named = await sql.query<{ id: string }>(NAMED_BY_ID, [q]);
    const ids = named.rows.map((row) => row.id);
    where.given(ids, (parameter) => `t.id = any(${parameter}::uuid[])`);
    return where;
  }
  const appointments = await sql.query<{ id: string }>(WITH_KEY.replaceAll('$key', '$1'), [q]);
  if (appointments.rows.length > 0) {
    const ids = appointments.rows.map((row) => row.id);
    where.given(ids, (parameter) => `t.appointment_id = any(${parameter}::uuid[])`);
    return where;
  }
  const codes = await sql.query<{ word: string }>(CODES_LIKE, [organizationId, q]);
  if (codes.rows.length === 0) return undefined;
  const words = codes.rows.map((row) => row.word);
  where.given(words, (parameter) => `t.error_code = any(${parameter}::text[])`);
  return where;
}
