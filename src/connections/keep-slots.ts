/** Free slots that a HIS tells of, in one statement. */
import type { FoundSlot } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { HIS_KEY } from '../ledger/work-order.ts';
import type { At } from './keep-directory.ts';

/**
 * A slot is free when the HIS offers it and the hub has not claimed it. Slots of providers or locations that the HIS has not
 * listed are left out. Returns how many were kept.
 */
export async function keepSlots(sql: Sql, at: At, slots: readonly FoundSlot[]): Promise<number> {
  const rows = slots.map((slot) => ({ id: uuidv7(), mode: 'in-person', details: {}, ...slot }));
  const kept = await sql.query(
    `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status,
       external_id, details, hub_managed, as_of)
     select distinct on (f."externalId") f.id, $1, $2, p.entity_id, l.entity_id, f.start, f."end", f.mode, 'free',
       f."externalId", f.details, false, now()
     from jsonb_to_recordset($3) as f (id uuid, "externalId" text, "providerExternalId" text, "locationExternalId" text,
       start timestamptz, "end" timestamptz, mode text, details jsonb)
     join external_identifier p on p.connection_id = $2 and p.entity = 'provider' and p.system = $4 and p.value = f."providerExternalId"
     join external_identifier l on l.connection_id = $2 and l.entity = 'location' and l.system = $4 and l.value = f."locationExternalId"
     on conflict (connection_id, external_id) do update set
       provider_id = excluded.provider_id, location_id = excluded.location_id, start_at = excluded.start_at, end_at = excluded.end_at,
       mode = excluded.mode, details = excluded.details, as_of = now(),
       status = case when slot.claimed then slot.status else 'free' end`,
    [at.organizationId, at.connectionId, JSON.stringify(rows), HIS_KEY],
  );
  return kept.rowCount ?? 0;
}
