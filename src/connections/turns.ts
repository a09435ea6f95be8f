/** The turns of calls to one HIS: so many at once in this process (bulkhead), so many a second in all processes together. */
import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import type { CallRate } from './call-rate.ts';

/** It did not get its turn: the process stops, or the connection was opened anew; or not in time. Nothing was done. */
export class TurnRefused extends Error {
  /** A stable word. */
  readonly reason: 'connection-reopened' | 'deadline';
  constructor(reason: TurnRefused['reason']) {
    super(`the call did not begin: ${reason}`);
    this.name = 'TurnRefused';
    this.reason = reason;
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

  /** Errors: TurnRefused, when it was not begun. `withinMs`: whoever has no turn by then leaves the queue; without it one waits on. */
  take<T>(work: () => Promise<T>, withinMs?: number): Promise<T> {
    const { signal } = this.#over;
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    this.#queue.concurrency = this.share;
    return withinMs === undefined ? this.#queue.add(() => this.#begin(work, signal)) : this.#impatient(work, withinMs);
  }

  async #impatient<T>(work: () => Promise<T>, withinMs: number): Promise<T> {
    const tired = new AbortController();
    const until = performance.now() + withinMs;
    const timer = setTimeout(() => tired.abort(new TurnRefused('deadline')), withinMs);
    // By hand: of `AbortSignal.any` something would be kept for as long as the connection is open.
    const { signal: over } = this.#over;
    const forward = (): void => tired.abort(over.reason);
    over.addEventListener('abort', forward);
    const atEase = (): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', forward);
    };
    const begin = async (): Promise<T> => {
      // What is announced and then not made is lost to all others.
      if (this.#rate.nextAt > until) throw new TurnRefused('deadline');
      return this.#begin(work, tired.signal, atEase);
    };
    try {
      return await this.#queue.add(begin, { signal: tired.signal });
    } finally {
      atEase();
    }
  }

  async #begin<T>(work: () => Promise<T>, signal: AbortSignal, onBegun = (): void => {}): Promise<T> {
    await this.#rate.take(signal);
    // What has begun runs to its end.
    onBegun();
    this.#begun += 1;
    try {
      return await work();
    } finally {
      this.#begun -= 1;
    }
  }

  /** Refuses whatever waits, and whatever comes. What has begun goes on. */
  end(): void {
    this.#over.abort(new TurnRefused('connection-reopened'));
    this.#queue.concurrency = Number.POSITIVE_INFINITY;
  }
}
