/** What a load generator is asked for, and what it answers. */

/** Requests of one kind. */
export interface Lane {
  readonly method: 'GET' | 'POST';
  /** Taken in turn. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** One request for each, then there are no more. Absent: as many as are asked for. */
  readonly bodies?: readonly string[];
  /** With an Idempotency-Key each: this, and the number of the request. */
  readonly keys?: string;
  /** Statuses with which a request did what it should. */
  readonly expected: readonly number[];
  /** Each answer is told, not only counted. */
  readonly isKept?: boolean;
}

export type Loop =
  /** Each connection sends its next request when its last was answered. Ends when there are no more requests, or the time is over. */
  | { readonly kind: 'closed'; readonly total?: number; readonly seconds?: number }
  /**
   * Requests are due at regular times, whatever becomes of those before; what is timed begins when a request was due, not when a
   * connection was free for it: who has to wait is not left out (no coordinated omission).
   */
  | { readonly kind: 'open'; readonly perSecond: number; readonly seconds: number };

export interface Plan {
  readonly host: string;
  readonly port: number;
  readonly lanes: readonly Lane[];
  /** Which lane is next, again and again: [0, 0, 1] is one of lane 1 after two of lane 0. Default: [0]. */
  readonly pattern?: readonly number[];
  /** At most. */
  readonly connections: number;
  readonly loop: Loop;
}

export interface Answer {
  /** In its lane, from 0. */
  readonly nth: number;
  /** 0: the connection broke, or nothing came in time. */
  readonly status: number;
  /** The last part of the Location header; '' without one. */
  readonly location: string;
  readonly transactionId: string;
  /** Milliseconds since the epoch, with fractions. */
  readonly answeredAt: number;
}

export interface Timing {
  readonly count: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LaneResult extends Timing {
  /** How many answers of each status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** p99 of the answers with an expected status alone. */
  readonly expectedP99Ms: number;
  readonly answers: readonly Answer[];
}

export interface Loaded extends Timing {
  readonly lanes: readonly LaneResult[];
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Answers with an expected status. */
  readonly perSecond: number;
  /** Processor time of the generator for each request, in microseconds: what it takes from those that it measures. */
  readonly generatorUs: number;
}
