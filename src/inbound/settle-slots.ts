/**
 * Whether a slot is free, by everything that a HIS has told about its time: a function of what was told, not of the order in which
 * it came. A slot is taken when an appointment that is not over, or a block, lies on it, and was told later than that it is free.
 */
import type { At } from '../connections/keep-directory.ts';
import type { ChangedSlot } from '../connections/mirror-slots.ts';
import { lists, prepared, type Sql } from '../db/database.ts';
import { HIS_KEY } from '../ledger/work-order.ts';

/** Where the notice n counts: nothing newer was told of the same that says when it is, or that it is over. */
const STANDS = `n.event not in ('cancelled', 'free') and not exists (
  select 1 from notice m where m.connection_id = n.connection_id and m.kind = n.kind and m.external_id = n.external_id
    and m.event_at >= n.event_at and (m.start_at is not null or m.event = 'cancelled')
    and (m.event_at, notice_rank(m.event), m.sequence) > (n.event_at, notice_rank(n.event), n.sequence))`;

const LIES_ON = (bounds: string): string => `exists (
  select 1 from notice n where n.connection_id = $2 and n.provider_external_id = t.provider and ${bounds}
    and n.kind in ('slot', 'appointment') and (f.event_at is null or (n.event_at, n.sequence) > (f.event_at, f.sequence))
    and ${STANDS})`;

/** A slot is shorter than a day; so is all that is told, but for blocks. */
const TOUCHED = `s.start_at < told.end_at and s.start_at > told.start_at - interval '24 hours' and s.end_at > told.start_at and not s.claimed`;

// Each key is looked up by itself ("offset" keeps it so): with figures that are old the planner reads all that a hospital has told.
const SETTLE = prepared(`
  with told as materialized (
    select distinct n.provider, n.start_at, n.end_at
    from (select 'appointment' as kind, unnest(${lists('$3::text[]')}) as external_id union all select 'slot', unnest(${lists('$4::text[]')})) as asked
    cross join lateral (
      select provider_external_id as provider, start_at, end_at from notice
      where connection_id = $2 and kind = asked.kind and external_id = asked.external_id and start_at is not null offset 0) as n),
  told_of as materialized (
    select told.*, e.entity_id as provider_id from told
    join external_identifier e on e.organization_id = $1 and e.connection_id = $2 and e.entity = 'provider' and e.system = $5 and e.value = told.provider),
  touched as materialized (
    select s.id, s.start_at, s.end_at, s.external_id, told.provider from told_of told
      join slot s on s.provider_id = told.provider_id and s.status = 'free' and ${TOUCHED}
    union select s.id, s.start_at, s.end_at, s.external_id, told.provider from told_of told
      join slot s on s.provider_id = told.provider_id and s.status = 'busy' and not s.hub_managed and ${TOUCHED}),
  judged as materialized (
    select t.id, case when ${LIES_ON(`n.start_at < t.end_at and n.start_at > t.start_at - interval '24 hours' and n.end_at > t.start_at`)}
      or ${LIES_ON(`n.end_at - n.start_at > interval '24 hours' and n.end_at > t.start_at and n.start_at < t.end_at`)}
      then 'busy' else 'free' end as status
    from touched t left join lateral (
      select event_at, sequence from notice f where f.connection_id = $2 and f.kind = 'slot' and f.external_id = t.external_id
        and f.event = 'free' order by event_at desc, sequence desc limit 1) f on true)
  update slot s set status = judged.status, as_of = now() from judged
  where s.id = judged.id and not s.claimed and s.status in ('free', 'busy') and s.status <> judged.status
  returning s.id as "slotId", s.provider_id as "providerId", s.status`);

/** Keys of the HIS: every time at which they were told to be is looked at. */
export interface Told {
  readonly appointments: readonly string[];
  /** Of slots, and of blocks. */
  readonly slots: readonly string[];
}

/** Call in the database transaction that has written the notices. Returns the slots that are free, or taken, now. */
export async function settleSlots(tx: Sql, at: At, { appointments, slots }: Told): Promise<readonly ChangedSlot[]> {
  if (appointments.length === 0 && slots.length === 0) return [];
  const changed = await tx.query<{ slotId: string; providerId: string; status: string }>(SETTLE, [
    at.organizationId,
    at.connectionId,
    appointments,
    slots,
    HIS_KEY,
  ]);
  return changed.rows;
}
