import type { Address } from './people.ts';

export interface Location {
  readonly id: string;
  readonly name: string;
  /** IANA zone, e.g. America/New_York. */
  readonly timeZone: string;
  readonly address: Address | null;
  readonly connectionId: string;
}

/**
 * active  works
 * paused  a person stopped it: transactions are parked
 * parked  it stopped by itself (credentials refused): probes again, transactions are parked meanwhile
 */
export const CONNECTION_STATES = ['active', 'paused', 'parked'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Who keeps the book of a connection: the hub itself, or a HIS (whose providers and slots are read-only here). */
export type ManagedBy = 'hub' | 'his';
