/**
 * Time that stands still unless something is due. Events run one after the other, each until nothing is left to do; what is
 * due at one instant runs in the order in which it was asked for.
 */
import { setImmediate as breath } from 'node:timers';

interface Due {
  readonly at: number;
  readonly order: number;
  work: (() => void) | undefined;
}

export interface Cancellable {
  cancel(): void;
}

export class Clock {
  now: number;
  #order = 0;
  #heap: Due[] = [];

  /** `startsAt`: milliseconds since the epoch. */
  constructor(startsAt: number) {
    this.now = startsAt;
  }

  after(ms: number, work: () => void): Cancellable {
    const due: Due = { at: this.now + Math.max(0, ms), order: (this.#order += 1), work };
    this.#push(due);
    return { cancel: () => (due.work = undefined) };
  }

  /** Resolves when `ms` have gone by. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs what is due until `until`, or until `done` says so. */
  async run(until: number, done: () => boolean): Promise<void> {
    while (!done()) {
      const next = this.#heap[0];
      if (!next || next.at > until) {
        this.now = Math.max(this.now, until);
        return;
      }
      this.#pop();
      const { work } = next;
      if (!work) continue;
      this.now = Math.max(this.now, next.at);
      work();
      await settled();
    }
  }

  /** Forgets everything that was to come. */
  clear(): void {
    this.#heap = [];
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let index = heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || isBefore(above, due)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const takesRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = takesRight ? right : left;
      if (!child || isBefore(last, child)) break;
      heap[index] = child;
      index = 2 * index + (takesRight ? 2 : 1);
    }
    heap[index] = last;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Every promise that can go on without time going by has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => void breath(resolve));
}
