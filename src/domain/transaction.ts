/**
 * The life of a transaction, as data. Code asks the table; nobody compares states by hand.
 * Each edge names the event that it emits, so the events of a transaction are its story.
 */
export const TRANSACTION_KINDS = ['book', 'reschedule', 'cancel'] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];

export const TRANSACTION_STATES = [
  'queued',
  'sending',
  'retrying',
  'parked',
  'unknown',
  'verifying',
  'needs_review',
  'failed',
  'succeeded',
  'rejected',
  'superseded',
] as const;
export type TransactionState = (typeof TRANSACTION_STATES)[number];

/** Nothing leaves these. */
export const TERMINAL_STATES: readonly TransactionState[] = ['succeeded', 'rejected', 'superseded'];
/** In these a person is waited for. They are not terminal. */
export const WAITING_FOR_PERSON: readonly TransactionState[] = ['failed', 'needs_review'];
/** In these the caller has its answer: nothing more happens without a person. */
export const SETTLED_STATES: readonly TransactionState[] = [...TERMINAL_STATES, ...WAITING_FOR_PERSON];

/** What can happen to a transaction. */
export type TransactionTrigger =
  | 'leased'
  | 'confirmed'
  | 'refused'
  | 'postponed'
  | 'due'
  | 'held-back'
  | 'resumed'
  | 'answer-lost'
  | 'looked-up'
  | 'proved-absent'
  | 'step-confirmed'
  | 'still-unknown'
  | 'given-up'
  | 'unresolvable'
  | 'replayed'
  | 'resolved-as-booked'
  | 'resolved-as-absent'
  | 'overtaken'
  | 'found-at-his';

interface Edge {
  readonly from: TransactionState;
  readonly on: TransactionTrigger;
  readonly to: TransactionState;
  readonly emits: string;
}

const edge = (from: TransactionState, on: TransactionTrigger, to: TransactionState, emits: string): Edge => ({
  from,
  on,
  to,
  emits: `transaction.${emits}`,
});

export const TRANSACTION_EDGES: readonly Edge[] = [
  edge('queued', 'leased', 'sending', 'sending'),
  edge('queued', 'held-back', 'parked', 'parked'),
  edge('queued', 'overtaken', 'superseded', 'superseded'),
  // A restored backup has forgotten that it was sent.
  edge('queued', 'found-at-his', 'unknown', 'unknown'),
  edge('retrying', 'found-at-his', 'unknown', 'unknown'),
  edge('parked', 'found-at-his', 'unknown', 'unknown'),
  edge('sending', 'confirmed', 'succeeded', 'succeeded'),
  edge('sending', 'refused', 'rejected', 'rejected'),
  edge('sending', 'postponed', 'retrying', 'retrying'),
  edge('sending', 'held-back', 'parked', 'parked'),
  edge('sending', 'answer-lost', 'unknown', 'unknown'),
  edge('sending', 'given-up', 'failed', 'failed'),
  edge('sending', 'unresolvable', 'needs_review', 'needs_review'),
  edge('retrying', 'due', 'queued', 'queued'),
  edge('retrying', 'overtaken', 'superseded', 'superseded'),
  edge('parked', 'resumed', 'queued', 'queued'),
  edge('parked', 'overtaken', 'superseded', 'superseded'),
  edge('unknown', 'looked-up', 'verifying', 'verifying'),
  edge('verifying', 'confirmed', 'succeeded', 'succeeded'),
  edge('verifying', 'refused', 'rejected', 'rejected'),
  edge('verifying', 'proved-absent', 'queued', 'absent'),
  edge('verifying', 'step-confirmed', 'queued', 'step_confirmed'),
  edge('verifying', 'still-unknown', 'unknown', 'unknown'),
  edge('verifying', 'unresolvable', 'needs_review', 'needs_review'),
  edge('failed', 'replayed', 'queued', 'replayed'),
  // It may have been executed: a replay asks the HIS first, and sends only what was proved absent.
  edge('needs_review', 'replayed', 'unknown', 'replayed'),
  edge('needs_review', 'resolved-as-booked', 'succeeded', 'resolved'),
  edge('needs_review', 'resolved-as-absent', 'rejected', 'resolved'),
];

/** Settled, and surely executed or surely not: nothing has to wait for these. Of what can be resolved as booked nobody knows. */
export const CLOSED_STATES: readonly TransactionState[] = SETTLED_STATES.filter(
  (state) => !TRANSACTION_EDGES.some(({ from, on }) => from === state && on === 'resolved-as-booked'),
);

/** The edge that `on` takes from `from`. Throws a plain Error when the table has none. */
export function edgeFor(from: TransactionState, on: TransactionTrigger): Edge {
  const found = TRANSACTION_EDGES.find((each) => each.from === from && each.on === on);
  if (!found) throw new Error(`no edge "${on}" leaves transaction state "${from}"`);
  return found;
}
