/** The two nights of the year: an hour that does not exist, and one that exists twice. */
import { Temporal } from 'temporal-polyfill';
import type { Behaviour } from '../behaviour.ts';
import { must, mustBe, NotApplicable } from '../must.ts';
import { wordsOf, type Bench } from '../bench.ts';

const MINUTE_MS = 60_000;
const HALF_HOUR = 30;

/** The next change of `zone` that moves clocks in this direction; ms since the epoch. */
function nextChange(zone: string, direction: 'forward' | 'back'): number | undefined {
  let at: Temporal.ZonedDateTime | null = Temporal.Now.zonedDateTimeISO(zone);
  for (let tried = 0; tried < 4; tried += 1) {
    const before: Temporal.ZonedDateTime | null = at.getTimeZoneTransition('next');
    if (before === null) return undefined;
    const gained = before.offsetNanoseconds - before.subtract({ nanoseconds: 1 }).offsetNanoseconds;
    if (gained > 0 === (direction === 'forward')) return before.epochMilliseconds;
    at = before;
  }
  return undefined;
}

interface Night {
  readonly providerId: string;
  readonly changeMs: number;
}

export async function nightOf(bench: Bench, direction: 'forward' | 'back'): Promise<Night> {
  for (const { providerId, timeZone } of await bench.side.places()) {
    const changeMs = nextChange(timeZone, direction);
    if (changeMs !== undefined) return { providerId, changeMs };
  }
  throw new NotApplicable('no location of the simulated hospital changes its clocks');
}

/** Adds half-hour slots at these minutes from the change, and gives back which instants they are, by key. */
export async function addSlots(bench: Bench, night: Night, minutes: readonly number[]): Promise<Map<string, number>> {
  const instants = new Map<string, number>();
  for (const each of minutes) {
    const startMs = night.changeMs + each * MINUTE_MS;
    const at = (ms: number): string => new Date(ms).toISOString();
    const slotId = await bench.side.addSlot(night.providerId, at(startMs), at(startMs + HALF_HOUR * MINUTE_MS));
    must(!instants.has(slotId), 'the simulator gives two slots of the night the same key');
    instants.set(slotId, startMs);
  }
  return instants;
}

async function slotsOfNight(bench: Bench, { changeMs, providerId }: Night) {
  const at = (minutes: number): string => new Date(changeMs + minutes * MINUTE_MS).toISOString();
  const slots = await bench.slotsIn({ from: at(-180), to: at(180) });
  return slots.filter(({ providerExternalId }) => providerExternalId === providerId);
}

function mustBeAt(slot: { readonly start: string; readonly end: string }, startMs: number, what: string): void {
  const shown = (text: string): string => new Date(text).toISOString();
  mustBe(shown(slot.start), new Date(startMs).toISOString(), `start of ${what}`);
  mustBe(shown(slot.end), new Date(startMs + HALF_HOUR * MINUTE_MS).toISOString(), `end of ${what}`);
}

/** The slot is booked, and it is this very one that the HIS holds. */
async function mustBook(bench: Bench, slots: Awaited<ReturnType<typeof slotsOfNight>>, key: string): Promise<void> {
  const slot = slots.find(({ externalId }) => externalId === key);
  must(slot !== undefined, `slot ${key} is not found`);
  const { outcome, transactionId } = await bench.book(await bench.booking(slot));
  mustBe(wordsOf(outcome), 'success', `booking ${slot.start}`);
  mustBe((await bench.side.effectsOf(transactionId))[0]?.slotId, key, `what was booked for ${slot.start}`);
}

const AROUND_GAP = [-60, -30, 0, 30];
const BEFORE_AND_AFTER_FOLD = [-120, -90, 60, 90];
const FIRST_PASS = -30;
const SECOND_PASS = 30;

export const daylightSaving: readonly Behaviour[] = [
  {
    id: 'spring-gap',
    title: 'slots around the hour that does not exist are at their instants, and can be booked there',
    async run(bench) {
      const night = await nightOf(bench, 'forward');
      const instants = await addSlots(bench, night, AROUND_GAP);
      const slots = await slotsOfNight(bench, night);
      for (const [key, startMs] of instants) {
        const slot = slots.find(({ externalId }) => externalId === key);
        must(slot !== undefined, `the slot at ${new Date(startMs).toISOString()} is not found`);
        mustBeAt(slot, startMs, key);
        await mustBook(bench, slots, key);
      }
    },
  },
  {
    id: 'autumn-fold',
    title:
      'slots around and in the hour that exists twice are at their instants; one that cannot be told apart is not offered',
    async run(bench) {
      const night = await nightOf(bench, 'back');
      const clear = await addSlots(bench, night, BEFORE_AND_AFTER_FOLD);
      const twice = await addSlots(bench, night, [FIRST_PASS, SECOND_PASS]);
      const slots = await slotsOfNight(bench, night);
      for (const [key, startMs] of [...clear, ...twice]) {
        const slot = slots.find(({ externalId }) => externalId === key);
        if (slot === undefined && twice.has(key)) {
          bench.remark = 'a slot in the repeated hour is not offered: this HIS does not say which of the two it is';
          continue;
        }
        must(slot !== undefined, `the slot at ${new Date(startMs).toISOString()} is not found`);
        mustBeAt(slot, startMs, key);
        await mustBook(bench, slots, key);
      }
    },
  },
];
