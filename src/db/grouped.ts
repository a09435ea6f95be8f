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
  /** Items of which a key is the same are never under way at once: the later one is in a later group. */
  readonly keys?: (item: In) => readonly string[];
  /** Items of which one of these is the same may be in one group, but never in two that are under way at once. */
  readonly apart?: (item: In) => readonly string[];
  /** A statement begins no sooner than so long after the one before it began: for statements that cost more than waiting does. */
  readonly everyMs?: number;
  /**
   * So many statements are under way at once, at most; one, unless given. Another begins beside one only while as many wait as one takes,
   * and Postgres answers soon. Not together with everyMs or turns.
   */
  readonly lanes?: number;
  /** So many turns of the event loop a statement waits for what other sockets have brought by then. */
  readonly turns?: number;
}

export class Grouped<In, Out> {
  readonly #run: (items: readonly In[]) => Promise<readonly Out[]>;
  readonly #max: number;
  readonly #keys: ((item: In) => readonly string[]) | undefined;
  readonly #apart: ((item: In) => readonly string[]) | undefined;
  readonly #everyMs: number;
  readonly #turns: number;
  readonly #lanes: number;
  #waiting: Asked<In, Out>[] = [];
  #running = 0;
  /** Statements that nobody waits for any more. */
  #abandoned = 0;
  /** Keys of what is under way. */
  readonly #held = new Set<string>();
  #begunAt = -Infinity;

  /** `run`: answers in the order of its items. What it throws is thrown to each of them. */
  constructor(run: (items: readonly In[]) => Promise<readonly Out[]>, options: GroupOptions<In> = {}) {
    this.#run = run;
    this.#max = options.max ?? GROUP_MAX;
    this.#keys = options.keys;
    this.#apart = options.apart;
    this.#everyMs = options.everyMs ?? 0;
    this.#turns = options.turns ?? 0;
    this.#lanes = options.lanes ?? 1;
  }

  /** The statement that answers is begun after this call: what it reads is not older. */
  ask(item: In): Promise<Out> {
    const { promise, resolve, reject } = Promise.withResolvers<Out>();
    this.#waiting.push({ item, answer: resolve, fail: reject });
    // Beside one that is under way another is thought of only when so many more wait: to look through them for each would cost more.
    if (this.#running === 0 || this.#waiting.length % this.#max === 0) void this.#work();
    return promise;
  }

  #mayBegin(): boolean {
    if (this.#waiting.length === 0 || this.#running >= this.#lanes) return false;
    return this.#running === 0 || (this.#abandoned === 0 && this.#waiting.length >= this.#max);
  }

  async #work(): Promise<void> {
    while (this.#mayBegin()) {
      this.#running += 1;
      const early = this.#begunAt + this.#everyMs - performance.now();
      if (early > 0) await new Promise((resolve) => void setTimeout(resolve, early));
      for (let left = this.#turns; left > 0; left -= 1) await turn();
      this.#begunAt = performance.now();
      const group = this.#next();
      if (group.length === 0) {
        // All that wait have to wait for what is under way: whoever has it goes on with them.
        this.#running -= 1;
        return;
      }
      const keys = this.#lanes === 1 ? [] : group.flatMap(({ item }) => this.#keysOf(item));
      for (const key of keys) this.#held.add(key);
      let isOver = false;
      const end = (): void => {
        isOver = true;
        this.#running -= 1;
        for (const key of keys) this.#held.delete(key);
      };
      const patience = setTimeout(() => {
        end();
        this.#abandoned += 1;
        void this.#work();
      }, SLOW_MS).unref();
      const tell = await this.#answer(group);
      clearTimeout(patience);
      if (isOver) this.#abandoned -= 1;
      else end();
      // A next statement that waits for nothing goes first: Postgres works on it while those who have asked work with what this one has brought.
      if (this.#mayBegin() && this.#everyMs === 0 && this.#turns === 0) {
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

  #keysOf(item: In): readonly string[] {
    return [...(this.#keys?.(item) ?? []), ...(this.#apart?.(item) ?? [])];
  }

  /** Whether it may go now, with those that have `taken` their keys. */
  #takes({ item }: Asked<In, Out>, taken: Set<string>): boolean {
    if (this.#held.size > 0 && this.#keysOf(item).some((key) => this.#held.has(key))) return false;
    const keys = this.#keys?.(item) ?? [];
    if (keys.some((key) => taken.has(key))) return false;
    for (const key of keys) taken.add(key);
    return true;
  }

  #next(): Asked<In, Out>[] {
    if (!this.#keys && !this.#apart) return this.#waiting.splice(0, this.#max);
    const taken = new Set<string>();
    const group: Asked<In, Out>[] = [];
    const left: Asked<In, Out>[] = [];
    // Beside a statement that is under way: of thousands who all have to wait for it not each is looked at.
    const sought = this.#held.size > 0 ? 2 * this.#max : Infinity;
    for (const [index, each] of this.#waiting.entries()) {
      if (group.length === this.#max || index >= sought || !this.#takes(each, taken)) left.push(each);
      else group.push(each);
    }
    this.#waiting = left;
    return group;
  }
}
