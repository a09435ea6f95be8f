/** Appointments as callers see them: one statement each, JSON made in SQL. */
import { isId, notFound, type Appointment, type AppointmentStatus, type Caller } from '../domain/index.ts';
import { Grouped, lists, prepared, type Sql } from '../db/database.ts';
import { appointmentVisibleTo } from '../identity/visible-appointments.ts';
import { openReason, type Seal } from '../ledger/seal.ts';
import { CLOSED } from '../ledger/state-lists.ts';
import { readPage, type Page, type PageRequest } from './page.ts';
import { zonedTime } from './times.ts';
import { Where } from './where.ts';

const PENDING_CHANGE = `select json_strip_nulls(json_build_object('kind', t.kind, 'transactionId', t.id,
    'slotId', case when t.kind = 'reschedule' then t.slot_id end)) as change
  from transaction t where t.appointment_id = a.id and t.kind <> 'book'
    and t.state not in ${CLOSED} and t.released_at is null order by t.sequence limit 1`;

/** `pending` is the row of PENDING_CHANGE, or null. */
const MEMBERS = `'id', a.id, 'status', a.status, 'slotId', a.slot_id, 'providerId', a.provider_id,
  'locationId', a.location_id, 'connectionId', a.connection_id, 'patientId', a.patient_id,
  'start', ${zonedTime('a.start_at', 'l.time_zone')}, 'end', ${zonedTime('a.end_at', 'l.time_zone')},
  'timeZone', l.time_zone, 'mode', a.mode, 'reason', encode(a.reason, 'base64'), 'externalId', a.external_id, 'version', a.version,
  'transactions', coalesce((select json_agg(json_build_object('id', t.id, 'kind', t.kind, 'state', t.state) order by t.sequence)
    from transaction t where t.appointment_id = a.id), '[]')`;
const APPOINTMENT_JSON = `case when pending.change is null then json_build_object(${MEMBERS})
  else json_build_object(${MEMBERS}, 'pendingChange', pending.change) end`;

const WITH = `join location l on l.id = a.location_id left join lateral (${PENDING_CHANGE}) pending on true`;
const FROM = `appointment a ${WITH}`;

type Opening = Pick<Seal, 'open'>;

/** As SQL gives it, its reason is sealed, in base64. */
const opened = (seal: Opening, sealed: Appointment): Appointment => ({
  ...sealed,
  reason: openReason(seal, sealed.id, sealed.reason === null ? null : Buffer.from(sealed.reason, 'base64')),
});

/** Errors: not-found (also: not the caller's to see). */
export async function readAppointment(sql: Sql, seal: Opening, caller: Caller, id: string): Promise<Appointment> {
  if (!isId(id)) throw notFound('appointment');
  const values: unknown[] = [id];
  const found = await sql.query<{ item: Appointment }>(
    `select ${APPOINTMENT_JSON} as item from ${FROM} where a.id = $1 and ${appointmentVisibleTo(caller, 'a', values)}`,
    values,
  );
  const [row] = found.rows;
  if (!row) throw notFound('appointment');
  return opened(seal, row.item);
}

/** Reads for many requests at once: those of one caller that come together are one statement. */
export class AppointmentReader {
  readonly #sql: Sql;
  readonly #seal: Opening;
  readonly #callers = new WeakMap<Caller, Grouped<string, Appointment | undefined>>();

  constructor(sql: Sql, seal: Opening) {
    this.#sql = sql;
    this.#seal = seal;
  }

  /** As readAppointment. */
  async read(caller: Caller, id: string): Promise<Appointment> {
    const grouped = this.#callers.get(caller) ?? this.#open(caller);
    const item = isId(id) ? await grouped.ask(id) : undefined;
    if (!item) throw notFound('appointment');
    return item;
  }

  #open(caller: Caller): Grouped<string, Appointment | undefined> {
    const values: unknown[] = [[]];
    const text = prepared(
      // Each is looked up by its key; of many ids at once Postgres, without statistics, makes a walk through all of the organization.
      `select ${APPOINTMENT_JSON} as item from unnest(${lists('$1::uuid[]')}) as asked (id)
       cross join lateral (select * from appointment where id = asked.id limit 1) as a ${WITH}
       where ${appointmentVisibleTo(caller, 'a', values)}`,
    );
    const grouped = new Grouped<string, Appointment | undefined>(async (ids) => {
      const found = await this.#sql.query<{ item: Appointment }>(text, [ids, ...values.slice(1)]);
      const items = new Map(found.rows.map(({ item }) => [item.id, opened(this.#seal, item)]));
      return ids.map((id) => items.get(id));
    });
    this.#callers.set(caller, grouped);
    return grouped;
  }
}

export interface AppointmentFilter {
  readonly patient?: string;
  readonly provider?: string;
  readonly location?: string;
  readonly status?: AppointmentStatus;
  readonly from?: string;
  readonly to?: string;
  readonly updatedSince?: string;
}

/** Ascending by creation. Ids that are none match nothing. */
export async function listAppointments(
  sql: Sql,
  seal: Opening,
  caller: Caller,
  filter: AppointmentFilter,
  page: PageRequest,
): Promise<Page<Appointment>> {
  const where = new Where();
  where.and(appointmentVisibleTo(caller, 'a', where.values));
  for (const [column, id] of [
    ['patient_id', filter.patient],
    ['provider_id', filter.provider],
    ['location_id', filter.location],
  ] as const) {
    if (id !== undefined && !isId(id)) return { items: [], next: null };
    where.given(id, (parameter) => `a.${column} = ${parameter}::uuid`);
  }
  where.given(filter.status, (parameter) => `a.status = ${parameter}`);
  where.given(filter.from, (parameter) => `a.end_at > ${parameter}::timestamptz`);
  where.given(filter.to, (parameter) => `a.start_at < ${parameter}::timestamptz`);
  where.given(filter.updatedSince, (parameter) => `a.updated_at >= ${parameter}::timestamptz`);
  where.given(page.after?.[0], (parameter) => `a.id > ${parameter}::uuid`);
  const found = await readPage(page, (limit) =>
    sql.query<{ item: Appointment; key: string[] }>(
      `select ${APPOINTMENT_JSON} as item, array[a.id::text] as key
       from ${FROM} where ${where.text} order by a.id limit ${limit}`,
      where.values,
    ),
  );
  return { ...found, items: found.items.map((item) => opened(seal, item)) };
}
