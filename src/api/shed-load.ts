/**
 * Under more load than it can carry the hub refuses some reads at once, so that all else is answered well and soon. Only reads: whoever
 * wants to book, or to cancel, is let in. Only load that lasts: a burst is worked off. See docs/decisions/0056-overload.md.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Contracts } from '../contracts.ts';
import { HubError } from '../domain/index.ts';
import { problemReply } from './problem.ts';
import { ReadLoad, type LoadLimits } from './read-load.ts';
import { transactionIdOf } from './trace.ts';

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
export function shedLoad(app: RequestListener, { errors, onRefused, onBegin, limits = {} }: Overload): RequestListener {
  const load = new ReadLoad(limits, onBegin);
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
