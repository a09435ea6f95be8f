/** The state of all connections at a glance, for /metrics: of every organization, without personal data. */
import type { Sql } from '../db/database.ts';
import { FOR_PERSON, SETTLED } from '../ledger/state-lists.ts';

/** Counts and ages of one connection; what is missing is 0. */
interface Row {
  readonly organizationId: string;
  readonly key: string;
  readonly adapter: string;
  readonly isActive: boolean;
  readonly isBreakerOpen: boolean;
  readonly throttledSeconds: number;
  readonly transactions: Readonly<Record<string, number>>;
  readonly oldestQueuedSeconds: number;
  readonly blocked: number;
  readonly oldestBlockedSeconds: number;
}

interface Gauges {
  readonly connections: readonly Row[];
  readonly replayRequests: number;
  readonly workers: number;
}

const seconds = (since: string): string => `coalesce(greatest(0, extract(epoch from now() - ${since})), 0)::float8`;

const GAUGES = `
  with counted as (
    select connection_id, state, count(*) as count, min(created_at) as oldest from transaction
    where state not in ${SETTLED} group by connection_id, state
    union all
    select connection_id, state, count(*), null from transaction
    where state in ${FOR_PERSON} group by connection_id, state),
  states as (
    select connection_id, json_object_agg(state, count) as counts,
      min(oldest) filter (where state in ('queued', 'retrying', 'parked')) as oldest_queued
    from counted group by connection_id),
  blocked as (
    select connection_id, count(*) as count, min(since) as since from appointment_block group by connection_id)
  select json_build_object(
    'workers', (select count(*) from process_presence where works and seen_at >= now() - interval '10 seconds'),
    'replayRequests', (select count(*) from replay_request where state = 'waiting'),
    'connections', coalesce((select json_agg(json_build_object(
      'organizationId', c.organization_id, 'key', c.key, 'adapter', c.adapter, 'isActive', c.state = 'active',
      'isBreakerOpen', c.state = 'parked' and c.state_reason = 'breaker-open',
      'throttledSeconds', coalesce(greatest(0, extract(epoch from r.throttled_until - now())), 0)::float8,
      'transactions', coalesce(s.counts, '{}'), 'oldestQueuedSeconds', ${seconds('s.oldest_queued')},
      'blocked', coalesce(b.count, 0), 'oldestBlockedSeconds', ${seconds('b.since')}))
      from connection c left join states s on s.connection_id = c.id left join blocked b on b.connection_id = c.id
      left join call_rate r on r.connection_id = c.id), '[]')) as gauges`;

export async function readLedgerGauges(sql: Sql): Promise<Gauges> {
  const found = await sql.query<{ gauges: Gauges }>(GAUGES);
  return found.rows[0]?.gauges ?? { connections: [], replayRequests: 0, workers: 0 };
}
