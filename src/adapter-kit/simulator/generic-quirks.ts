/** What may be odd at any vendor, G1 to G5. Every simulator has these switches; the kit does their work. */
import type { Operation } from './faults.ts';
import { pause } from '../../domain/index.ts';
import type { SimulatedBook } from './book.ts';
import type { QuirkDeclaration, Quirks } from './quirks.ts';

export const GENERIC_QUIRKS: readonly QuirkDeclaration[] = [
  {
    id: 'G1',
    description:
      "the vendor's clock is five minutes ahead (also: true) or behind, in its Date header and in what it checks",
    default: false,
    forms: ['ahead', 'behind'],
  },
  {
    id: 'G2',
    description:
      'a booking waits until a second one for the same slot has come: both were offered it before either has it',
    default: false,
  },
  {
    id: 'G3',
    description:
      'maintenance: every request is 503, without Retry-After; what a feed has to tell comes at once afterwards',
    default: false,
  },
  {
    id: 'G4',
    description: "another environment: the hospital's own patients have other keys here, the usual ones are nobody's",
    default: false,
  },
  {
    id: 'G5',
    description:
      'true: the slot that a booking asks for disappears right before; shifts: the template moved, free slots start ten minutes later',
    default: false,
    forms: ['shifts'],
  },
];

const CLOCK_SKEW_MS = 5 * 60_000;
const SHIFT_MINUTES = 10;
/** Somebody who is alone with a slot does not wait for ever. */
const RACE_MS = 2000;

interface Quirky {
  readonly quirks: Quirks;
}

/** How far the vendor's clock is ahead of the true one. */
export function clockSkewMs({ quirks }: Quirky): number {
  if (!quirks.on('G1')) return 0;
  return quirks.value('G1') === 'behind' ? -CLOCK_SKEW_MS : CLOCK_SKEW_MS;
}

export function shiftMinutes({ quirks }: Quirky): number {
  return quirks.value('G5') === 'shifts' ? SHIFT_MINUTES : 0;
}

/** What happens between the arrival of a booking and its being looked at. `slotId`: what it asks for, if that is known. */
export async function beforeBooking(
  his: Quirky & { readonly book: SimulatedBook; readonly race: SlotRace },
  operation: Operation,
  slotId: string | undefined,
  gone: AbortSignal,
): Promise<void> {
  if (operation !== 'book' || slotId === undefined) return;
  if (his.quirks.on('G2')) await his.race.meet(slotId, gone);
  if (his.quirks.value('G5') === true) his.book.remove(slotId);
}

/** Brings two bookings of one slot together. */
export class SlotRace {
  readonly #waiting = new Map<string, () => void>();

  /** Resolves when a second one for the slot has come, at the latest after two seconds. */
  async meet(slotId: string, gone: AbortSignal): Promise<void> {
    const other = this.#waiting.get(slotId);
    if (other !== undefined) return other();
    const met = new AbortController();
    this.#waiting.set(slotId, () => met.abort());
    await pause(RACE_MS, AbortSignal.any([gone, met.signal]));
    this.#waiting.delete(slotId);
  }
}
