/** Whether Redis can be reached, and whether it is fit to be the queue: said once each time that changes. */
import type { Redis } from 'ioredis';
import { checkRedis } from './redis.ts';

const REFUSED = /NOAUTH|WRONGPASS|NOPERM|invalid (username|password)/i;

export class RedisWatch {
  readonly #redis: Redis;
  readonly #address: string;
  readonly #warn: (message: string) => void;
  #away = false;
  #ended = false;
  #lastError = '';

  constructor(redis: Redis, address: string, warn: (message: string) => void) {
    this.#redis = redis;
    this.#address = address;
    this.#warn = warn;
    redis.on('error', (error: Error) => (this.#lastError = error.message));
    redis.on('close', () => this.#left());
    redis.on('ready', () => void this.#came());
  }

  /** Tries once; what cannot be reached goes on trying. Throws when Redis refuses the credentials, or is unsafe by its settings. */
  async connect(): Promise<void> {
    await this.#redis.connect().catch(() => {});
    if (this.#redis.status !== 'ready') {
      if (REFUSED.test(this.#lastError))
        throw new Error(`Redis at ${this.#address} refuses the credentials of REDIS_URL: ${this.#lastError}`);
      return;
    }
    const { refused, warnings } = await checkRedis(this.#redis);
    const [first] = refused;
    if (first) throw new Error(`Redis at ${this.#address} cannot be the queue: ${first}`);
    for (const warning of warnings) this.#warn(`Redis at ${this.#address}: ${warning}`);
  }

  /** Closes the connection, without a word. */
  disconnect(): void {
    this.#ended = true;
    this.#redis.disconnect();
  }

  #left(): void {
    if (this.#away || this.#ended) return;
    this.#away = true;
    const why = this.#lastError || 'connection closed';
    this.#warn(`Redis at ${this.#address} cannot be reached (${why}): bookings go on, but start seconds later`);
  }

  async #came(): Promise<void> {
    if (!this.#away) return;
    this.#away = false;
    this.#lastError = '';
    try {
      const { refused, warnings } = await checkRedis(this.#redis);
      const problems = [...refused, ...warnings].map((each) => `; ${each}`).join('');
      this.#warn(`Redis at ${this.#address} is back${problems}`);
    } catch {
      // Gone again before it could be asked: it is asked when it comes next.
    }
  }
}
