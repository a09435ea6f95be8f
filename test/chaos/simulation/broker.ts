/** The queue's server: it wakes one process for each job, forgets some, says some twice, and may be flushed at any time. */
import { afterCommit } from '../../../src/db/transaction.ts';
import { QueueRuns } from '../../../src/db/queue-runs.ts';
import type { Queue } from '../../../src/db/queue.ts';
import type { Cancellable, Clock } from './clock.ts';
import type { HubProcess } from './process.ts';
import type { Random } from './random.ts';

export interface QueueFaults {
  /** Per job, 0 to 1. */
  lost: number;
  twice: number;
}

export class Broker {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: QueueFaults;
  readonly #jobs = new Map<string, { readonly at: number; readonly due: Cancellable }>();
  readonly #workers = new Map<HubProcess, QueueRuns>();

  constructor(clock: Clock, random: Random, faults: QueueFaults) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  flush(): void {
    for (const { due } of this.#jobs.values()) due.cancel();
    this.#jobs.clear();
  }

  /** The queue as a process of the hub has it. */
  open(process: HubProcess, onError: (error: Error) => void): Queue {
    return {
      send: (tx, ...wakes) => {
        afterCommit(tx, () => {
          for (const { transactionId, dueAt } of wakes) this.#add(transactionId, Date.parse(dueAt));
        });
        return Promise.resolve();
      },
      // A process of its own for the API, or one that works too.
      hasRoom: () => this.#workers.has(process) && this.#random.chance(0.5),
      begin: (transactionId) => this.#workers.get(process)?.startSoon(transactionId),
      work: (handle, concurrency) => {
        this.#workers.set(process, new QueueRuns(handle, concurrency, onError));
      },
      stop: () => Promise.resolve(),
    };
  }

  #add(transactionId: string, at: number): void {
    const { lost, twice } = this.#faults;
    if (this.#random.chance(lost)) return;
    if (this.#random.chance(twice)) this.#clock.after(this.#random.between(0, 500), () => this.#give(transactionId));
    const waiting = this.#jobs.get(transactionId);
    if (waiting && waiting.at <= at) return;
    waiting?.due.cancel();
    const pauseMs = Math.max(0, at - this.#clock.now) + this.#random.between(0, 20);
    this.#jobs.set(transactionId, { at, due: this.#clock.after(pauseMs, () => this.#give(transactionId)) });
  }

  #give(transactionId: string): void {
    this.#jobs.delete(transactionId);
    // One that stands still may have taken it too.
    const alive = [...this.#workers].filter(([process]) => !process.isDead);
    if (alive.length === 0) {
      this.#clock.after(200, () => this.#give(transactionId));
      return;
    }
    const [process, runs] = this.#random.pick(alive);
    process.deliver(() => runs.start(transactionId));
  }

  forget(process: HubProcess): void {
    this.#workers.delete(process);
  }
}
