/** One operation of the contract, bound to its handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Contracts } from '../contracts.ts';
import { HubError, type Caller, type KeepAudit, type Log } from '../domain/index.ts';
import { admit, checkNamed, type Authenticate, type IsAtLocations } from './admission.ts';
import { auditOperation, type AuditRule } from './audited.ts';
import { BoundRequest } from './bound-request.ts';
import type { ApiReply, ApiRequest, Handler } from './operation.ts';
import { sendStream } from './send-stream.ts';
import type { Operation } from './operations.ts';
import type { RequestCount } from './rate-limits.ts';
import { requestContract } from './request-contract.ts';
import { traceOf } from './trace.ts';

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
    const bound = new BoundRequest(operation.operationId, request, params, trace, addressOf);
    const admission = <T>(step: Promise<T>): Promise<T> => audit.checked(bound, () => identified, step);
    if (access) trace.caller = await admission(admit(counted, request.headers.authorization, access));
    else await count?.withoutToken();
    const { caller } = trace;
    const { query, body } = await check(request, params).catch(
      operation.body?.mediaType === FORM ? asTokenError : rethrow,
    );
    bound.query = query;
    bound.body = body;
    if (caller && access) await admission(checkNamed(isAtLocations, caller, access, bound));
    // The one place where a validated value takes the type that its handler declares: the contract says both.
    const work = (): Promise<ApiReply> => handler(bound as ApiRequest as ApiRequest<never, never>);
    const reply = await (caller ? audit.carriedOut(bound, caller, work) : work());
    if (reply.status === 401) await count?.refused();
    if (reply.stream === undefined) send(response, reply);
    else await sendStream(request, response, reply, reply.stream);
  };
}

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
