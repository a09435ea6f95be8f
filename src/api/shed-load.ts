/**
 * Under more load than it can carry the hub refuses some reads at once, so that all else is answered well and soon. Only reads: whoever
 * wants to book, or to cancel, is let in. Only load that lasts: a burst is worked off. See docs/decisions/0056-overload.md.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Contracts } from '../contracts.ts';
import { HubError } from '../domain/index.ts';
import { problemReply } from './problem.ts';
import { transactionIdOf } from './trace.ts';

export interface LoadLimits {
  /** Reads that may be under way however long they take. */
  readonly reads: number;
  /** That more are under way is too much when reads take longer than this, in milliseconds. */
  readonly tookMs: number;
  /** Reads that may be under way at all. */
  readonly readsMax: number;
  /** Of one turn of the event loop, in milliseconds: whoever is heard later in it has waited for as long already. */
  readonly turnMs: number;
  /** For so long there may be more. */
  readonly burstMs: number;
  /** Long turns that are no further apart than this are one burst: in between nothing is seen of those who wait. */
  readonly momentMs: number;
  /** So long after the last refusal there may be a burst again. */
  readonly calmMs: number;
}

const LIMITS: LoadLimits = {
  reads: 32,
  tookMs: 50,
  readsMax: 400,
  turnMs: 15,
  burstMs: 300,
  momentMs: 100,
  calmMs: 1_000,
};
const RETRY_AFTER_SECONDS = 1;
/** Of the mean of what reads took of late. */
const NEW_SHARE = 0.1;

export interface Overload {
  readonly errors: Contracts['errors'];
  /** Told of each request that is refused. Must not throw. */
  readonly onRefused: () => void;
  /** Told when it begins. */
  readonly onBegin: () => void;
  readonly limits?: Partial<LoadLimits>;
}

/** `app`, for which there is never more to read than it can answer. */
export function shedLoad(app: RequestListener, { errors, onRefused, onBegin, limits }: Overload): RequestListener {
  const load = new Load({ ...LIMITS, ...limits }, onBegin);
  return (request, response) => {
    if (!isRead(request)) return app(request, response);
    if (load.isTooMuch()) {
      onRefused();
      return refuse(request, response, errors);
    }
    const end = load.begin();
    response.once('close', end);
    return app(request, response);
  };
}

class Load {
  readonly #limits: LoadLimits;
  readonly #onBegin: () => void;
  readonly #crowd = new Lasting(0);
  readonly #longTurns: Lasting;
  #underWay = 0;
  /** What reads took of late, in milliseconds; one that took very long, e.g. as its HIS was asked, counts as twice too long. */
  #took = 0;
  #turnBeganAt: number | undefined;
  #refusesUntil = -Infinity;

  constructor(limits: LoadLimits, onBegin: () => void) {
    this.#limits = limits;
    this.#onBegin = onBegin;
    this.#longTurns = new Lasting(limits.momentMs);
  }

  /** Returns what ends it. */
  begin(): () => void {
    this.#underWay += 1;
    const begunAt = performance.now();
    return () => {
      this.#underWay -= 1;
      const took = Math.min(performance.now() - begunAt, 2 * this.#limits.tookMs);
      this.#took += (took - this.#took) * NEW_SHARE;
    };
  }

  isTooMuch(now = performance.now()): boolean {
    const { reads, tookMs, readsMax, turnMs, burstMs, calmMs } = this.#limits;
    const refuses = now < this.#refusesUntil;
    // Once it refuses it lets in no more than that, else they would take long again.
    const crowdedMs = this.#crowd.seen(this.#underWay >= reads && (refuses || this.#took > tookMs), now);
    const longTurnsMs = this.#longTurns.seen(this.#turnMs(now) > turnMs, now);
    const isFull = this.#underWay >= readsMax;
    if (crowdedMs === undefined && longTurnsMs === undefined && !isFull) return false;
    const isBurst = Math.max(crowdedMs ?? 0, longTurnsMs ?? 0) < burstMs && !isFull;
    if (!refuses && isBurst) return false;
    this.#refusesUntil = now + calmMs;
    if (!refuses) this.#onBegin();
    return true;
  }

  /** How long the present turn has taken until now. */
  #turnMs(now: number): number {
    if (this.#turnBeganAt === undefined) {
      this.#turnBeganAt = now;
      setImmediate(() => (this.#turnBeganAt = undefined));
    }
    return now - this.#turnBeganAt;
  }
}

/** What is seen again and again, until it is not for a moment. */
class Lasting {
  readonly #momentMs: number;
  #since = -Infinity;
  #lately = -Infinity;

  constructor(momentMs: number) {
    this.#momentMs = momentMs;
  }

  /** For how long by now; undefined: it is not seen. */
  seen(isSo: boolean, now: number): number | undefined {
    if (!isSo) {
      if (this.#momentMs === 0) this.#lately = -Infinity;
      return undefined;
    }
    if (this.#lately === -Infinity || (this.#momentMs > 0 && now - this.#lately > this.#momentMs)) this.#since = now;
    this.#lately = now;
    return now - this.#since;
  }
}

/** Of the API; what tells how the process does is always told, and a stream of events is under way for hours. */
const isRead = ({ method, url, headers }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  url?.startsWith('/v1/') === true &&
  headers.accept?.includes('text/event-stream') !== true;

function refuse(request: IncomingMessage, response: ServerResponse, errors: Contracts['errors']): void {
  const transactionId = transactionIdOf(request);
  const { status, headers, body } = problemReply(
    new HubError(
      'overloaded',
      `The hub has more to do at the moment than it can. Ask again in ${RETRY_AFTER_SECONDS} s.`,
      {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      },
    ),
    errors,
    transactionId,
  );
  response.writeHead(status, {
    ...headers,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Transaction-Id': transactionId,
  });
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
}
