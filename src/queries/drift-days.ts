/** Differences between HISs and hub, counted by provider and day. */
import { isId, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import { firstIdOf } from './connection-health.ts';
import type { DriftFilter } from './drift.ts';
import { Where } from './where.ts';

type Item = Readonly<Record<string, unknown>>;

const FOUND_WITHIN_MS = 30 * 24 * 3600_000;
const ROWS_AT_MOST = 200;

/** contracts/schemas/drift-day.schema.json, those with open ones first. */
export async function listDriftDays(
  sql: Sql,
  caller: Caller,
  filter: Pick<DriftFilter, 'connection' | 'state'>,
): Promise<readonly Item[]> {
  if (filter.connection !== undefined && !isId(filter.connection)) return [];
  const where = new Where();
  where.given(caller.organizationId, (parameter) => `d.organization_id = ${parameter}::uuid`);
  where.given(filter.connection, (parameter) => `d.connection_id = ${parameter}::uuid`);
  where.given(filter.state, (parameter) => `d.state = ${parameter}`);
  where.given(
    firstIdOf(Date.now() - FOUND_WITHIN_MS),
    (parameter) => `(d.id >= ${parameter}::uuid or d.state = 'open')`,
  );
  const system = where.parameter(HIS_KEY);
  const found = await sql.query<{ item: Item }>(
    `with differing as (
       select d.connection_id, d.kind, d.state, coalesce(d.provider_id, a.provider_id, s.provider_id, e.entity_id) as provider_id,
         coalesce(a.location_id, s.location_id) as location_id,
         coalesce(a.start_at, s.start_at, (d.details ->> 'start')::timestamptz) as start_at
       from drift d
       left join appointment a on a.id = d.appointment_id
       left join slot s on s.id = d.slot_id
       left join external_identifier e on e.connection_id = d.connection_id and e.entity = 'provider' and e.system = ${system}
         and e.value = d.details ->> 'providerExternalId'
       where ${where.text}),
     placed as (
       select f.connection_id, f.kind, f.state, f.provider_id, (f.start_at at time zone coalesce(l.time_zone, other.time_zone, 'UTC'))::date as day
       from differing f
       left join location l on l.id = f.location_id
       left join lateral (select o.time_zone from provider_location pl join location o on o.id = pl.location_id
         where pl.provider_id = f.provider_id order by o.name, o.id limit 1) other on true),
     counted as (
       select connection_id, provider_id, day, kind, count(*) as count, count(*) filter (where state = 'open') as open
       from placed group by connection_id, provider_id, day, kind)
     select json_build_object('connectionId', c.connection_id, 'providerId', c.provider_id,
       'providerName', max(concat_ws(' ', p.prefix, array_to_string(p.given, ' '), p.family)) filter (where p.id is not null),
       'day', c.day::text, 'open', sum(c.open), 'settled', sum(c.count - c.open), 'kinds', json_object_agg(c.kind, c.count)) as item
     from counted c left join provider p on p.id = c.provider_id
     group by c.connection_id, c.provider_id, c.day
     order by sum(c.open) > 0 desc, c.day nulls last, c.provider_id limit ${ROWS_AT_MOST}`,
    where.values,
  );
  return found.rows.map((row) => row.item);
}
