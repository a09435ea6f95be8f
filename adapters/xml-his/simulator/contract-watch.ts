/** Strict mode: what a client does that no HIS of this kind must put up with, whatever it was answered. */
import type { SimulatedHis, VendorRequest } from '#adapter-kit/simulator';

export class ContractWatch {
  readonly #his: SimulatedHis;
  /** Bookings that were sent, by transaction, since the last look at that patient. */
  readonly #sent = new Map<string, string>();

  constructor(his: SimulatedHis) {
    this.#his = his;
  }

  /** A booking that was let in. The same transaction again, without a look at the patient in between, is a blind repetition. */
  booked(request: VendorRequest, transactionId: string | null, patientId: string): void {
    if (transactionId === null) return this.broken('reference-missing', request);
    if (this.#sent.has(transactionId)) this.broken('sent-again-without-look-up', request, transactionId);
    this.#sent.set(transactionId, patientId);
  }

  looked(patientId: string): void {
    for (const [transactionId, of] of this.#sent) if (of === patientId) this.#sent.delete(transactionId);
  }

  broken(rule: string, { method, url }: VendorRequest, id = ''): void {
    this.#his.strict.report(rule, `${method} ${url.pathname} ${id}`.trim());
  }
}
