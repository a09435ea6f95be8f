/**
 * One connection at work: its connector, and what keeps it from hurting others or its HIS: a bulkhead and rate limit (turns.ts)
 * and a circuit breaker (opossum), each its own.
 */
import CircuitBreaker from 'opossum';
import type { Adapter, Connector, Feed, HubBook, Outcome } from '../adapter-kit/index.ts';
import type { ConnectionState, ManagedBy, Policy } from '../domain/index.ts';
import type { AdapterMappings } from '../mapping/index.ts';
import type { CallMappings, ConnectionMappings, WhoseCall } from './own-mappings.ts';
import type { Turns } from './turns.ts';
import type { UnmappedCode } from './unmapped.ts';

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
/** A shorter secret could be guessed: it opens nothing. */
export const PUSH_SECRET_MIN = 24;
/** Below this many calls in ten seconds a failure rate means nothing. */
const BREAKER_VOLUME = 10;
const NEVER_MS = 2 ** 31 - 1;

/** One call of a connector, for whoever counts. */
export interface CallEnd {
  readonly operation: string;
  /** Of an outcome or a refusal its class, of a finding its kind. */
  readonly class: string;
  readonly durationMs: number;
  /** Requests that it made of the HIS. */
  readonly exchanges: number;
}

export interface ConnectionPorts {
  readonly hubBook: HubBook | undefined;
  readonly feed: Feed | undefined;
  /** What its HIS shows when it posts to the hub by itself. */
  readonly pushSecret?: string | undefined;
  /** Absent: calls need not wait for each other. */
  readonly turns?: Turns;
  /** Writes down that the HIS is unwell, for all processes. */
  readonly recordUnwell: () => Promise<void>;
  /** The HIS asks for a pause: of all processes. */
  readonly throttle?: (pauseMs: number) => Promise<void>;
  /** Told of each call when it has ended. Must not throw. */
  readonly ended?: (call: CallEnd) => void;
  /** Told when an access token that the connector was given ends. Must not throw. */
  readonly tokenUntil?: (endsAtMs: number) => void;
  /** Told of what the HIS has said and a call has left out, because no table lists its code. Must not throw. */
  readonly leftOut?: (unmapped: UnmappedCode) => void;
}

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
  /** The built-in ones. */
  readonly #mappings: AdapterMappings | undefined;
  #own: ConnectionMappings | undefined;
  readonly hubBook: HubBook | undefined;
  /** What its HIS has told by itself; undefined where it tells nothing. */
  readonly feed: Feed | undefined;
  /** Undefined: it takes no pushes. */
  readonly pushSecret: string | undefined;
  /** Calls wait here for their turn, before anything is leased. */
  readonly #turns: Turns | undefined;
  readonly #ports: ConnectionPorts;
  readonly #breaker: CircuitBreaker<[() => Promise<Outcome>], Outcome>;

  /** True once the opening was written down, so that a later `active` means that somebody has found the HIS well. */
  #openingRecorded = false;

  constructor(
    row: ConnectionRow,
    adapter: Adapter,
    connector: Connector,
    mappings: AdapterMappings | undefined,
    ports: ConnectionPorts,
  ) {
    this.row = row;
    this.adapter = adapter;
    this.connector = connector;
    this.#mappings = mappings;
    this.hubBook = ports.hubBook;
    this.feed = ports.feed;
    const { pushSecret = '' } = ports;
    this.pushSecret = connector.receivePush && pushSecret.length >= PUSH_SECRET_MIN ? pushSecret : undefined;
    this.#turns = ports.turns;
    this.#ports = ports;
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

  /** From now on calls are given these mappings; those under way keep theirs. */
  useMappings(own: ConnectionMappings): void {
    this.#own = own;
  }

  /** What a call is given for as long as it lasts; undefined when there are no mappings for the adapter. */
  async mappingsFor(call: WhoseCall): Promise<CallMappings | undefined> {
    return this.#own ? this.#own.for(call) : this.#mappings;
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
    return this.#turns?.waiting ?? 0;
  }

  /** Calls under way in this process, and how many there may be. */
  get bulkhead(): { readonly inUse: number; readonly share: number } {
    const { inUse, share } = this.#turns ?? { inUse: 0, share: this.row.policy.concurrency };
    return { inUse, share };
  }

  /** Errors: TurnRefused, when this process stops, the settings of the connection have changed, or `withinMs` are over: nothing was begun. */
  takeTurn<T>(work: () => Promise<T>, withinMs?: number): Promise<T> {
    return this.#turns ? this.#turns.take(work, withinMs) : work();
  }

  /** Begins no call any more; those under way go on. */
  drain(): void {
    this.#turns?.end();
  }

  /** A call of the connector has ended. */
  ended(call: CallEnd): void {
    this.#ports.ended?.(call);
  }

  /** The connector was given an access token. */
  tokenUntil(endsAtMs: number): void {
    this.#ports.tokenUntil?.(endsAtMs);
  }

  /** An item of what the HIS has said was left out, because no table lists its code. */
  leftOut(unmapped: UnmappedCode): void {
    this.#ports.leftOut?.(unmapped);
  }

  /** Makes a call whose outcome counts for the breaker. */
  async guarded(call: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await this.#breaker.fire(() => this.#heeding(call));
    } catch (error) {
      if (error instanceof SickAnswer) return error.outcome;
      if (CircuitBreaker.isOurError(error as Error)) return { class: 'transient', reason: 'breaker-open' };
      throw error;
    }
  }

  /** A HIS that asks one process to wait asks all of them. */
  async #heeding(call: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await call();
    if (outcome.class === 'success') return outcome;
    const pauseMs = outcome.retryAfterMs ?? (outcome.class === 'throttled' ? this.row.policy.retryBaseMs : undefined);
    // Not written down, only this call waits: the outcome counts all the same.
    if (pauseMs !== undefined) await this.#ports.throttle?.(pauseMs).catch(() => {});
    return outcome;
  }

  async close(): Promise<void> {
    this.drain();
    this.#breaker.shutdown();
    await this.connector.close();
  }
}
