/** The slots that a simulated HIS knows: those of the template from yesterday to the horizon, those added, none of those removed. */
import { Temporal } from 'temporal-polyfill';
import { slotsOfProvider } from './slot-template.ts';
import type { SimulatedProvider, SimulatedSlot, World } from './world.ts';

const DAY_MS = 24 * 60 * 60_000;

export interface OnShelf {
  readonly providers: Iterable<SimulatedProvider>;
  /** Slots of appointments, whatever became of them. */
  readonly appointed: Iterable<SimulatedSlot>;
  isTaken(slotId: string): boolean;
}

export class SlotShelf {
  readonly #world: World;
  readonly #seed: number;
  readonly #shiftMinutes: () => number;
  readonly #added = new Map<string, SimulatedSlot>();
  readonly #removed = new Set<string>();
  #slots = new Map<string, SimulatedSlot>();
  #madeFor = '';

  /** `shiftMinutes`: by how much free slots start later than in the template (quirk G5). */
  constructor(world: World, seed: number, shiftMinutes: () => number) {
    this.#world = world;
    this.#seed = seed;
    this.#shiftMinutes = shiftMinutes;
  }

  add(slot: SimulatedSlot): void {
    this.#removed.delete(slot.id);
    this.#added.set(slot.id, slot);
    this.renew();
  }

  remove(slotId: string): void {
    this.#removed.add(slotId);
    this.renew();
  }

  /** Providers have changed. */
  renew(): void {
    this.#madeFor = '';
  }

  /** By key; made anew when the day, or what it is made of, has changed. */
  all(on: OnShelf): ReadonlyMap<string, SimulatedSlot> {
    // Asked for with every slot that is looked at: the day by its number, which costs nothing.
    const madeFor = `${Math.floor(Date.now() / DAY_MS)} ${this.#shiftMinutes()}`;
    if (this.#madeFor === madeFor) return this.#slots;
    const yesterday = Temporal.Now.plainDateISO('UTC').subtract({ days: 1 });
    this.#slots = new Map(this.#added);
    for (const provider of on.providers) {
      const days = this.#world.horizonDays + 2;
      for (const slot of slotsOfProvider(this.#world, provider, this.#seed, yesterday, days)) {
        const shifted = this.#shifted(slot);
        this.#slots.set(shifted.id, shifted);
      }
    }
    for (const id of this.#removed) this.#slots.delete(id);
    // A slot that is booked stays known, and where it was, when the template has moved on.
    for (const slot of on.appointed)
      if (on.isTaken(slot.id) || !this.#slots.has(slot.id)) this.#slots.set(slot.id, slot);
    this.#madeFor = madeFor;
    return this.#slots;
  }

  #shifted(slot: SimulatedSlot): SimulatedSlot {
    const minutes = this.#shiftMinutes();
    if (minutes === 0) return slot;
    const later = (instant: string): string => new Date(Date.parse(instant) + minutes * 60_000).toISOString();
    const start = later(slot.start);
    const id = this.#world.slotKeysStay === true ? slot.id : this.#world.slotId(slot.providerId, new Date(start));
    return { ...slot, id, start, end: later(slot.end) };
  }
}
