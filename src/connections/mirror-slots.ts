/** What a HIS offers, written into the model: what it offers is free, what it does not offer any more is taken. */
import type { FoundSlot } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';
import { newId } from '../db/new-id.ts';
import { appendEvents } from '../ledger/event.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import type { At } from './keep-directory.ts';

export interface ReadSlots {
  /** When the reading began, by the clock of the database: what the hub has learnt since is newer. */
  readonly begunAt: string;
  readonly offered: readonly FoundSlot[];
  /** The hub's ids of slots that were not offered, and are free here. */
  readonly vanished: readonly string[];
}

export interface ChangedSlot {
  readonly slotId: string;
  readonly providerId: string;
  readonly status: string;
  /** The hub had never heard of it. */
  readonly isNew?: boolean;
}

/** The hub holds it, here or at the HIS: the HIS then offers it to nobody, and it is not taken for that. SQL of the slot s. */
export const IS_RESERVED = `(coalesce(s.held_until > now(), false) or exists (select 1 from his_hold h where h.slot_id = s.id))`;

/**
 * A slot that the hub has claimed stays claimed, whatever the HIS says meanwhile. Slots of providers or locations that the HIS has
 * not listed are left out. Returns what has changed: new, free or taken now, or at another time. Call inside a database transaction.
 */
export async function mirrorSlots(tx: Sql, at: At, read: ReadSlots): Promise<readonly ChangedSlot[]> {
  const rows = read.offered.map((slot) => ({ id: newId(), mode: 'in-person', details: {}, ...slot }));
  const opened =
    rows.length === 0
      ? []
      : (
          await tx.query<ChangedSlot & Record<string, unknown>>(OFFERED, [
            at.organizationId,
            at.connectionId,
            JSON.stringify(rows),
            HIS_KEY,
            read.begunAt,
          ])
        ).rows;
  const closed =
    read.vanished.length === 0
      ? []
      : (
          await tx.query<{ slotId: string; providerId: string; status: string }>(
            `update slot s set status = 'busy', as_of = now()
             where s.connection_id = $1 and s.id = any($2) and s.status = 'free' and s.as_of < $3 and not ${IS_RESERVED}
             returning s.id as "slotId", s.provider_id as "providerId", s.status`,
            [at.connectionId, read.vanished, read.begunAt],
          )
        ).rows;
  return [...opened, ...closed];
}

// The statement sees the rows as they were before it: `before` is what an upsert cannot return.
const OFFERED = `
  with found as (
    select distinct on (f."externalId") f.*, p.entity_id as provider_id, l.entity_id as location_id
    from jsonb_to_recordset($3) as f (id uuid, "externalId" text, "providerExternalId" text, "locationExternalId" text,
      start timestamptz, "end" timestamptz, mode text, details jsonb)
    join external_identifier p on p.connection_id = $2 and p.entity = 'provider' and p.system = $4 and p.value = f."providerExternalId"
    join external_identifier l on l.connection_id = $2 and l.entity = 'location' and l.system = $4 and l.value = f."locationExternalId"
    order by f."externalId"),
  kept as (
    insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status,
      external_id, details, hub_managed, as_of)
    select id, $1, $2, provider_id, location_id, start, "end", mode, 'free', "externalId", details, false, now() from found
    on conflict (connection_id, external_id) do update set
      provider_id = excluded.provider_id, location_id = excluded.location_id, start_at = excluded.start_at, end_at = excluded.end_at,
      mode = excluded.mode, details = excluded.details, as_of = now(),
      status = case when slot.claimed or slot.as_of >= $5 then slot.status else 'free' end
    returning id, external_id, provider_id, status, start_at, end_at)
  select k.id as "slotId", k.provider_id as "providerId", k.status, b.id is null as "isNew"
  from kept k left join slot b on b.connection_id = $2 and b.external_id = k.external_id
  where (b.status, b.provider_id, b.start_at, b.end_at) is distinct from (k.status, k.provider_id, k.start_at, k.end_at)`;

/** One event for each. */
export async function tellChangedSlots(tx: Sql, at: At, slots: readonly ChangedSlot[]): Promise<void> {
  await appendEvents(
    tx,
    slots.map(({ slotId, providerId, status }) => ({
      ...at,
      type: 'slot.changed',
      data: { slotId, providerId, status },
    })),
  );
}
