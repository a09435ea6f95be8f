/**
 * Claiming and releasing slots. The claim row's primary key is the promise that a slot has one owner; the status on the slot
 * is what searches read.
 */
import type { Sql } from '../db/database.ts';

export interface ClaimedSlot {
  readonly id: string;
  readonly connection_id: string;
  readonly provider_id: string;
  readonly location_id: string;
  readonly start_at: string;
  readonly end_at: string;
  readonly mode: string;
}

/**
 * Takes a free, future slot that nobody holds, or that `holdId` holds for this client (the hold ends with it).
 * Undefined when it cannot be had; the caller finds out why.
 */
export async function claimSlot(
  tx: Sql,
  claim: {
    readonly organizationId: string;
    readonly clientId: string;
    readonly slotId: string;
    readonly holdId: string | null;
    readonly appointmentId: string;
  },
): Promise<ClaimedSlot | undefined> {
  const taken = await tx.query<ClaimedSlot>(
    `with mine as (
       delete from hold where slot_id = $2 and id = $3 and client_id = $4 and expires_at > now() returning slot_id
     ), taken as (
       update slot set status = 'busy', claimed = true, held_until = null
       where id = $2 and organization_id = $1 and status = 'free' and start_at > now()
         and (not withdrawn and (held_until is null or held_until <= now()) or exists (select 1 from mine))
       returning id, connection_id, provider_id, location_id, start_at, end_at, mode
     ), claimed as (
       insert into slot_claim (slot_id, appointment_id) select id, $5 from taken
     )
     select id, connection_id, provider_id, location_id, start_at, end_at, mode from taken`,
    [claim.organizationId, claim.slotId, claim.holdId, claim.clientId, claim.appointmentId],
  );
  return taken.rows[0];
}

/**
 * Gives the slot back; `status` is what it is from now on, as far as the hub knows. One that its schedule has withdrawn meanwhile
 * leaves the schedule (hub_managed false, so that another slot may take its time) and is out of service for good.
 */
export async function releaseSlot(
  tx: Sql,
  slotId: string,
  appointmentId: string,
  status: 'free' | 'busy',
): Promise<void> {
  await tx.query(
    `with released as (
       delete from slot_claim where slot_id = $1 and appointment_id = $2 returning slot_id
     )
     update slot set status = case when withdrawn then 'blocked' else $3 end, hub_managed = hub_managed and not withdrawn,
       claimed = false, as_of = now()
     where id = (select slot_id from released)`,
    [slotId, appointmentId, status],
  );
}
