/**
 * How often a HIS is called: one rate for all processes of a database (the virtual scheduling form of the generic cell rate
 * algorithm, ITU-T I.371). A row says when the next call may begin; whoever wants to call moves it on, and waits for its time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { prepared, type Sql } from '../db/database.ts';

/** What was not used lately may be used at once, but no more of it than this. */
const BURST_MS = 200;
/** A HIS that asks for more is asked again after this. */
const THROTTLE_MAX_MS = 600_000;

interface Waiter {
  /** May begin in so many milliseconds. */
  go(inMs: number): void;
  fail(error: unknown): void;
}

/**
 * `start_ms`: when the first of $2 calls may begin, seen from now; the others follow at the rate $3. Negative: it is overdue.
 * $4: calls that were made beside those that were announced, and are made up for now.
 */
const RESERVE = prepared(`
  insert into call_rate as r (connection_id, next_at)
  values ($1, clock_timestamp() + ($2::int + $4::int) * interval '1 second' / $3::float8)
  on conflict (connection_id) do update set next_at =
    greatest(r.next_at, r.throttled_until, clock_timestamp() - $5::float8 * interval '1 ms')
      + ($2::int + $4::int) * interval '1 second' / $3::float8
  returning (extract(epoch from next_at - clock_timestamp()) * 1000)::float8 - $2::int * 1000 / $3::float8 as start_ms`);

const THROTTLE = `
  insert into call_rate as r (connection_id, next_at, throttled_until)
  values ($1, clock_timestamp(), clock_timestamp() + $2::float8 * interval '1 ms')
  on conflict (connection_id) do update set throttled_until = greatest(r.throttled_until, excluded.throttled_until)`;

export class CallRate {
  readonly #sql: Sql;
  readonly #connectionId: string;
  readonly #perSecond: number;
  readonly #waiting: Waiter[] = [];
  #reserving = false;
  #owed = 0;
  #nextAt = 0;

  constructor(sql: Sql, connectionId: string, perSecond: number) {
    this.#sql = sql;
    this.#connectionId = connectionId;
    this.#perSecond = perSecond;
  }

  /** By `performance.now()`, about: whoever comes now begins no sooner. The row that says so only ever moves on. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Resolves when a call may begin. Throws the reason of `signal`, or what the database threw. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const turn = Promise.withResolvers<number>();
    this.#waiting.push({ go: turn.resolve, fail: turn.reject });
    if (!this.#reserving) void this.#reserve();
    const inMs = await turn.promise;
    signal.throwIfAborted();
    if (inMs >= 1) await delay(inMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  /** All who want to call now are one statement: whoever comes while it is under way is in the next one. */
  async #reserve(): Promise<void> {
    this.#reserving = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      const owed = this.#owed;
      this.#owed = 0;
      const askedAt = performance.now();
      try {
        const { rows } = await this.#sql.query<{ start_ms: number }>(RESERVE, [
          this.#connectionId,
          group.length,
          this.#perSecond,
          owed,
          BURST_MS,
        ]);
        const startMs = rows[0]?.start_ms ?? 0;
        this.#nextAt = askedAt + startMs + (group.length * 1_000) / this.#perSecond;
        for (const [index, waiter] of group.entries()) waiter.go(startMs + (index * 1_000) / this.#perSecond);
      } catch (error) {
        for (const waiter of group) waiter.fail(error);
      }
    }
    this.#reserving = false;
  }

  /** What took one turn was more than one call: the next ones wait for it; a second's worth at most, so that they go on at all. */
  owe(calls: number): void {
    this.#owed = Math.min(this.#owed + calls, this.#perSecond);
  }

  /** The HIS asks for a pause: no process begins a call before it is over. */
  async throttle(pauseMs: number): Promise<void> {
    await this.#sql.query(THROTTLE, [this.#connectionId, Math.min(pauseMs, THROTTLE_MAX_MS)]);
  }
}
