/** Free slots out of thin air, but the same air every time: provider, day and seed decide, never the clock. */
import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { SimulatedProvider, SimulatedSlot, World } from './world.ts';

/** One template time in this many is not offered, and one in that many is a video visit: real books have holes. */
const HOLE_EVERY = 10;
const TELEMEDICINE_EVERY = 4;

/** Many simulators of one hospital run in one process (the conformance suite has one per behaviour): its slots are made once. */
const made = new WeakMap<World, Map<string, readonly SimulatedSlot[]>>();

/** The slots of one provider whose local date lies in [firstDay, firstDay + days). */
export function slotsOfProvider(
  world: World,
  provider: SimulatedProvider,
  seed: number,
  firstDay: Temporal.PlainDate,
  days: number,
): readonly SimulatedSlot[] {
  const ofWorld = made.get(world) ?? new Map<string, readonly SimulatedSlot[]>();
  made.set(world, ofWorld);
  const key = JSON.stringify([provider.id, provider.locationId, seed, firstDay.toString(), days]);
  const slots = ofWorld.get(key) ?? makeSlots(world, provider, seed, firstDay, days);
  ofWorld.set(key, slots);
  return slots;
}

function makeSlots(
  world: World,
  provider: SimulatedProvider,
  seed: number,
  firstDay: Temporal.PlainDate,
  days: number,
): readonly SimulatedSlot[] {
  const zone = world.locations.find((each) => each.id === provider.locationId)?.timeZone ?? 'UTC';
  const opens = Temporal.PlainTime.from(world.opens);
  const closes = Temporal.PlainTime.from(world.closes);
  const perDay = Math.floor(opens.until(closes).total('minutes') / world.slotMinutes);
  const times = Array.from({ length: perDay }, (_, nth) => opens.add({ minutes: nth * world.slotMinutes }));
  const slots: SimulatedSlot[] = [];
  for (let day = 0; day < days; day += 1) {
    const date = firstDay.add({ days: day });
    for (const plainTime of times) {
      const start = new Date(date.toZonedDateTime({ timeZone: zone, plainTime }).epochMilliseconds);
      const chance = dice(`${seed}/${provider.id}/${start.toISOString()}`);
      if (chance % HOLE_EVERY === 0) continue;
      slots.push({
        id: world.slotId(provider.id, start),
        providerId: provider.id,
        locationId: provider.locationId,
        start: start.toISOString(),
        end: new Date(start.getTime() + world.slotMinutes * 60_000).toISOString(),
        mode: Math.floor(chance / HOLE_EVERY) % TELEMEDICINE_EVERY === 0 ? 'telemedicine' : 'in-person',
      });
    }
  }
  return slots;
}

/** An even, repeatable number from 0 to 2^32 - 1. */
export function dice(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
