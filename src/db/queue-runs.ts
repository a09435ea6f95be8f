/**
 * The jobs at work in this process, the same under every queue driver: a bounded number, each transaction once at a time, and
 * at the end a drain.
 */
import { setTimeout as delay } from 'node:timers/promises';

export class QueueRuns {
  readonly #handle: (transactionId: string) => Promise<void>;
  readonly #concurrency: number;
  readonly #onError: (error: Error) => void;
  /** The transactions at work, and whether one was called again meanwhile. */
  readonly #running = new Map<string, { again: boolean }>();
  readonly #backlog = new Set<string>();
  #freed = Promise.withResolvers<void>();
  #stopping = false;

  constructor(handle: (transactionId: string) => Promise<void>, concurrency: number, onError: (error: Error) => void) {
    this.#handle = handle;
    this.#concurrency = concurrency;
    this.#onError = onError;
  }

  /** How many more may be started; 0 from `drain` on. */
  get room(): number {
    return this.#stopping ? 0 : Math.max(this.#concurrency - this.#running.size, 0);
  }

  /** Waits until there is room; false when there will be none, because this process stops. */
  async untilRoom(): Promise<boolean> {
    while (!this.#stopping && this.room === 0) await this.#freed.promise;
    return !this.#stopping;
  }

  /**
   * A transaction that is at work already is worked on once more afterwards, however often it is called meanwhile: the call
   * may be about what came after the look that is under way.
   */
  start(transactionId: string): void {
    const running = this.#running.get(transactionId);
    if (running) running.again = true;
    else void this.#run(transactionId);
  }

  /** As `start`, once there is room. What is not begun when this process stops is left to others. */
  startSoon(transactionId: string): void {
    if (this.room > 0) this.start(transactionId);
    else if (!this.#stopping) this.#backlog.add(transactionId);
  }

  async #run(transactionId: string): Promise<void> {
    const run = { again: true };
    this.#running.set(transactionId, run);
    while (run.again) {
      run.again = false;
      await this.#handle(transactionId).catch(this.#onError);
      if (this.#stopping) break;
    }
    this.#running.delete(transactionId);
    const [next] = this.#backlog;
    if (next !== undefined && this.room > 0) {
      this.#backlog.delete(next);
      this.start(next);
    }
    this.#announceRoom();
  }

  #announceRoom(): void {
    const freed = this.#freed;
    this.#freed = Promise.withResolvers();
    freed.resolve();
  }

  /** Nothing new is begun; resolves when all has ended, or after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#announceRoom();
    const patience = new AbortController();
    const over = delay(graceMs, undefined, { signal: patience.signal }).catch(() => {});
    const ended = (async () => {
      while (this.#running.size > 0) await this.#freed.promise;
    })();
    await Promise.race([ended, over]);
    patience.abort();
  }
}
