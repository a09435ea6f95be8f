/** One operation of the contract, bound to its handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Contracts } from '../contracts.ts';
import { HubError, type Caller, type KeepAudit, type Log } from '../domain/index.ts';
import { admit, checkNamed, type Authenticate, type IsAtLocations } from './admission.ts';
import { auditOperation, type AuditRule } from './audited.ts';
import type { ApiReply, ApiRequest, Handler } from './operation.ts';
import { readRaw } from './body.ts';
import { sendStream } from './send-stream.ts';
import type { Operation } from './operations.ts';
import type { RequestCount } from './rate-limits.ts';
import { requestContract } from './request-contract.ts';
import { traceOf, type Trace } from './trace.ts';

export type BoundOperation = (
  request: IncomingMessage,
  response: ServerResponse,
  params: Readonly<Record<string, string>>,
) => Promise<void>;

export function bind(
  contracts: Contracts,
  operation: Operation,
  handler: Handler,
  {
    authenticate,
    isAtLocations,
    requestCount,
    addressOf = ({ socket }) => socket.remoteAddress ?? '',
    auditRule,
    keepAudit,
    log,
  }: {
    readonly authenticate: Authenticate;
    readonly isAtLocations: IsAtLocations;
    readonly requestCount?: RequestCount;
    readonly addressOf?: (request: IncomingMessage) => string;
    readonly auditRule: AuditRule | undefined;
    readonly keepAudit?: KeepAudit;
    readonly log: Log;
  },
): BoundOperation {
  const { access } = operation;
  const audit = auditOperation(auditRule, keepAudit, log);
  const check = requestContract(contracts, operation);
  return async (request, response, params) => {
    const trace = traceOf(response);
    trace.route = operation.path;
    response.setHeader('Cache-Control', 'no-store');
    const count = requestCount?.(operation.operationId, request, response);
    let identified: Caller | undefined;
    const counted: Authenticate = async (authorization) =>
      (identified = await (count ? count.identified(authenticate(authorization)) : authenticate(authorization)));
    const checked = new BoundRequest(operation.operationId, request, params, trace, addressOf);
    const admission = <T>(step: Promise<T>): Promise<T> => audit.checked(checked, () => identified, step);
    if (access) trace.caller = await admission(admit(counted, request.headers.authorization, access));
    else await count?.withoutToken();
    const { caller } = trace;
    const { query, body } = await check(request, params).catch(
      operation.body?.mediaType === FORM ? asTokenError : rethrow,
    );
    checked.query = query;
    checked.body = body;
    if (caller && access) await admission(checkNamed(isAtLocations, caller, access, checked));
    // The one place where a validated value takes the type that its handler declares: the contract says both.
    const work = (): Promise<ApiReply> => handler(checked as ApiRequest as ApiRequest<never, never>);
    const reply = await (caller ? audit.carriedOut(checked, caller, work) : work());
    if (reply.status === 401) await count?.refused();
    if (reply.stream === undefined) send(response, reply);
    else await sendStream(request, response, reply, reply.stream);
  };
}

/** Of one shape, with its accessors on the prototype: made for every request. */
class BoundRequest implements ApiRequest {
  readonly operationId: string;
  readonly params: Readonly<Record<string, string>>;
  query: ApiRequest['query'] = NOTHING;
  body: unknown = undefined;
  readonly #request: IncomingMessage;
  readonly #trace: Trace;
  readonly #addressOf: (request: IncomingMessage) => string;

  constructor(
    operationId: string,
    request: IncomingMessage,
    params: Readonly<Record<string, string>>,
    trace: Trace,
    addressOf: (request: IncomingMessage) => string,
  ) {
    this.operationId = operationId;
    this.params = params;
    this.#request = request;
    this.#trace = trace;
    this.#addressOf = addressOf;
  }

  get caller(): Caller {
    if (!this.#trace.caller) throw new Error(`${this.operationId} needs no token, so it has no caller`);
    return this.#trace.caller;
  }

  get transactionId(): string {
    return this.#trace.transactionId;
  }

  get address(): string {
    return this.#addressOf(this.#request);
  }

  get isLocal(): boolean {
    return isLocal(this.#request);
  }

  get signal(): AbortSignal {
    return this.#trace.signal;
  }

  readRaw(bytesMax: number): Promise<Uint8Array> {
    return readRaw(this.#request, bytesMax);
  }

  header(name: string): string | undefined {
    return headerOf(this.#request, name);
  }
}

const NOTHING: ApiRequest['query'] = {};

const FORM = 'application/x-www-form-urlencoded';

const rethrow = (error: unknown): never => {
  throw error;
};

/** OAuth clients look for the `error` of RFC 6749, section 5.2, whatever else the body says. */
function asTokenError(error: unknown): never {
  if (!(error instanceof HubError)) throw error;
  throw new HubError(error.code, error.message, {
    errors: error.errors,
    members: { error: 'invalid_request', error_description: error.message },
    cause: error,
  });
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

const LOCAL_NAME = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * A proxy on this machine calls from it, too: it says for whom (RFC 7239, and what came before). So does a browser that was led
 * here by another name.
 */
const isLocal = ({ socket, headers }: IncomingMessage): boolean =>
  LOOPBACK.test(socket.remoteAddress ?? '') &&
  LOCAL_NAME.test(headers.host ?? '') &&
  ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'].every((name) => headers[name] === undefined);

function send(response: ServerResponse, reply: ApiReply): void {
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  const body = reply.json ?? textOf(reply, response);
  if (body === undefined) {
    response.end();
    return;
  }
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

function textOf({ body }: ApiReply, response: ServerResponse): string | undefined {
  if (body === undefined) return undefined;
  const isText = /^text\/|\+xml\b/.test(String(response.getHeader('Content-Type')));
  return isText && typeof body === 'string' ? body : JSON.stringify(body);
}
