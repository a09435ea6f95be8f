/** Strict mode: requests that this vendor's contract, or the rule against blind repeats, does not allow. */
import type { SimulatedHis, VendorRequest } from '#adapter-kit/simulator';

export class ContractWatch {
  readonly #his: SimulatedHis;
  /** Transaction to how many of its creates were refused before anything was processed: those may be sent again. */
  readonly #refused = new Map<string, number>();

  constructor(his: SimulatedHis) {
    this.#his = his;
  }

  /** A change must name the version that it was decided on. */
  ifMatchMissing(request: VendorRequest): void {
    this.#his.strict.report('if-match-missing', at(request));
  }

  /** A page is asked for by a link that was never given. */
  pageLinkConstructed(request: VendorRequest): void {
    this.#his.strict.report('page-link-constructed', at(request));
  }

  createRefused(transactionId: string | null): void {
    if (transactionId !== null) this.#refused.set(transactionId, (this.#refused.get(transactionId) ?? 0) + 1);
  }

  /** A create whose answer may have been lost must not be sent again before somebody has looked. */
  create(request: VendorRequest, transactionId: string | null): void {
    if (!this.#his.strict.on || transactionId === null) return;
    const seen = this.#his.seen().filter((each) => each.transactionId === transactionId);
    const isCreate = seen.map(({ method, path }) => method === 'POST' && path.endsWith('/Appointment'));
    const earlier = isCreate.lastIndexOf(true, isCreate.lastIndexOf(true) - 1);
    const creates = isCreate.filter(Boolean).length;
    if (creates < 2 || (this.#refused.get(transactionId) ?? 0) >= creates - 1) return;
    const lookedSince = seen
      .slice(earlier + 1)
      .some(({ method, path }) => method === 'GET' && path.endsWith('/Appointment'));
    if (!lookedSince) this.#his.strict.report('create-without-look-up', `${at(request)} ${transactionId}`);
  }
}

/** No query: a patient search carries names there. */
const at = ({ method, url }: VendorRequest): string => `${method} ${url.pathname}`;
