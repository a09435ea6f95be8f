/** What can go wrong on purpose: which calls it hits, how often, and what it does to a write. */
import { dice } from './slot-template.ts';

export const OPERATIONS = ['book', 'cancel', 'reschedule', 'slots', 'lookup', 'token'] as const;
/** What a vendor's request is for. `other` (say, a patient search) is only hit by faults on `any`. */
export type Operation = (typeof OPERATIONS)[number] | 'other';

/** When a fault strikes, and therefore whether the HIS executes the write. */
export const FAULTS = {
  'timeout-before': 'instead',
  'reset-before': 'instead',
  '500': 'instead',
  '503-retry-after': 'instead',
  '429-retry-after': 'instead',
  malformed: 'instead',
  truncated: 'instead',
  'html-200': 'instead',
  'error-in-200': 'instead',
  'token-expired': 'instead',
  'timeout-after-commit': 'after',
  'reset-after-commit': 'after',
  '502-after-commit': 'after',
  slow: 'after',
  // The slot is gone before the request is looked at: the vendor then refuses in its own way.
  'slot-taken': 'before',
  // Nothing listens any more.
  down: 'port',
} as const satisfies Record<string, 'instead' | 'after' | 'before' | 'port'>;
export type FaultName = keyof typeof FAULTS;

export const SLOW_MS = 1500;
export const RETRY_AFTER_SECONDS = 2;

export interface Fault {
  readonly on: Operation | 'any';
  readonly fault: FaultName;
  /** How often it strikes; absent means until it is deleted. */
  readonly times?: number;
  /** `slow`: the delay of the answer. Others: the time before they strike. */
  readonly afterMs?: number;
  /** Share of the calls that it hits, 0..1. */
  readonly rate?: number;
}

/** The faults in force. Which calls a `rate` hits is decided by the seed, so that a run can be repeated. */
export class FaultBoard {
  readonly #seed: number;
  #drawn = 0;
  #faults: { readonly fault: Fault; left: number }[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#faults = [];
  }

  active(): Fault[] {
    return this.#faults.map((each) => each.fault);
  }

  /** The fault that hits this call, if one does; counts it. The oldest one first. */
  draw(operation: Operation): Fault | undefined {
    for (const entry of this.#faults) {
      if (entry.fault.on !== 'any' && entry.fault.on !== operation) continue;
      this.#drawn += 1;
      if (dice(`${this.#seed}/fault/${this.#drawn}`) / 2 ** 32 >= (entry.fault.rate ?? 1)) continue;
      entry.left -= 1;
      if (entry.left <= 0) this.#faults = this.#faults.filter((each) => each !== entry);
      return entry.fault;
    }
    return undefined;
  }
}
