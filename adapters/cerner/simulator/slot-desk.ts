/** What a slot is at this moment: taken, held or free, and its version. Holds survive a restart: nothing else would release them. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedHis, SimulatedSlot } from '#adapter-kit/simulator';

export type SlotStatus = 'free' | 'busy-tentative' | 'busy';

interface Hold {
  /** ms since the epoch; null while it is not held. */
  readonly heldAtMs: number | null;
  readonly changes: number;
}

const STATES = { free: 'free', 'busy-tentative': 'held', busy: 'busy' } as const;

/** With quirk O14 off. */
const HOLD_MS = 60_000;

export class SlotDesk {
  readonly #his: SimulatedHis;
  readonly #path: string;
  readonly #holds: Map<string, Hold>;

  constructor(his: SimulatedHis, directory: string) {
    this.#his = his;
    this.#path = join(directory, 'holds.json');
    const kept: unknown = existsSync(this.#path) ? JSON.parse(readFileSync(this.#path, 'utf8')) : {};
    this.#holds = new Map(Object.entries(kept as Record<string, Hold>));
    his.book.askDesk((slot) => STATES[this.status(slot)]);
  }

  status(slot: SimulatedSlot): SlotStatus {
    if (!this.#his.book.isFree(slot.id) || this.#isLinkedToTaken(slot)) return 'busy';
    return this.#isHeld(slot.id) ? 'busy-tentative' : 'free';
  }

  hold(slotId: string): void {
    this.#change(slotId, Date.now());
  }

  /** Releasing what is not held changes nothing. */
  release(slotId: string): void {
    if (this.#isHeld(slotId)) this.#change(slotId, null);
  }

  /** Another one after every change of status; no number with quirk O8 on. */
  versionsNow(): (slot: SimulatedSlot) => string {
    const changesBySlot = new Map<string, number>();
    for (const { slot, version } of this.#his.book.appointments()) {
      changesBySlot.set(slot.id, (changesBySlot.get(slot.id) ?? 0) + version);
    }
    return (slot) => {
      const status = ['free', 'busy-tentative', 'busy'].indexOf(this.status(slot));
      const changes = (changesBySlot.get(slot.id) ?? 0) * 3 + (this.#holds.get(slot.id)?.changes ?? 0) * 3 + status;
      if (!this.#his.quirks.on('O8')) return String(changes);
      return `${410 + changes}v${createHash('sha256').update(slot.id).digest().readUInt32BE(0)}`;
    };
  }

  #isHeld(slotId: string): boolean {
    const heldAtMs = this.#holds.get(slotId)?.heldAtMs ?? null;
    return heldAtMs !== null && (this.#his.quirks.on('O14') || Date.now() - heldAtMs < HOLD_MS);
  }

  #change(slotId: string, heldAtMs: number | null): void {
    this.#holds.set(slotId, { heldAtMs, changes: (this.#holds.get(slotId)?.changes ?? 0) + 1 });
    writeFileSync(this.#path, JSON.stringify(Object.fromEntries(this.#holds)), { mode: 0o600 });
  }

  /** Quirk O7: the slot right before it is booked. */
  #isLinkedToTaken(slot: SimulatedSlot): boolean {
    if (!this.#his.quirks.on('O7')) return false;
    return this.#his.book
      .appointments()
      .some(
        (each) => each.status === 'booked' && each.slot.providerId === slot.providerId && each.slot.end === slot.start,
      );
  }
}
