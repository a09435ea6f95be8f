/** /openapi.json, and /docs to read it and try it out. Everything is served from here: a hospital's network may be closed. */
import { join } from 'node:path';
import type { Express, Response } from 'express';
// The package's own index would load the whole page into this process.
import swaggerUiPath from 'swagger-ui-dist/absolute-path.js';
import type { Contracts, OpenApiDocument } from '../contracts.ts';
import { problemTable } from './problem-table.ts';
import { traceOf } from './trace.ts';

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Tessera scheduling API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    <main id="docs"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

// validatorUrl null: else the page asks a public service for a badge.
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null, persistAuthorization: false });
`;

// Nothing inline, and everything from here: what somebody smuggles into a page is not run, and tells nobody.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Lets a page of ours load what is ours, and call this API. */
const allowOwnPage = (response: Pick<Response, 'setHeader'>): void => {
  response.setHeader('Content-Security-Policy', POLICY);
};

export function serveDocs(app: Express, { openapi, errors }: Contracts): void {
  const { info } = openapi;
  const description = `${info.description}\n\n${problemTable(errors)}`;
  const document = JSON.stringify(publicDocument({ ...openapi, info: { ...info, description } }));
  const serve = (path: string, answer: (response: Response) => void): void => {
    app.get(path, (_request, response) => {
      traceOf(response).route = path;
      answer(response);
    });
  };
  serve('/openapi.json', (response) => response.type('application/json').send(document));
  serve('/docs', (response) => {
    allowOwnPage(response);
    response.type('html').send(PAGE);
  });
  serve('/docs/start.js', (response) => response.type('text/javascript').send(START));
  for (const file of FILES) {
    serve(`/docs/${file}`, (response) => response.sendFile(join(swaggerUiPath(), file)));
  }
}

/** Without the schemas that no operation uses: those are between the hub and its adapters. */
export function publicDocument({ paths, components, ...rest }: OpenApiDocument): OpenApiDocument {
  const schemas: Record<string, object> = {};
  const queue: unknown[] = [paths, { ...components, schemas: {} }];
  for (const node of queue) {
    for (const [, name] of JSON.stringify(node).matchAll(/"#\/components\/schemas\/([\w-]+)/g)) {
      const schema = components.schemas[name ?? ''];
      if (name === undefined || schema === undefined || name in schemas) continue;
      schemas[name] = schema;
      queue.push(schema);
    }
  }
  return { ...rest, paths, components: { ...components, schemas } };
}
