/** Holding a slot: PATCH to busy-tentative. No expiry is documented, so whoever holds must release. Source: docs.oracle.com mfrap, Slot (R4). */
import type { Call, Outcome, SlotAtHis } from '#adapter-kit';
import { operationsOf } from './cancel.ts';
import { change } from './change.ts';
import type { CernerClient } from './client.ts';
import { SLOT_TAKEN, tellTaken } from './refusal-of-slot.ts';
import { readSlot } from './slots.ts';

export interface HoldRequest {
  readonly slot: SlotAtHis;
  readonly release: boolean;
}

/** Holding what is not free is a conflict. Releasing what is not held is a success: there is nothing to give back. */
export function hold(client: CernerClient, call: Call, { slot, release }: HoldRequest): Promise<Outcome> {
  const id = slot.externalId;
  const [from, status] = release ? ['busy-tentative', 'free'] : ['free', 'busy-tentative'];
  return change(client, call, {
    type: 'Slot',
    id,
    read: () => readSlot(client, call, id),
    decide(seen) {
      if (seen?.status === from) return { send: operationsOf(call.map('hold-request', { status })) };
      if (!release) return SLOT_TAKEN;
      return { class: 'success', externalId: id, ...(seen === undefined ? {} : { version: seen.version }) };
    },
    ...(release ? {} : { explain: (refused) => tellTaken(client, call, refused, slot) }),
  });
}
