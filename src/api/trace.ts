/** What is known of a request from its first byte on, whatever becomes of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { newId } from '../db/new-id.ts';
import { isId, type Caller, type ErrorCode } from '../domain/index.ts';

/** One call of the API, for the record. No URL, no body: neither may hold PHI here. */
export interface RecordedRequest {
  /** UUID. */
  readonly transactionId: string;
  /** Both missing when no token was accepted. */
  readonly organizationId?: string;
  readonly clientId?: string;
  readonly method: string;
  /** The template, e.g. /v1/slots/{id}; `unmatched` when there is no such route. */
  readonly route: string;
  /** 499 when the caller went away before the answer. */
  readonly status: number;
  readonly durationMs: number;
  readonly errorCode?: ErrorCode;
  /** When the request came. */
  readonly at: Date;
}

export class Trace {
  readonly transactionId: string;
  route = 'unmatched';
  caller: Caller | undefined;
  errorCode: ErrorCode | undefined;
  readonly #response: ServerResponse;
  #gone: AbortController | undefined;

  constructor(transactionId: string, response: ServerResponse) {
    this.transactionId = transactionId;
    this.#response = response;
  }

  /** Few handlers ask for it, and it costs more than the rest of this. */
  get signal(): AbortSignal {
    this.#gone ??= new AbortController();
    if (this.#response.closed) this.end();
    return this.#gone.signal;
  }

  /** The response is over. */
  end(): void {
    if (!this.#response.writableFinished) this.#gone?.abort();
  }
}

const CLIENT_CLOSED = 499;
/** W3C Trace Context, section 3.2; ids of zeros are invalid there. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Of the response itself: a WeakMap keeps what it knows, and the responses with it, until old space is collected. */
const TRACE = Symbol('trace');

interface Traced extends ServerResponse {
  [TRACE]?: Trace;
}

/** The caller's, or a new one. */
export function transactionIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-transaction-id'];
  return typeof given === 'string' && isId(given) ? given.toLowerCase() : newId();
}

/** Starts a trace; `record` is called once, when the response has ended or its caller has gone. */
export function startTrace(
  request: IncomingMessage,
  response: ServerResponse,
  now: () => Date,
  record: (request: RecordedRequest) => void,
): Trace {
  const at = now();
  const started = performance.now();
  const transactionId = transactionIdOf(request);
  const trace = new Trace(transactionId, response);
  (response as Traced)[TRACE] = trace;

  response.setHeader('X-Transaction-Id', transactionId);
  const traceparent = request.headers['traceparent'];
  if (typeof traceparent === 'string' && TRACEPARENT.test(traceparent)) response.setHeader('traceparent', traceparent);

  const { method = '' } = request;
  response.once('close', () => {
    trace.end();
    const { caller, errorCode } = trace;
    record({
      transactionId,
      ...(caller && { organizationId: caller.organizationId, clientId: caller.clientId }),
      method,
      route: trace.route,
      status: response.writableFinished ? response.statusCode : CLIENT_CLOSED,
      durationMs: Math.round(performance.now() - started),
      ...(errorCode && { errorCode }),
      at,
    });
  });
  return trace;
}

export function traceOf(response: ServerResponse): Trace {
  const trace = (response as Traced)[TRACE];
  if (!trace) throw new Error('traceOf called before startTrace');
  return trace;
}
