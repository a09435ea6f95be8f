import type { Caller } from '../domain/index.ts';

const TOKENS_MAX = 1_000;
/** A key that its issuer withdraws stops working within this time, cached or not. */
const KEPT_MS_MAX = 300_000;

/** Tokens whose signature was checked already, by hash; the least recently used goes first. */
export class VerifiedTokens {
  readonly #entries = new Map<string, { readonly caller: Caller; readonly until: number }>();

  get(key: string): Caller | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.until <= Date.now()) return undefined;
    this.#entries.set(key, entry);
    return entry.caller;
  }

  /** `expiresAt`: milliseconds since the epoch. */
  add(key: string, caller: Caller, expiresAt: number): void {
    this.#entries.set(key, { caller, until: Math.min(expiresAt, Date.now() + KEPT_MS_MAX) });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= TOKENS_MAX) break;
      this.#entries.delete(oldest);
    }
  }

  get size(): number {
    return this.#entries.size;
  }
}
