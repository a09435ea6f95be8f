/** Signing in stands before the operations: its answers are pages, redirects and cookies, not JSON of a contract. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express, NextFunction, Request, Response } from 'express';
import { hasBody, lookIntoForm } from './body.ts';
import { traceOf } from './trace.ts';

/** What is handed in. */
export interface SignInPages {
  /** The template of the route, when the path is one of signing in. */
  routeOf(method: string, path: string): string | undefined;
  handle(request: IncomingMessage, response: ServerResponse, form: URLSearchParams | undefined): Promise<void>;
}

/** Grants that end a sign-in of a person; the others of the token endpoint are an operation of the contract. */
const GRANTS_OF_PEOPLE = new Set(['authorization_code', 'refresh_token']);

export function serveSignIn(app: Express, pages: SignInPages): void {
  app.use((request, response, next) => {
    void unlessServed(serve(pages, request, response), next);
  });
}

async function unlessServed(served: Promise<boolean>, next: NextFunction): Promise<void> {
  try {
    if (!(await served)) next();
  } catch (error) {
    next(error);
  }
}

/** False: it is for whoever comes next. */
async function serve(pages: SignInPages, request: Request, response: Response): Promise<boolean> {
  const route = pages.routeOf(request.method, request.path);
  if (route === undefined || (route === '/oauth/token' && !isForm(request))) return false;
  const form = request.method === 'POST' && hasBody(request) ? await lookIntoForm(request) : undefined;
  if (route === '/oauth/token' && !GRANTS_OF_PEOPLE.has(form?.get('grant_type') ?? '')) return false;
  traceOf(response).route = route;
  await pages.handle(request, response, form);
  return true;
}

const isForm = ({ headers }: IncomingMessage): boolean =>
  /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '');
