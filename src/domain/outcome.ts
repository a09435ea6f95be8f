/** What a HIS can answer, whatever its dialect. One vocabulary for every adapter and for the dispatcher. */

/**
 * transient      certainly not executed; try again later
 * throttled      asked to wait; try again after `retryAfterMs`
 * auth           credentials refused; renew once, then park the connection
 * conflict       slot taken, version mismatch, patient already booked
 * not-found      patient, slot or appointment unknown at the HIS
 * invalid        the HIS refused the content; needs a person (mapping or data)
 * unsupported    the HIS cannot do this at all
 * unknown        a write that may have been executed; must be looked up, never sent again blindly
 * uncategorised  a code the adapter's table does not list: a read is transient, a write is unknown
 */
export const ERROR_CLASSES = [
  'transient',
  'throttled',
  'auth',
  'conflict',
  'not-found',
  'invalid',
  'unsupported',
  'unknown',
  'uncategorised',
] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** A HIS's answer that is not a success. `reason` is a stable kebab-case word; `vendorCode` is the HIS's own, no PHI in either. */
export interface Refusal {
  readonly class: ErrorClass;
  readonly reason: string;
  readonly vendorCode?: string;
  readonly retryAfterMs?: number;
}

/** The HIS's evidence that a write was executed. */
export interface Evidence {
  readonly class: 'success';
  /** The HIS's own key of the appointment (or patient). */
  readonly externalId: string;
  /** Further keys the HIS gave, each in its own system. */
  readonly identifiers?: readonly Identifier[];
  readonly version?: string;
}

export type Outcome = Evidence | Refusal;

/**
 * The answer to "did this write happen?".
 * found        the HIS shows the effect
 * absent       the HIS shows, conclusively, that there is none (twice, a gap apart, allows sending again)
 * taken        no effect of ours is visible, and somebody has the slot: ours may still appear, or another's won
 * inconclusive the HIS did not say, or said it from partial data; `never` when asking again is no use
 */
export type Finding =
  | { readonly kind: 'found'; readonly externalId: string; readonly identifiers?: readonly Identifier[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'inconclusive'; readonly reason: string; readonly never?: true };

export interface Identifier {
  readonly system: string;
  readonly value: string;
}
