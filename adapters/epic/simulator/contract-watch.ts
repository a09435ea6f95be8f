/** Strict mode: requests that this vendor's contract, or the rule against blind repeats, does not allow. */
import type { SimulatedHis, VendorRequest } from '#adapter-kit/simulator';

export type RequestKind = 'book' | 'lookup' | 'other';

export class ContractWatch {
  readonly #his: SimulatedHis;
  readonly #kindOf: (method: string, path: string) => RequestKind;
  /** Transaction to how many of its bookings were refused, so that nothing was written: those may be sent again. */
  readonly #refused = new Map<string, number>();

  /** `kindOf`: what a request is for, by method and path. */
  constructor(his: SimulatedHis, kindOf: (method: string, path: string) => RequestKind) {
    this.#his = his;
    this.#kindOf = kindOf;
  }

  /** A jti is good for one request until its exp. */
  assertionReused(request: VendorRequest): void {
    this.#his.strict.report('assertion-reused', at(request));
  }

  /** At most five minutes ahead. */
  assertionTooLong(request: VendorRequest): void {
    this.#his.strict.report('assertion-too-long', at(request));
  }

  /** A page is asked for by a link that was never given. */
  pageLinkConstructed(request: VendorRequest): void {
    this.#his.strict.report('page-link-constructed', at(request));
  }

  bookingRefused(transactionId: string | null): void {
    if (transactionId !== null) this.#refused.set(transactionId, (this.#refused.get(transactionId) ?? 0) + 1);
  }

  /** A booking whose answer may have been lost must not be sent again before somebody has looked. */
  booking(request: VendorRequest, transactionId: string | null): void {
    // Where the same request again is answered with the first result, repeating it is what one does.
    if (!this.#his.strict.on || transactionId === null || this.#his.lookup === 'idempotency-key') return;
    const kinds = this.#his
      .seen()
      .filter((each) => each.transactionId === transactionId)
      .map(({ method, path }) => this.#kindOf(method, path));
    const bookings = kinds.filter((kind) => kind === 'book').length;
    if (bookings < 2 || (this.#refused.get(transactionId) ?? 0) >= bookings - 1) return;
    const earlier = kinds.lastIndexOf('book', kinds.lastIndexOf('book') - 1);
    if (!kinds.slice(earlier + 1).includes('lookup'))
      this.#his.strict.report('book-without-look-up', `${at(request)} ${transactionId}`);
  }
}

/** No query: a patient search carries names there. */
const at = ({ method, url }: VendorRequest): string => `${method} ${url.pathname}`;
