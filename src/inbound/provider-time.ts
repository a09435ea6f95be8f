/**
 * What a HIS says of a provider's time, told in any order: a slot changes only when nothing newer is known about its time, and
 * never when an appointment of the hub has it.
 */
import type { ProviderTime } from '../adapter-kit/index.ts';
import type { At } from '../connections/keep-directory.ts';
import type { Sql } from '../db/database.ts';
import { tellChangedSlots, type ChangedSlot } from '../connections/mirror-slots.ts';
import { isToldSince } from '../ledger/notices.ts';
import { HIS_KEY } from '../ledger/work-order.ts';

const PROVIDER = `(select entity_id from external_identifier where organization_id = $1 and connection_id = $2
  and entity = 'provider' and system = $3 and value = $4)`;

const NEWER = isToldSince({
  connection: '$2',
  provider: '$4',
  start: 'slot.start_at',
  end: 'slot.end_at',
  at: '$7',
});

const CHANGED = `id as "slotId", provider_id as "providerId", status`;

const values = (at: At, time: ProviderTime, saidAt: string): string[] => [
  at.organizationId,
  at.connectionId,
  HIS_KEY,
  time.providerExternalId,
  time.start,
  time.end,
  saidAt,
];

/** Nothing within this time is free any more: overlapping is enough. */
export async function closeTime(tx: Sql, at: At, time: ProviderTime, saidAt: string): Promise<void> {
  const closed = await tx.query<ChangedSlot & Record<string, unknown>>(
    `update slot set status = 'busy', as_of = now()
     where connection_id = $2 and provider_id = ${PROVIDER} and status = 'free' and start_at < $6 and end_at > $5 and not ${NEWER}
     returning ${CHANGED}`,
    values(at, time, saidAt),
  );
  await tellChangedSlots(tx, at, closed.rows);
}

/** An appointment has left this time: the slots that lie within are free again. */
export async function reopenTime(tx: Sql, at: At, time: ProviderTime, saidAt: string): Promise<void> {
  const opened = await tx.query<ChangedSlot & Record<string, unknown>>(
    `update slot set status = 'free', as_of = now()
     where connection_id = $2 and provider_id = ${PROVIDER} and status = 'busy' and not claimed
       and start_at >= $5 and end_at <= $6 and not ${NEWER}
     returning ${CHANGED}`,
    values(at, time, saidAt),
  );
  await tellChangedSlots(tx, at, opened.rows);
}
