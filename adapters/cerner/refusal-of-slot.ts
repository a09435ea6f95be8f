/** A 422 says the same of a slot that is taken and of content that is wrong: the slot itself tells them apart. */
import type { Call, Outcome, SlotAtHis } from '#adapter-kit';
import { BUSINESS_RULE } from './classify.ts';
import { failedBeforeWriting, type CernerClient, type Refused } from './client.ts';
import { readSlot } from './slots.ts';

export const SLOT_TAKEN: Outcome = { class: 'conflict', reason: 'slot-taken' };

/** The refusal itself when the slot is free; `slot-taken` when it is not, or is gone. Nothing has been written. */
export async function tellTaken(
  client: CernerClient,
  call: Call,
  { refusal }: Refused,
  slot: SlotAtHis,
): Promise<Outcome> {
  if (refusal.reason !== BUSINESS_RULE) return refusal;
  try {
    const state = await readSlot(client, call, slot.externalId);
    return state?.status === 'free' ? refusal : SLOT_TAKEN;
  } catch (error) {
    // Refused for one reason or the other: asking again is safe, and tells.
    const { reason } = failedBeforeWriting(error);
    return { class: 'transient', reason };
  }
}
