/**
 * The hub's own appointment book: what an adapter with `managedBy: 'hub'` writes to, as others write to a HIS.
 * Kept in Postgres, where constraints refuse an overlap of one provider's seat and a second entry of one transaction.
 */
export interface HubBook {
  /** Enters an appointment. The same transaction entered twice gives the first entry. */
  enter(
    entry: BookEntry,
  ): Promise<{ readonly kind: 'entered'; readonly entryId: string } | { readonly kind: 'overlaps' }>;
  /** Moves an entry to another time. Moving to where it is already is `moved`. */
  move(entryId: string, to: Omit<BookEntry, 'transactionId'>): Promise<'moved' | 'overlaps' | 'unknown-entry'>;
  /** Strikes an entry out. Striking twice is striking once. */
  strike(entryId: string): Promise<'struck' | 'unknown-entry'>;
  /** The entry that a transaction made, if it did. */
  findByTransaction(transactionId: string): Promise<EntryState | undefined>;
  read(entryId: string): Promise<EntryState | undefined>;
}

export interface BookEntry {
  readonly transactionId: string;
  readonly providerId: string;
  /** From 1; capacity above one is a seat each. */
  readonly seat: number;
  /** RFC 3339 instants, [start, end). */
  readonly start: string;
  readonly end: string;
}

export interface EntryState {
  readonly entryId: string;
  readonly status: 'booked' | 'struck';
  readonly providerId: string;
  readonly seat: number;
  readonly start: string;
}
