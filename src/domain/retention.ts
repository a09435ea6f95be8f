/** For how many days what is kept, by class; docs/decisions/0052-retention.md. The ledger itself is kept for ever. */

export const RETENTION_CLASSES = ['payloads', 'events', 'requests', 'audit', 'answers'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** Days. */
export type Retention = Readonly<Record<RetentionClass, number>>;

/** audit: six years, 45 CFR 164.316(b)(2)(i). answers: of idempotency keys. */
export const DEFAULT_RETENTION: Retention = { payloads: 90, events: 400, requests: 400, audit: 2_192, answers: 30 };

/** Less would take from the hub what it works with; the table `retention` refuses it, too. */
export const RETENTION_LIMITS: Readonly<Record<RetentionClass, { readonly min: number; readonly max: number }>> = {
  payloads: { min: 7, max: 36_500 },
  events: { min: 60, max: 36_500 },
  requests: { min: 7, max: 36_500 },
  audit: { min: 365, max: 36_500 },
  answers: { min: 7, max: 36_500 },
};
