/** A slot becomes an appointment's own: free, or held by the caller, whose hold is used up by it. */
import { HubError, isId, type Caller } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';
import { claimSlot, type ClaimedSlot } from '../ledger/slot-claim.ts';

export interface WantedSlot {
  readonly slotId: string;
  /** The caller's hold on it. */
  readonly holdId?: string;
}

/** Errors: slot-taken, hold-expired, hold-not-yours, validation (a hold of another slot). */
export async function takeSlot(
  tx: Sql,
  caller: Caller,
  { slotId, holdId }: WantedSlot,
  appointmentId: string,
): Promise<ClaimedSlot> {
  const slot = await claimSlot(tx, {
    organizationId: caller.organizationId,
    clientId: caller.clientId,
    slotId,
    holdId: holdId !== undefined && isId(holdId) ? holdId : null,
    appointmentId,
  });
  if (slot) return slot;
  if (holdId) await explainHold(tx, caller, holdId, slotId);
  throw slotTaken();
}

export const slotTaken = (): HubError => new HubError('slot-taken', 'The slot is not free.');

/** Why a hold did not help. */
async function explainHold(tx: Sql, caller: Caller, holdId: string, slotId: string): Promise<void> {
  const found = isId(holdId)
    ? await tx.query<{ client_id: string; slot_id: string; alive: boolean }>(
        'select client_id, slot_id, expires_at > now() as alive from hold where id = $1 and organization_id = $2',
        [holdId, caller.organizationId],
      )
    : undefined;
  const hold = found?.rows[0];
  if (hold && hold.client_id !== caller.clientId) {
    throw new HubError('hold-not-yours', 'The hold belongs to another client. Take a hold of your own, or none.', {
      errors: [{ pointer: '/holdId', detail: 'expected a hold of your own' }],
    });
  }
  if (hold?.alive && hold.slot_id !== slotId) {
    throw new HubError('validation', 'The hold is for another slot. Take the slot that it holds.', {
      errors: [{ pointer: '/holdId', detail: 'expected a hold of the slot in slotId' }],
    });
  }
  if (!hold?.alive) {
    throw new HubError('hold-expired', 'The hold has ended. Search again, and hold a slot that is free.', {
      errors: [{ pointer: '/holdId', detail: 'expected a hold that has not ended' }],
    });
  }
}
