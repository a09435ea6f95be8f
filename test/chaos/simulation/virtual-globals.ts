/**
 * Puts virtual time and seeded chance in the place of the real ones, for all code of this process: the hub's own and that of
 * the libraries it stands on (p-queue, opossum, uuid). A timer belongs to the simulated process that set it.
 */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { Clock, Cancellable } from './clock.ts';
import type { Random } from './random.ts';
import { currentProcess } from './process.ts';

interface World {
  readonly clock: Clock;
  readonly random: Random;
}

const real = {
  Date,
  setTimeout,
  setInterval,
  clearTimeout,
  clearInterval,
  random: Math.random,
  timeout: AbortSignal.timeout.bind(AbortSignal),
  performanceNow: performance.now.bind(performance),
  delay: timersPromises.setTimeout,
};

/** What the globals give back in place of a timer of Node's. */
class Timer {
  due: Cancellable | undefined;
  unref(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

/** A Date whose now is the clock's. */
export function virtualDate(clock: { readonly now: number }): DateConstructor {
  class VirtualDate extends real.Date {
    constructor(...given: readonly [] | readonly [number | string | Date]) {
      const [value] = given;
      super(value ?? clock.now);
    }
    static override now(): number {
      return Math.floor(clock.now);
    }
  }
  return VirtualDate as DateConstructor;
}

/** Returns what puts the real ones back. */
export function installVirtualGlobals({ clock, random }: World): () => void {
  const timer = (ms: number | undefined, repeats: boolean, work: (...args: unknown[]) => void, args: unknown[]) => {
    const made = new Timer();
    const owner = currentProcess();
    const pauseMs = Math.max(1, ms ?? 0);
    const set = (): void => {
      made.due = clock.after(pauseMs, () => {
        if (owner?.isDead) return;
        const fire = (): void => {
          // A timer that was cleared while its process stood still does not fire.
          if (!made.due) return;
          if (repeats) set();
          else made.due = undefined;
          work(...args);
        };
        if (owner) owner.deliver(fire);
        else fire();
      });
    };
    set();
    return made;
  };
  const clear = (given: unknown): void => {
    if (!(given instanceof Timer)) return;
    given.due?.cancel();
    given.due = undefined;
  };
  Object.assign(globalThis, {
    Date: virtualDate(clock),
    setTimeout: (work: () => void, ms?: number, ...args: unknown[]) => timer(ms, false, work, args),
    setInterval: (work: () => void, ms?: number, ...args: unknown[]) => timer(ms, true, work, args),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Math.random = () => random.next();
  performance.now = () => clock.now;
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    timer(ms, false, () => controller.abort(new DOMException('the time is over', 'TimeoutError')), []);
    return controller.signal;
  };
  // Importers of node:timers/promises see what its exports are now.
  timersPromises.setTimeout = ((ms?: number, _value?: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      const due = timer(ms, false, () => resolve(undefined as never), []);
      const abort = (): void => {
        clear(due);
        reject(new DOMException('the wait was given up', 'AbortError'));
      };
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort);
    })) as typeof timersPromises.setTimeout;
  syncBuiltinESMExports();
  return () => {
    const { random: realRandom, timeout, performanceNow, delay, ...globals } = real;
    timersPromises.setTimeout = delay;
    syncBuiltinESMExports();
    Object.assign(globalThis, globals);
    Math.random = realRandom;
    AbortSignal.timeout = timeout;
    performance.now = performanceNow;
  };
}
