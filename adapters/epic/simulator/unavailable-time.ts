/** Quirk E13: held or unavailable time is not cut where slots are cut, and nobody leaves out the open slots that it overlaps. */
import type { SimulatedHis } from '#adapter-kit/simulator';

/** True when the slot right before it, of the same provider, was taken out of service. */
export function runsOnInto(his: SimulatedHis, slotId: string): boolean {
  const slot = his.quirks.on('E13') ? his.book.slot(slotId) : undefined;
  if (slot === undefined) return false;
  return his.book.blockedSlots().some(({ providerId, end }) => providerId === slot.providerId && end === slot.start);
}
