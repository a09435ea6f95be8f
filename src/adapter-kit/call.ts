/** What an adapter is handed for one call: everything it may touch. */
import type { Refusal } from '../domain/index.ts';
import type { BeginExchange, HisFetch } from './his-fetch.ts';
import type { HubBook } from './hub-book.ts';

export { AdapterError, type AdapterErrorKind } from './adapter-error.ts';

export interface Call {
  /** Aborted when the deadline passes. */
  readonly signal: AbortSignal;
  /** UUIDv7. What the HIS is told as the client's reference, and what `lookup` looks for. */
  readonly transactionId: string;
  /** From 1. */
  readonly attempt: number;
  readonly fetch: HisFetch;
  /** What `fetch` keeps of a request, for a transport of another kind: MLLP uses it. */
  readonly begin: BeginExchange;
  /** Applies a mapping of mappings/<adapter>/ by its name, e.g. `slot`. Throws AdapterError `protocol` when the input does not fit. */
  map(name: string, input: unknown): unknown;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The adapter holds an access token that ends then; milliseconds since the epoch. */
  tokenUntil?(endsAtMs: number): void;
  /** One structured line. Values are redacted by key; give ids and codes, never payloads. */
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What this connection's HIS has told by itself so far: how a write is looked up at a HIS that cannot be asked. */
  readonly feed?: Feed;
  /** The hub's own book; present when the manifest says `managedBy: 'hub'`. */
  readonly hubBook?: HubBook;
}

/** Notices of appointments that were received and stored, by our own reference. */
export interface Feed {
  /** The newest notice about the appointment that `transactionId` made; undefined while there is none. */
  aboutTransaction(transactionId: string): Promise<HeardOf | undefined>;
  /** The newest notice about the HIS's appointment `externalId`. */
  aboutAppointment(externalId: string): Promise<HeardOf | undefined>;
  /**
   * For a HIS that does not repeat our reference: the appointments of a patient (by the key it was booked under) that stand at
   * `start` by the newest notice of each.
   */
  aboutPatient(patientExternalId: string, start: string): Promise<readonly HeardOf[]>;
  /** The HIS's late answer to the message with this key, when it came by itself: its refusal, in the words of the adapter's table. */
  answerTo(messageId: string): Promise<Refusal | undefined>;
}

export interface HeardOf {
  readonly event: 'booked' | 'moved' | 'modified' | 'cancelled' | 'noshow';
  readonly externalId: string;
  /** Where it was then; RFC 3339 instant. */
  readonly start?: string;
  readonly providerExternalId?: string;
  readonly at: string;
}
