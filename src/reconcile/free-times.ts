/** Whether the time that an appointment had can be booked again. */
import type { FoundSlot } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import type { Difference } from './compare-appointments.ts';

/** Marked as `offered`, where it can. `offered`: what the HIS offers; undefined where it cannot be asked, but tells by itself. */
export async function withFreeTimes(
  tx: Sql,
  connectionId: string,
  differences: readonly Difference[],
  offered: readonly FoundSlot[] | undefined,
): Promise<Difference[]> {
  const marked: Difference[] = [];
  for (const difference of differences) {
    const isFree = await isFreeAtHis(tx, connectionId, difference, offered);
    marked.push(isFree ? { ...difference, details: { ...difference.details, offered: true } } : difference);
  }
  return marked;
}

/** As the HIS offers it, or as it told last about that time. */
async function isFreeAtHis(
  tx: Sql,
  connectionId: string,
  { slotId, externalId }: Difference,
  offered: readonly FoundSlot[] | undefined,
): Promise<boolean> {
  const slots = await tx.query<{ externalId: string; lastEvent: string | null; lastKey: string | null }>(
    `select s.external_id as "externalId", n.event as "lastEvent", n.external_id as "lastKey" from slot s
     left join external_identifier e on e.connection_id = $1 and e.entity = 'provider' and e.entity_id = s.provider_id
       and e.system = $3
     left join lateral (select event, external_id from notice
       where connection_id = $1 and applied and provider_external_id = e.value and start_at < s.end_at and end_at > s.start_at
       order by event_at desc, sequence desc limit 1) n on true
     where s.id = $2 limit 1`,
    [connectionId, slotId ?? null, HIS_KEY],
  );
  const [slot] = slots.rows;
  if (!slot) return false;
  if (offered) return offered.some((each) => each.externalId === slot.externalId);
  return slot.lastKey === externalId || slot.lastEvent === 'free' || slot.lastEvent === 'cancelled';
}
