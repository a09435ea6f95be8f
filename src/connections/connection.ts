/**
 * One connection at work: its connector, and what keeps it from hurting others or its HIS: a bulkhead and rate limit (p-queue)
 * and a circuit breaker (opossum), each its own.
 */
import CircuitBreaker from 'opossum';
import PQueue from 'p-queue';
import type { Adapter, Connector, Feed, HubBook, Outcome } from '../adapter-kit/index.ts';
import type { ConnectionState, ManagedBy, Policy } from '../domain/index.ts';
import type { AdapterMappings } from '../mapping/index.ts';

export interface ConnectionRow {
  readonly id: string;
  readonly organization_id: string;
  readonly key: string;
  readonly adapter: string;
  readonly managed_by: ManagedBy;
  readonly config: Readonly<Record<string, unknown>>;
  readonly policy: Policy;
  readonly state: ConnectionState;
  readonly state_reason: string | null;
}

/** Answers that say something about the health of the HIS rather than about the request. */
const SICK: ReadonlySet<string> = new Set(['transient', 'unknown', 'uncategorised']);
/** Below this many calls in ten seconds a failure rate means nothing. */
const BREAKER_VOLUME = 10;
const NEVER_MS = 2 ** 31 - 1;

class SickAnswer extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super('the HIS is not well');
    this.outcome = outcome;
  }
}

export class Connection {
  readonly row: ConnectionRow;
  readonly adapter: Adapter;
  readonly connector: Connector;
  readonly mappings: AdapterMappings | undefined;
  readonly hubBook: HubBook | undefined;
  /** What its HIS has told by itself; undefined where it tells nothing. */
  readonly feed: Feed | undefined;
  /** Calls wait here for their turn, before anything is leased. */
  readonly #turns: PQueue;
  readonly #breaker: CircuitBreaker<[() => Promise<Outcome>], Outcome>;

  /** True once the opening was written down, so that a later `active` means that somebody has found the HIS well. */
  #openingRecorded = false;

  constructor(
    row: ConnectionRow,
    adapter: Adapter,
    connector: Connector,
    mappings: AdapterMappings | undefined,
    ports: {
      readonly hubBook: HubBook | undefined;
      readonly feed: Feed | undefined;
      /** Writes down that the HIS is unwell, for all processes. */
      readonly recordUnwell: () => Promise<void>;
    },
  ) {
    this.row = row;
    this.adapter = adapter;
    this.connector = connector;
    this.mappings = mappings;
    this.hubBook = ports.hubBook;
    this.feed = ports.feed;
    this.#turns = new PQueue({
      concurrency: row.policy.concurrency,
      interval: 1_000,
      intervalCap: row.policy.callsPerSecond,
    });
    this.#breaker = new CircuitBreaker(
      async (call: () => Promise<Outcome>) => {
        const outcome = await call();
        if (SICK.has(outcome.class)) throw new SickAnswer(outcome);
        return outcome;
      },
      {
        timeout: false,
        volumeThreshold: BREAKER_VOLUME,
        errorThresholdPercentage: 50,
        // It never half-opens by itself, to let a booking try: the prober asks the HIS with a harmless read instead.
        resetTimeout: NEVER_MS,
      },
    );
    this.#breaker.on('open', () => {
      void ports.recordUnwell().then(
        () => (this.#openingRecorded = true),
        // Not written: nobody would ever find it well again.
        () => this.#breaker.close(),
      );
    });
  }

  get breakerOpen(): boolean {
    return this.#breaker.opened;
  }

  /** The connection is active: if it had been written down as unwell, it was found well since. */
  foundActive(): void {
    if (!this.#openingRecorded) return;
    this.#openingRecorded = false;
    this.#breaker.close();
  }

  /** Calls that wait for their turn. */
  get waiting(): number {
    return this.#turns.size;
  }

  takeTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.add(work);
  }

  /** Makes a call whose outcome counts for the breaker. */
  async guarded(call: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await this.#breaker.fire(call);
    } catch (error) {
      if (error instanceof SickAnswer) return error.outcome;
      if (CircuitBreaker.isOurError(error as Error)) return { class: 'transient', reason: 'breaker-open' };
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#turns.clear();
    this.#breaker.shutdown();
    await this.connector.close();
  }
}
