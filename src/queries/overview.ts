/** How the hub does, in one reading: every connection of the organization, and what waits for a person. */
import type { Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { FOR_PERSON, SETTLED } from '../ledger/state-lists.ts';
import { firstIdOf } from './connection-health.ts';
import { utcTime } from './times.ts';

type Json = Readonly<Record<string, unknown>>;

const DAY_MS = 24 * 3600_000;
/** Whoever watches sees it this fresh; however many watch, it is counted no more often. */
const KEPT_MS = 10_000;

const SUCCEEDED = `r.class = 'success'`;
const TROUBLED = `r.class in ('transient', 'throttled', 'auth', 'unknown', 'uncategorised')`;

// One pass over the calls of the day, whose ids begin with their time (see connection-health.ts), for all connections.
const OVERVIEW = `with calls as materialized (
    select t.connection_id, date_trunc('hour', a.started_at) as hour, r.class, r.duration_ms
    from attempt a join transaction t on t.id = a.transaction_id left join attempt_result r on r.attempt_id = a.id
    where a.id >= $2 and a.purpose = 'execute' and t.organization_id = $1
    union all
    -- Entered as they were made: nobody was called.
    select t.connection_id, date_trunc('hour', t.settled_at), 'success', null
    from connection c join transaction t on t.connection_id = c.id
    where c.organization_id = $1 and c.managed_by = 'hub' and t.state = 'succeeded' and t.attempts = 0
      and t.settled_at >= now() - interval '24 hours'
  ), days as (
    select r.connection_id, json_build_object('attempts', count(*), 'succeeded', count(*) filter (where ${SUCCEEDED}),
      'refused', count(*) filter (where r.class in ('conflict', 'not-found', 'invalid', 'unsupported')),
      'unavailable', count(*) filter (where r.class in ('transient', 'throttled', 'auth')),
      'lost', count(*) filter (where r.class in ('unknown', 'uncategorised')),
      'p50Ms', percentile_cont(0.5) within group (order by r.duration_ms),
      'p95Ms', percentile_cont(0.95) within group (order by r.duration_ms)) as last24h
    from calls r group by r.connection_id
  ), hours as (
    select h.connection_id, json_agg(h.shown order by h.hour) as hours from (
      select r.connection_id, r.hour, json_build_object('from', ${utcTime('r.hour')}, 'attempts', count(*),
        'succeeded', count(*) filter (where ${SUCCEEDED}), 'troubled', count(*) filter (where ${TROUBLED})) as shown
      from calls r group by r.connection_id, r.hour) h
    group by h.connection_id
  ), open as (
    select t.connection_id, count(*) filter (where t.state not in ('unknown', 'verifying')) as depth,
      count(*) filter (where t.state in ('unknown', 'verifying')) as unknown,
      trunc(extract(epoch from now() - min(t.created_at) filter (where t.state not in ('unknown', 'verifying')))) as oldest_age
    from transaction t join connection c on c.id = t.connection_id
    where c.organization_id = $1 and t.state not in ${SETTLED}
    group by t.connection_id
  ), waiting as (
    select t.connection_id, count(*) filter (where t.state = 'needs_review') as needs_review,
      count(*) filter (where t.state = 'failed') as failed
    from transaction t where t.organization_id = $1 and t.state in ${FOR_PERSON} group by t.connection_id
  ), shown as (
    select c.key, json_build_object('id', c.id, 'key', c.key, 'name', c.name, 'adapter', c.adapter, 'managedBy', c.managed_by,
      'state', c.state, 'stateReason', c.state_reason,
      'breaker', case when c.state = 'parked' and c.state_reason = 'breaker-open' then 'open' else 'closed' end,
      'queue', json_build_object('depth', coalesce(o.depth, 0), 'oldestAgeSeconds', o.oldest_age),
      'unknown', coalesce(o.unknown, 0), 'needsReview', coalesce(w.needs_review, 0), 'failed', coalesce(w.failed, 0),
      'last24h', coalesce(d.last24h, '{"attempts":0,"succeeded":0,"refused":0,"unavailable":0,"lost":0,"p50Ms":null,"p95Ms":null}'),
      'hours', coalesce(h.hours, '[]'), 'synchronisedAt', ${utcTime('c.synchronised_at')},
      'stale', c.managed_by = 'his' and (c.synchronised_at is null
        or c.synchronised_at < now() - (c.policy ->> 'staleAfterMs')::float8 * interval '1 ms'),
      'nextReadAt', (select ${utcTime('min(b.due_at)')} from poll_band b where b.connection_id = c.id)) as item
    from connection c left join days d on d.connection_id = c.id left join hours h on h.connection_id = c.id
      left join open o on o.connection_id = c.id left join waiting w on w.connection_id = c.id
    where c.organization_id = $1
  )
  select json_build_object('at', ${utcTime('now()')},
    'connections', (select coalesce(json_agg(item order by key), '[]') from shown),
    'bookingsToday', (select coalesce(json_object_agg(state, count), '{}') from
      (select t.state, count(*) as count from transaction t
        where t.organization_id = $1 and t.id >= $2 and t.kind = 'book' group by t.state) booked),
    'openAlerts', (select count(*) from alert where organization_id = $1 and resolved_at is null),
    'unknown', (select coalesce(sum(unknown), 0) from open),
    'needsReview', (select coalesce(sum(needs_review), 0) from waiting),
    'failed', (select coalesce(sum(failed), 0) from waiting),
    'blocked', (select count(*) from appointment_block where organization_id = $1)) as overview`;

/** Reads the overview of an organization; again within ten seconds, what was read then. */
export function overviewReader(sql: Sql): (caller: Caller) => Promise<Json> {
  const kept = new Map<string, { readonly until: number; readonly overview: Promise<Json> }>();
  return ({ organizationId }) => {
    const known = kept.get(organizationId);
    if (known && known.until > Date.now()) return known.overview;
    const overview = sql
      .query<{ overview: Json }>(OVERVIEW, [organizationId, firstIdOf(Date.now() - DAY_MS)])
      .then(({ rows: [row] }) => row?.overview ?? {});
    kept.set(organizationId, { until: Date.now() + KEPT_MS, overview });
    overview.catch(() => kept.delete(organizationId));
    return overview;
  };
}
