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
  /** Reads that may be under way. */
  readonly reads: number;
  /** Of one turn of the event loop, in milliseconds: whoever is heard later in it has waited for as long already. */
  readonly turnMs: number;
  /** For so long there may be more, until there is not for a moment. */
  readonly burstMs: number;
  readonly momentMs: number;
  /** So long after the last refusal there may be a burst again. */
  readonly calmMs: number;
}

const LIMITS: LoadLimits = { reads: 100, turnMs: 15, burstMs: 500, momentMs: 100, calmMs: 1_000 };
const RETRY_AFTER_SECONDS = 1;

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
    load.begin();
    response.once('close', () => load.end());
    return app(request, response);
  };
}

class Load {
  readonly #limits: LoadLimits;
  readonly #onBegin: () => void;
  #underWay = 0;
  #turnBeganAt: number | undefined;
  /** When there was too much, at first and at last. */
  #since = -Infinity;
  #lately = -Infinity;
  #refusesUntil = -Infinity;

  constructor(limits: LoadLimits, onBegin: () => void) {
    this.#limits = limits;
    this.#onBegin = onBegin;
  }

  begin(): void {
    this.#underWay += 1;
  }

  end(): void {
    this.#underWay -= 1;
  }

  isTooMuch(now = performance.now()): boolean {
    const { reads, turnMs, burstMs, momentMs, calmMs } = this.#limits;
    if (this.#turnMs(now) <= turnMs && this.#underWay < reads) return false;
    if (now - this.#lately > momentMs) this.#since = now;
    this.#lately = now;
    const refuses = now < this.#refusesUntil;
    if (!refuses && now - this.#since < burstMs) return false;
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
