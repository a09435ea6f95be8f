/** What tells browsers how to treat the API's answers. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Helmet's headers are the same for every answer: it is asked once. */
export function securityHeaders(): RequestHandler {
  const request = new IncomingMessage(new Socket());
  const first = new ServerResponse(request);
  const headers = new Map<string, string | number | readonly string[]>();
  first.setHeader = (name, value) => {
    headers.set(name, value);
    return first;
  };
  const ask = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    referrerPolicy: { policy: 'no-referrer' },
  });
  ask(request, first, () => {});
  return (_request, response, next) => {
    response.setHeaders(headers);
    next();
  };
}
