/** What a HIS told by itself, as the hub's words: notices, in the order in which the HIS says that things happened. */
import { isId } from '../domain/index.ts';
import { lists, prepared, type Sql } from '../db/database.ts';
import type { Queue } from '../db/queue.ts';
import type { PatientKeys } from './keyring.ts';
import { ALSO_KEY, HIS_KEY, MERGED } from './patient-systems.ts';
import { CLOSED } from './state-lists.ts';

export interface NewNotice {
  readonly id: string;
  /** The message that says it. */
  readonly messageId: string;
  readonly kind: 'location' | 'provider' | 'slot' | 'appointment' | 'answer' | 'patient' | 'merge';
  readonly externalId: string;
  readonly event: string;
  /** By the HIS's clock. */
  readonly at: string;
  readonly transactionId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly time?: { readonly providerExternalId: string; readonly start: string; readonly end: string } | undefined;
  /** Ids and codes only. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** SQL: of two notices of one moment, which counts. */
const IS_NEWER = (one: string, other: string): string =>
  `(${one}.event_at, notice_rank(${one}.event)) > (${other}.event_at, notice_rank(${other}.event))`;

/** SQL: that a time is offered is kept though it was blocked since; whether it is free follows from both. */
const IS_OF_SAME = (one: string, other: string): string => `(${other}.kind <> 'slot' or ${one}.event = ${other}.event)`;

const WRITE = prepared(`
  with asked as (
    select nth, is_again, id, message_id, kind, external_id, event, at as event_at, transaction_id, patient_id, provider, start_at, end_at, details
    from jsonb_to_recordset($2) as a (nth integer, is_again boolean, id uuid, message_id uuid, kind text, external_id text, event text, at timestamptz,
      transaction_id uuid, patient_id uuid, provider text, start_at timestamptz, end_at timestamptz, details jsonb))
  insert into notice (id, received_message_id, connection_id, kind, external_id, event, event_at, transaction_id, patient_id,
    provider_external_id, start_at, end_at, details, applied)
  select id, message_id, $1, kind, external_id, event, event_at, transaction_id, patient_id, provider, start_at, end_at, details,
    not exists (select 1 from notice n where n.connection_id = $1 and n.kind = a.kind and n.external_id = a.external_id
      and ${IS_OF_SAME('n', 'a')} and n.event_at >= a.event_at and ${IS_NEWER('n', 'a')})
    and not (a.is_again and exists (select 1 from asked b where b.nth < a.nth and b.kind = a.kind and b.external_id = a.external_id
      and ${IS_OF_SAME('b', 'a')} and ${IS_NEWER('b', 'a')}))
  from asked a order by nth
  returning id, applied`);

/**
 * Writes notices in their order, and returns the ids of those that count. One does not when the HIS has told something newer about
 * the same thing. Of two notices of the same moment (HL7 times are often whole seconds) the later arrival counts, but nothing
 * revives what was cancelled in that moment.
 */
export async function writeNotices(
  tx: Sql,
  connectionId: string,
  notices: readonly NewNotice[],
): Promise<ReadonlySet<string>> {
  if (notices.length === 0) return new Set();
  const subjects = new Set<string>();
  const isAgain = ({ kind, externalId }: NewNotice): boolean => {
    const { size } = subjects;
    return subjects.add(`${kind}/${externalId}`).size === size;
  };
  const rows = notices.map((notice, nth) => ({
    nth,
    // Only what is told twice is compared with all others.
    is_again: isAgain(notice),
    id: notice.id,
    message_id: notice.messageId,
    kind: notice.kind,
    external_id: notice.externalId,
    event: notice.event,
    at: notice.at,
    transaction_id: notice.transactionId !== undefined && isId(notice.transactionId) ? notice.transactionId : null,
    patient_id: notice.patientId ?? null,
    provider: notice.time?.providerExternalId ?? null,
    start_at: notice.time?.start ?? null,
    end_at: notice.time?.end ?? null,
    details: notice.details ?? {},
  }));
  const written = await tx.query<{ id: string; applied: boolean }>(WRITE, [connectionId, JSON.stringify(rows)]);
  return new Set(written.rows.flatMap(({ id, applied }) => (applied ? [id] : [])));
}

interface At {
  readonly organizationId: string;
  readonly connectionId: string;
}

const NAMED = prepared(`
  select distinct on (named.key) named.key, coalesce(gone.entity_id, named.id) as id from (
    select asked.key, e.entity_id as id, e.system = $3 as is_own from unnest(${lists('$5::text[]', '$6::text[]')}) as asked (key, value)
      join external_identifier e on e.organization_id = $1 and e.connection_id = $2 and e.entity = 'patient' and e.system in ($3, $4)
        and e.value = asked.value
    union all
    select p.id::text, p.id, false from patient p where p.organization_id = $1 and p.id = any($7::uuid[])) as named
  left join external_identifier gone on gone.organization_id = $1 and gone.connection_id = $2 and gone.entity = 'patient'
    and gone.system = $8 and gone.value = named.id::text
  order by named.key, gone.entity_id is not null, named.is_own desc, named.id`);

/**
 * The hub's patients that the HIS names by these keys: its own ones, those that it has retired, or the hub's where it gave none. Of
 * two whom it has merged, the one who is left.
 */
export async function patientsNamed(
  sql: Sql,
  patientKeys: PatientKeys,
  at: At,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0) return new Map();
  const index = await patientKeys.indexOf(at.organizationId);
  const found = await sql.query<{ key: string; id: string }>(NAMED, [
    at.organizationId,
    at.connectionId,
    HIS_KEY,
    ALSO_KEY,
    keys,
    keys.map((key) => index.identifier(HIS_KEY, key)),
    keys.filter(isId),
    MERGED,
  ]);
  return new Map(found.rows.map(({ key, id }) => [key, id]));
}

