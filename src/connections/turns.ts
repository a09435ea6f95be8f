/** The turns of calls to one HIS: so many at once in this process (bulkhead), so many a second in all processes together. */
import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import type { CallRate } from './call-rate.ts';

/** It did not get its turn: the process stops, or the connection was opened anew. Nothing was done; it comes again. */
export class TurnRefused extends Error {
  constructor() {
    super('the process stops, or the connection was opened anew: the call did not begin');
    this.name = 'TurnRefused';
  }
}

export class Turns {
  readonly #queue: PQueue;
  readonly #rate: CallRate;
  readonly #concurrency: number;
  readonly #workers: () => number;
  readonly #over = new AbortController();
  #begun = 0;

  /** `workers`: the processes that share `concurrency`; each has at least one call. */
  constructor(rate: CallRate, concurrency: number, workers: () => number) {
    this.#rate = rate;
    this.#concurrency = concurrency;
    this.#workers = workers;
    this.#queue = new PQueue({ concurrency });
    // All that wait listen.
    setMaxListeners(0, this.#over.signal);
  }

  /** Calls that wait for their turn. */
  get waiting(): number {
    return this.#queue.size + this.#queue.pending - this.#begun;
  }

  /** Calls under way. */
  get inUse(): number {
    return this.#begun;
  }

  /** This process's share of the calls that may be under way at once. */
  get share(): number {
    return Math.max(1, Math.floor(this.#concurrency / Math.max(1, this.#workers())));
  }

  /** Errors: TurnRefused, when it was not begun. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this.#over;
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    this.#queue.concurrency = this.share;
    return this.#queue.add(async () => {
      await this.#rate.take(signal);
      // What has begun runs to its end.
      this.#begun += 1;
      try {
        return await work();
      } finally {
        this.#begun -= 1;
      }
    });
  }

  /** Refuses whatever waits, and whatever comes. What has begun goes on. */
  end(): void {
    this.#over.abort(new TurnRefused());
    this.#queue.concurrency = Number.POSITIVE_INFINITY;
  }
}
