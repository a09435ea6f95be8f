/**
 * The four things an adapter may throw. Everything a HIS says in its own words is returned as an outcome instead.
 * unavailable    not reached: certainly not executed
 * unauthorised   credentials refused after one renewal
 * misconfigured  the connection's config cannot work
 * protocol       the reply cannot be read, or was lost: a write may have been executed
 */
export type AdapterErrorKind = 'unavailable' | 'unauthorised' | 'misconfigured' | 'protocol';

export class AdapterError extends Error {
  readonly kind: AdapterErrorKind;
  /** Stable kebab-case word for ledgers and metrics. */
  readonly reason: string;

  constructor(kind: AdapterErrorKind, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AdapterError';
    this.kind = kind;
    this.reason = reason;
  }
}