const WAKE = prepared(`
  update transaction t set due_at = now() from appointment a
  where t.connection_id = $1 and t.state = 'unknown' and a.id = t.appointment_id
    and (t.id = any($2::uuid[]) or a.patient_id = any($3::uuid[]) or a.external_id = any($4::text[]))
  returning t.id, t.due_at`);

/** What the notices may be the answer to is looked up now, rather than when the schedule says so. Returns how many. */
export async function wakeUnknown(
  tx: Sql,
  queue: Queue,
  connectionId: string,
  about: readonly Pick<NewNotice, 'transactionId' | 'patientId' | 'externalId'>[],
): Promise<number> {
  if (about.length === 0) return 0;
  const woken = await tx.query<{ id: string; due_at: string }>(WAKE, [
    connectionId,
    about.flatMap(({ transactionId }) => (transactionId !== undefined && isId(transactionId) ? [transactionId] : [])),
    about.flatMap(({ patientId }) => patientId ?? []),
    about.map(({ externalId }) => externalId),
  ]);
  for (const row of woken.rows) await queue.send(tx, { transactionId: row.id, dueAt: row.due_at });
  return woken.rows.length;
}

const DIFFERS = prepared(`
  select 1 from jsonb_to_recordset($2) as n (external_id text, is_over boolean, start_at timestamptz)
  join appointment a on a.connection_id = $1 and a.external_id = n.external_id and a.status in ('booked', 'arrived')
  where (n.is_over or n.start_at <> a.start_at)
    and not exists (select 1 from transaction t where t.appointment_id = a.id
      and t.state not in ${CLOSED})
  limit 1`);

/** Whether an appointment of the hub, of which nothing is under way, is told to be over, or at another time. */
export async function concernsOurs(tx: Sql, connectionId: string, told: readonly NewNotice[]): Promise<boolean> {
  if (told.length === 0) return false;
  const rows = told.map(({ externalId, event, time }) => ({
    external_id: externalId,
    is_over: event === 'cancelled',
    start_at: time?.start ?? null,
  }));
  return (await tx.query(DIFFERS, [connectionId, JSON.stringify(rows)])).rowCount !== 0;
}
