/**
 * Answers about free slots, remembered in this process. Each is given only after the database has said, in a statement that was begun
 * after the question came, that nothing has changed since it was read: so what was committed before a question is in its answer, in
 * every process, and nobody has to hear anything in time. Many questions share one such statement. What is asked once only is not kept.
 * See docs/decisions/0053.
 */
import { hash } from 'node:crypto';
import type { Sql } from '../db/database.ts';
import { inOwnMemory } from './own-memory.ts';
import { SlotChanges, type Changed } from './slot-changes.ts';

/** Of the answers that are kept, about: they are outside of the heap. */
const BYTES_MAX = 32 * 1024 * 1024;
const ENTRY_BYTES = 512;
/** About 1 MB. */
const ASKED_MAX = 10_000;
const EVERY_DAY = [-Infinity, Infinity] as const;

export interface Answer {
  readonly body: Buffer;
  /** While nothing is changed, it is the answer for so long from the moment on at which it was asked for. */
  readonly sameForMs: number;
  /** Slots of other days make no difference: the first and the last that do, as utcDay() gives them. */
  readonly days: readonly [number, number];
}

type Read = (kept: boolean) => Promise<Answer>;

interface Question {
  readonly organizationId: string;
  readonly providerId: string;
  /** All else that the answer depends on: who asks as far as it matters, and what is asked. */
  readonly asked: readonly unknown[];
}

interface Entry {
  readonly key: string;
  /** The ids that it is forgotten by. */
  readonly about: readonly string[];
  readonly answer: Promise<Answer>;
  /** On the clock of performance.now(). */
  until: number;
  bytes: number;
  /** As of the answer; every day, until there is one. */
  days: Answer['days'];
}

export class RememberedAnswers {
  readonly #changes: SlotChanges;
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #about = new Map<string, Set<Entry>>();
  /** Questions that were asked before, by their hashes, and those that were asked before these. */
  #asked = new Set<string>();
  #askedEarlier = new Set<string>();
  readonly #bytesMax: number;
  #bytes = 0;

  /** `sql`: sees every organization. */
  constructor(sql: Sql, bytesMax = BYTES_MAX) {
    this.#changes = new SlotChanges(sql, (changed) => this.#forgetAll(changed));
    this.#bytesMax = bytesMax;
  }

  /**
   * The body of the answer. Throws what `read` throws, or the look for changes; it reads what is committed when it is called, and looks
   * for how long that holds when that is `kept`.
   */
  async answer({ organizationId, providerId, asked }: Question, read: Read): Promise<Buffer> {
    const about = [organizationId, providerId].map((id) => id.toLowerCase());
    const key = JSON.stringify([...about, ...asked]);
    const now = performance.now();
    if (this.#entries.has(key)) {
      await this.#changes.told();
      const entry = this.#entries.get(key);
      const answer = await entry?.answer;
      if (entry && answer && now < entry.until) {
        this.#use(entry);
        return answer.body;
      }
    }
    return (await (this.#isAskedAgain(key) ? this.#read(key, about, read) : read(false))).body;
  }

  get size(): number {
    return this.#entries.size;
  }

  #isAskedAgain(question: string): boolean {
    const key = hash('sha256', question, 'base64');
    if (this.#asked.has(key)) return true;
    if (this.#asked.size >= ASKED_MAX / 2) [this.#askedEarlier, this.#asked] = [this.#asked, new Set()];
    this.#asked.add(key);
    return this.#askedEarlier.has(key);
  }

  /** It is there to be forgotten before it is read: what is committed while it is read is told later. */
  async #read(key: string, about: readonly string[], read: Read): Promise<Answer> {
    const begun = performance.now();
    const bytes = ENTRY_BYTES + 2 * key.length;
    const reading = read(true).then((given) => ({ ...given, body: inOwnMemory(given.body) }));
    const entry: Entry = { key, about, answer: reading, until: Infinity, bytes, days: EVERY_DAY };
    this.#add(entry);
    try {
      const answer = await entry.answer;
      entry.until = begun + answer.sameForMs;
      entry.days = answer.days;
      this.#grow(entry, answer);
      return answer;
    } catch (error) {
      this.#remove(entry);
      throw error;
    }
  }

  #add(entry: Entry): void {
    const earlier = this.#entries.get(entry.key);
    if (earlier) this.#remove(earlier);
    this.#entries.set(entry.key, entry);
    for (const id of entry.about) {
      const same = this.#about.get(id);
      if (same) same.add(entry);
      else this.#about.set(id, new Set([entry]));
    }
    this.#bytes += entry.bytes;
  }

  #use(entry: Entry): void {
    if (this.#entries.get(entry.key) !== entry) return;
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
  }

  #grow(entry: Entry, { body, sameForMs }: Answer): void {
    if (this.#entries.get(entry.key) !== entry) return;
    if (sameForMs <= 0) return this.#remove(entry);
    entry.bytes += body.byteLength;
    this.#bytes += body.byteLength;
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#remove(oldest);
    }
  }

  #remove(entry: Entry): void {
    if (this.#entries.get(entry.key) !== entry) return;
    this.#entries.delete(entry.key);
    this.#bytes -= entry.bytes;
    for (const id of entry.about) {
      const same = this.#about.get(id);
      same?.delete(entry);
      if (same?.size === 0) this.#about.delete(id);
    }
  }

  #forgetAll(changed: readonly Changed[] | undefined): void {
    const gone = changed?.flatMap((each) => this.#touchedBy(each)) ?? [...this.#entries.values()];
    for (const entry of gone) this.#remove(entry);
  }

  #touchedBy({ id, day }: Changed): readonly Entry[] {
    const entries = [...(this.#about.get(id) ?? [])];
    return day === undefined ? entries : entries.filter(({ days: [first, last] }) => first <= day && day <= last);
  }
}
