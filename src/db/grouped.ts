/**
 * Many callers, few statements: whatever is asked for while a statement is under way is one statement afterwards. The first to ask
 * does not wait for others unless that is said; under load the groups grow by themselves.
 */
import { setImmediate as turn } from 'node:timers/promises';

/** One statement is easily read for so many; more wait for the next one. */
const GROUP_MAX = 200;
/** A statement that takes longer is not waited for any more: its connection may be dead, and others are not. */
const SLOW_MS = 250;

interface Asked<In, Out> {
  readonly item: In;
  readonly answer: (value: Out) => void;
  readonly fail: (error: unknown) => void;
}

export interface GroupOptions<In> {
  readonly max?: number;
  /** Items of which a key is the same are never in one group: the later one is in the next. */
  readonly keys?: (item: In) => readonly string[];
  /** A statement begins no sooner than so long after the one before it began: for statements that cost more than waiting does. */
  readonly everyMs?: number;
  /** So many turns of the event loop a statement waits for what other sockets have brought by then. */
  readonly turns?: number;
}

export class Grouped<In, Out> {
  readonly #run: (items: readonly In[]) => Promise<readonly Out[]>;
  readonly #max: number;
  readonly #keys: ((item: In) => readonly string[]) | undefined;
  readonly #everyMs: number;
  readonly #turns: number;
  #waiting: Asked<In, Out>[] = [];
  #isRunning = false;
  #begunAt = -Infinity;

  /** `run`: answers in the order of its items. What it throws is thrown to each of them. */
  constructor(run: (items: readonly In[]) => Promise<readonly Out[]>, options: GroupOptions<In> = {}) {
    this.#run = run;
    this.#max = options.max ?? GROUP_MAX;
    this.#keys = options.keys;
    this.#everyMs = options.everyMs ?? 0;
    this.#turns = options.turns ?? 0;
  }

  /** The statement that answers is begun after this call: what it reads is not older. */
  ask(item: In): Promise<Out> {
    const { promise, resolve, reject } = Promise.withResolvers<Out>();
    this.#waiting.push({ item, answer: resolve, fail: reject });
    if (!this.#isRunning) void this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isRunning) {
      this.#isRunning = true;
      const early = this.#begunAt + this.#everyMs - performance.now();
      if (early > 0) await new Promise((resolve) => void setTimeout(resolve, early));
      for (let left = this.#turns; left > 0; left -= 1) await turn();
      this.#begunAt = performance.now();
      let isSlow = false;
      const patience = setTimeout(() => {
        isSlow = true;
        this.#isRunning = false;
        void this.#work();
      }, SLOW_MS).unref();
      const tell = await this.#answer(this.#next());
      clearTimeout(patience);
      if (!isSlow) this.#isRunning = false;
      // A next statement that waits for nothing goes first: Postgres works on it while those who have asked work with what this one has brought.
      if (this.#waiting.length > 0 && !this.#isRunning && this.#everyMs === 0 && this.#turns === 0) {
        void this.#work();
        await turn();
      }
      tell();
    }
  }

  /** Returns what tells those who have asked. */
  async #answer(group: readonly Asked<In, Out>[]): Promise<() => void> {
    try {
      const answers = await this.#run(group.map(({ item }) => item));
      return () => {
        for (const [index, { answer }] of group.entries()) answer(answers[index] as Out);
      };
    } catch (error) {
      return () => {
        for (const { fail } of group) fail(error);
      };
    }
  }

  #next(): Asked<In, Out>[] {
    if (!this.#keys) return this.#waiting.splice(0, this.#max);
    const taken = new Set<string>();
    const group: Asked<In, Out>[] = [];
    const left: Asked<In, Out>[] = [];
    for (const each of this.#waiting) {
      const keys = this.#keys(each.item);
      const fits = group.length < this.#max && !keys.some((key) => taken.has(key));
      if (!fits) {
        left.push(each);
        continue;
      }
      for (const key of keys) taken.add(key);
      group.push(each);
    }
    this.#waiting = left;
    return group;
  }
}
