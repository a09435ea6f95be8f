/** How a connection does: what waits, what failed, and how the HIS has answered in the last 24 hours. */
import { feedHealth, isId, notFound, PRODUCTION_POLICY, type Caller, type FeedHealth } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { FOR_PERSON, SETTLED } from '../ledger/state-lists.ts';
import { expiriesJson } from './expiries.ts';
import { utcTime } from './times.ts';

/** contracts/schemas/connection-health.schema.json */
export interface ConnectionHealth {
  readonly connectionId: string;
  readonly state: string;
  readonly stateReason: string | null;
  /** Of all processes: who finds the HIS unwell parks the connection for all, until a read succeeds again. */
  readonly breaker: 'closed' | 'open';
  /** Of all processes together. */
  readonly limiter: {
    readonly callsPerSecond: number;
    readonly usedLastSecond: number;
    readonly throttledUntil: string | null;
    readonly processes: number;
  };
  readonly queue: { readonly depth: number; readonly oldestAgeSeconds: number | null };
  readonly unknown: number;
  readonly needsReview: number;
  readonly failed: number;
  readonly last24h: {
    readonly attempts: number;
    readonly succeeded: number;
    readonly refused: number;
    readonly unavailable: number;
    readonly lost: number;
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
  };
  readonly lastSuccessAt: string | null;
  readonly synchronisedAt: string | null;
  readonly stale: boolean;
  /** contracts/schemas/expiry.schema.json */
  readonly expiries: readonly object[];
  /** Null where the HIS tells nothing by itself. */
  readonly feed: FeedHealth | null;
}

const DAY_MS = 24 * 3600_000;

// Attempts carry UUIDv7 ids, whose first 48 bits are the time: the primary key finds those of the last day.
const HEALTH = `select json_build_object(
    'connectionId', c.id, 'state', c.state, 'stateReason', c.state_reason,
    'breaker', case when c.state = 'parked' and c.state_reason = 'breaker-open' then 'open' else 'closed' end,
    'limiter', json_build_object('callsPerSecond', (c.policy ->> 'callsPerSecond')::int,
      'usedLastSecond', (select count(*) from attempt a join transaction t on t.id = a.transaction_id
        where a.id >= $4 and t.connection_id = c.id),
      'throttledUntil', (select ${utcTime('r.throttled_until')} from call_rate r where r.connection_id = c.id and r.throttled_until > now()),
      'processes', (select count(*) from process_presence p where p.works and p.seen_at >= now() - interval '10 seconds')),
    'queue', json_build_object('depth', open.depth, 'oldestAgeSeconds', open.oldest_age),
    'unknown', open.unknown, 'needsReview', settled.needs_review, 'failed', settled.failed, 'last24h', recent.calls,
    'lastSuccessAt', (select ${utcTime('max(t.settled_at)')} from transaction t
      where t.connection_id = c.id and t.state = 'succeeded'),
    'synchronisedAt', ${utcTime('c.synchronised_at')}, 'expiries', ${expiriesJson('c.id')},
    'stale', c.managed_by = 'his' and (c.synchronised_at is null
      or c.synchronised_at < now() - (c.policy ->> 'staleAfterMs')::float8 * interval '1 ms')) as health, c.adapter,
    (c.policy ->> 'feedSilentAfterMs')::float8 as "feedSilentAfterMs",
    (select ${utcTime('m.received_at')} from received_message m where m.connection_id = c.id
      order by m.received_at desc limit 1) as "heardAt"
  from connection c,
  lateral (
    select count(*) filter (where not lost) as depth, count(*) filter (where lost) as unknown,
      trunc(extract(epoch from now() - min(created_at) filter (where not lost))) as oldest_age
    from (select t.created_at, t.state in ('unknown', 'verifying') as lost from transaction t
      where t.connection_id = c.id
        and t.state not in ${SETTLED}) unsettled) open,
  lateral (
    select count(*) filter (where t.state = 'needs_review') as needs_review, count(*) filter (where t.state = 'failed') as failed
    from transaction t where t.connection_id = c.id and t.state in ${FOR_PERSON}) settled,
  lateral (
    select json_build_object('attempts', count(*),
      'succeeded', count(*) filter (where r.class = 'success'),
      'refused', count(*) filter (where r.class in ('conflict', 'not-found', 'invalid', 'unsupported')),
      'unavailable', count(*) filter (where r.class in ('transient', 'throttled', 'auth')),
      'lost', count(*) filter (where r.class in ('unknown', 'uncategorised')),
      'p50Ms', percentile_cont(0.5) within group (order by r.duration_ms),
      'p95Ms', percentile_cont(0.95) within group (order by r.duration_ms)) as calls
    from (
      select r.class, r.duration_ms
      from attempt a join transaction t on t.id = a.transaction_id left join attempt_result r on r.attempt_id = a.id
      where a.id >= $3 and a.purpose = 'execute' and t.connection_id = c.id
      union all
      -- Entered in the hub's own book as they were made: nobody was called.
      select 'success', null from transaction t
      where c.managed_by = 'hub' and t.connection_id = c.id and t.state = 'succeeded' and t.attempts = 0
        and t.settled_at >= now() - interval '24 hours') r) recent
  where c.id = $1 and c.organization_id = $2`;

interface Row extends Record<string, unknown> {
  readonly health: Omit<ConnectionHealth, 'feed'>;
  readonly adapter: string;
  readonly feedSilentAfterMs: number | null;
  readonly heardAt: string | null;
}

/** `tellsByItself`: whether the HISs of an adapter send messages of their own. Errors: not-found. */
export async function readConnectionHealth(
  sql: Sql,
  caller: Caller,
  id: string,
  tellsByItself: (adapter: string) => boolean,
): Promise<ConnectionHealth> {
  if (!isId(id)) throw notFound('connection');
  const found = await sql.query<Row>(HEALTH, [
    id,
    caller.organizationId,
    firstIdOf(Date.now() - DAY_MS),
    firstIdOf(Date.now() - 1_000),
  ]);
  const [row] = found.rows;
  if (!row) throw notFound('connection');
  // A policy that was written before there was this limit has none.
  const { feedSilentAfterMs } = {
    ...PRODUCTION_POLICY,
    ...(row.feedSilentAfterMs !== null && { feedSilentAfterMs: row.feedSilentAfterMs }),
  };
  const feed = tellsByItself(row.adapter) ? feedHealth(row.heardAt, { feedSilentAfterMs }, Date.now()) : null;
  return { ...row.health, feed };
}

/** The smallest UUIDv7 of a millisecond (RFC 9562, section 5.7). */
export function firstIdOf(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
