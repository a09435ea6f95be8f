/** What the clients know: what they asked for, and what they were answered. Nothing of the hub can change it. */

export interface Entry {
  readonly kind: 'book' | 'cancel' | 'reschedule';
  readonly client: string;
  readonly key: string;
  readonly slotId: string | undefined;
  /** The transaction ids that it was sent under: a new one each time it is asked again. */
  readonly asked: string[];
  /** How often there was no answer. */
  unheard: number;
  answer:
    | { readonly kind: 'accepted'; readonly transactionId: string; readonly appointmentId: string }
    | { readonly kind: 'refused'; readonly code: string }
    | undefined;
}

export type Accepted = Extract<NonNullable<Entry['answer']>, { kind: 'accepted' }>;
