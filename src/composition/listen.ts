/** The HTTP server: the API where this process serves it; elsewhere what tells how the process does. */
import type { RequestListener } from 'node:http';
import { createHttpServer } from '../api/http-server.ts';
import { openPort } from '../api/listening-sockets.ts';
import { type Base, STOP_GRACE_MS } from './base.ts';

const OF_EVERY_PROCESS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Listens; returns its address. */
export async function listen({ config, log, onStop }: Base, app: RequestListener): Promise<string> {
  const servesApi = config.roles.has('api');
  const server = createHttpServer(servesApi ? app : onlyOwn(app));
  const opened = await openPort(server, config.port, config.host).catch(async (error: unknown) => {
    // Beside an API on the same machine, with the same settings: nobody is told to look for this process at that port.
    if (servesApi || !isTaken(error)) throw error;
    const other = await openPort(server, 0, config.host);
    log.warn({ port: config.port }, 'TESSERA_PORT is taken: health and metrics of this process are at another port');
    return other;
  });
  onStop(async () => {
    const closed = opened.close();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS).unref();
    await closed;
  });
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${opened.port}`;
}

const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

const onlyOwn =
  (app: RequestListener): RequestListener =>
  (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (OF_EVERY_PROCESS.has(path)) return app(request, response);
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(`This process serves ${[...OF_EVERY_PROCESS].join(', ')} and nothing else.\n`);
  };
