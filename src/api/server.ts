/** The REST API: routes, roles and validation come from contracts/openapi.yaml, answers from the handlers. */
import type { IncomingMessage } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request } from 'express';
import type { Contracts } from '../contracts.ts';
import { HubError, type KeepAudit, type Log } from '../domain/index.ts';
import type { Authenticate, IsAtLocations } from './admission.ts';
import { readAuditRules } from './audited.ts';
import { bind } from './bind.ts';
import { serveDocs } from './docs-page.ts';
import type { Handlers } from './operation.ts';
import { readOperations, type Operation } from './operations.ts';
import { internal, sendProblem, unavailable, whereabouts } from './problem.ts';
import type { RequestCount } from './rate-limits.ts';
import { refuseOversize } from './request-size.ts';
import { securityHeaders } from './security-headers.ts';
import { serveSignIn, type SignInPages } from './sign-in.ts';
import { startTrace, traceOf, type RecordedRequest } from './trace.ts';
import { serveWebApp, type WebApp } from './web-app.ts';

export type { RecordedRequest } from './trace.ts';

export interface ApiOptions {
  readonly contracts: Contracts;
  /** One for each operationId of the document, and no other. */
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  /** How much is let in; all unless given. */
  readonly requestCount?: RequestCount;
  readonly isAtLocations: IsAtLocations;
  /** The IP address that a request comes from; that of its socket unless given. */
  readonly addressOf?: (request: IncomingMessage) => string;
  /** Nothing is audited unless given. */
  readonly keepAudit?: KeepAudit;
  /** Called once for every request, when it has ended. Must not wait. */
  readonly recordRequest: (request: RecordedRequest) => void;
  /** Whether an error that a handler threw means that the database is away. */
  readonly isUnavailable: (error: unknown) => boolean;
  readonly log: Log;
  readonly now: () => Date;
  /** Sign-in pages and the identity provider behind them; undefined: people sign in elsewhere. */
  readonly signIn?: SignInPages;
  /** The console, served at /. */
  readonly web?: WebApp;
}

/** Throws when an operation has no handler, or a handler no operation. */
export function createApi(options: ApiOptions): Express {
  const { contracts, log } = options;
  const operations = readOperations(contracts.openapi);
  checkHandlers(operations, options.handlers);

  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.set('query parser', false);
  // Only documented paths answer: neither /V1/slots nor /v1/slots/ is one.
  app.enable('strict routing');
  app.enable('case sensitive routing');

  app.use((request, response, next) => {
    startTrace(request, response, options.now, (recorded) => {
      try {
        options.recordRequest(recorded);
      } catch (error) {
        log.error({ transactionId: recorded.transactionId, error: whereabouts(error) }, 'a request was not recorded');
      }
    });
    next();
  });
  app.use(securityHeaders());
  app.use((request, _response, next) => {
    refuseOversize(request);
    next();
  });
  if (options.signIn) serveSignIn(app, options.signIn);
  serveOperations(app, operations, options);
  serveDocs(app, contracts);
  if (options.web) serveWebApp(app, options.web, belongsTo(operations));
  app.use(() => {
    throw new HubError('not-found', 'There is no such path. /docs lists those that there are.');
  });
  app.use(answerErrors(options));
  return app;
}

function serveOperations(app: Express, operations: readonly Operation[], options: ApiOptions): void {
  const { contracts, handlers } = options;
  const auditRules = readAuditRules(contracts.audit);
  for (const [path, methods] of Map.groupBy(operations, (each) => each.path)) {
    const route = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const operation of methods) {
      const handler = handlers[operation.operationId];
      if (!handler) throw new Error(`no handler for ${operation.operationId}`);
      const answer = bind(contracts, operation, handler, {
        ...options,
        auditRule: auditRules.get(operation.operationId),
      });
      route[operation.method]((request, response) => answer(request, response, pathOf(request)));
    }
    const allow = methods
      .flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
      .join(', ');
    route.all((request, response) => {
      traceOf(response).route = path;
      response.setHeader('Allow', allow);
      throw new HubError('method-not-allowed', `${path} has no ${request.method}; it has ${allow}.`);
    });
  }
}

const firstPart = (path: string): string => path.split('/')[1] ?? '';

/** Whether a path begins like one of the API's. */
function belongsTo(operations: readonly Operation[]): (path: string) => boolean {
  const parts = new Set(['docs', 'openapi.json', ...operations.map(({ path }) => firstPart(path))]);
  return (path) => parts.has(firstPart(path));
}

/** Only a wildcard gives a list, and no path of the document has one. */
const pathOf = (request: Request): Record<string, string> =>
  Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)]));

function checkHandlers(operations: readonly Operation[], handlers: Handlers): void {
  const known = new Set(operations.map((each) => each.operationId));
  const unserved = [...known].filter((id) => !handlers[id]);
  const unknown = Object.keys(handlers).filter((id) => !known.has(id));
  if (unserved.length + unknown.length === 0) return;
  throw new Error(
    `openapi.yaml and the handlers differ: without handler: ${unserved.join(', ') || 'none'}; without operation: ${unknown.join(', ') || 'none'}`,
  );
}

function answerErrors({ contracts, log, isUnavailable }: ApiOptions): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const shown = isUnavailable(error) ? unavailable(error) : hubErrorOf(error);
    const { transactionId, route } = traceOf(response);
    if (shown.code === 'internal')
      log.error({ transactionId, route, error: whereabouts(error) }, 'a request has failed');
    if (shown.code === 'unavailable')
      log.warn({ transactionId, route, error: whereabouts(error) }, 'a request found no database');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (shown.code === 'unauthenticated') {
      const invalid = request.headers.authorization === undefined ? '' : ', error="invalid_token"';
      response.setHeader('WWW-Authenticate', `Bearer realm="tessera"${invalid}`);
    }
    sendProblem(response, shown, contracts.errors);
  };
}

function hubErrorOf(error: unknown): HubError {
  if (error instanceof HubError) return error;
  // The router's own: a path that cannot be decoded.
  if (error instanceof URIError) {
    return new HubError('validation', 'The path could not be read.', {
      errors: [{ pointer: '#/path', detail: 'expected percent-encoded UTF-8' }],
    });
  }
  return internal(error);
}
