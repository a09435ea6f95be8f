/** The requests that wait for a HIS: when the hub stops they are answered at once, with what is known by then. */
import type { SettlementWatch } from '../ledger/settlement-watch.ts';

export class Waits {
  readonly #settlements: SettlementWatch;
  readonly #waiting = new Set<AbortController>();
  #ended = false;

  constructor(settlements: SettlementWatch) {
    this.#settlements = settlements;
  }

  /** As SettlementWatch.wait, until `end`. */
  async settled(transactionId: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const abort = (): void => over.abort();
    signal.addEventListener('abort', abort);
    this.#waiting.add(over);
    try {
      return await this.#settlements.wait(transactionId, this.#ended ? 0 : timeoutMs, over.signal);
    } finally {
      this.#waiting.delete(over);
      signal.removeEventListener('abort', abort);
    }
  }

  end(): void {
    this.#ended = true;
    for (const each of this.#waiting) each.abort();
  }
}
