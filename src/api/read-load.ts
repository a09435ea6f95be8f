/** Whether reads are more than can be answered well: by how long they take, and how long one is not heard. */

export interface LoadLimits {
  /** Reads that may be under way however long they take. */
  readonly reads: number;
  /** That more are under way is too much when reads take longer than this, in milliseconds. */
  readonly tookMs: number;
  /** Reads that may be under way at all. */
  readonly readsMax: number;
  /** Of one turn of the event loop, in milliseconds: whoever is heard later in it has waited for as long already. */
  readonly turnMs: number;
  /** For so long there may be more. */
  readonly burstMs: number;
  /** Long turns that are no further apart than this are one burst: in between nothing is seen of those who wait. */
  readonly momentMs: number;
  /** So long after the last refusal there may be a burst again. */
  readonly calmMs: number;
}

const LIMITS: LoadLimits = {
  reads: 32,
  tookMs: 50,
  readsMax: 400,
  turnMs: 15,
  // Whoever is refused is to come again in a second: who can be answered by then is better off waiting.
  burstMs: 1_000,
  momentMs: 100,
  calmMs: 1_000,
};
/** Of the mean of what reads took of late. */
const NEW_SHARE = 0.1;

export class ReadLoad {
  readonly #limits: LoadLimits;
  readonly #onBegin: () => void;
  readonly #crowd = new Lasting(0);
  readonly #longTurns: Lasting;
  #underWay = 0;
  /** What reads took of late, in milliseconds; one that took very long, e.g. as its HIS was asked, counts as twice too long. */
  #took = 0;
  #turnBeganAt: number | undefined;
  #refusesUntil = -Infinity;

  /** `onBegin`: told when there begins to be too much. */
  constructor(limits: Partial<LoadLimits>, onBegin: () => void) {
    this.#limits = { ...LIMITS, ...limits };
    this.#onBegin = onBegin;
    this.#longTurns = new Lasting(this.#limits.momentMs);
  }

  /** Returns what ends it. */
  begin(): () => void {
    this.#underWay += 1;
    const begunAt = performance.now();
    return () => {
      this.#underWay -= 1;
      const took = Math.min(performance.now() - begunAt, 2 * this.#limits.tookMs);
      this.#took += (took - this.#took) * NEW_SHARE;
    };
  }

  isTooMuch(now = performance.now()): boolean {
    const { reads, tookMs, readsMax, turnMs, burstMs, calmMs } = this.#limits;
    const refuses = now < this.#refusesUntil;
    // Once it refuses it lets in no more than that, else they would take long again.
    const crowdedMs = this.#crowd.seen(this.#underWay >= reads && (refuses || this.#took > tookMs), now);
    const longTurnsMs = this.#longTurns.seen(this.#turnMs(now) > turnMs, now);
    const isFull = this.#underWay >= readsMax;
    if (crowdedMs === undefined && longTurnsMs === undefined && !isFull) return false;
    const isBurst = Math.max(crowdedMs ?? 0, longTurnsMs ?? 0) < burstMs && !isFull;
    if (!refuses && isBurst) return false;
    this.#refusesUntil = now + calmMs;
    if (!refuses) this.#onBegin();
    return true;
  }

  /** How long the present turn has taken until now. */
  #turnMs(now: number): number {
    if (this.#turnBeganAt === undefined) {
      this.#turnBeganAt = now;
      setImmediate(() => (this.#turnBeganAt = undefined));
    }
    return now - this.#turnBeganAt;
  }
}

/** What is seen again and again, until for a moment it is not. */
class Lasting {
  readonly #momentMs: number;
  #since: number | undefined;
  #lately = -Infinity;

  constructor(momentMs: number) {
    this.#momentMs = momentMs;
  }

  /** For how long by now; undefined: it is not so. */
  seen(isSo: boolean, now: number): number | undefined {
    if (isSo) {
      this.#since ??= now;
      this.#lately = now;
      return now - this.#since;
    }
    if (now - this.#lately >= this.#momentMs) this.#since = undefined;
    return undefined;
  }
}
