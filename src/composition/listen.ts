/** The HTTP server: the API where this process serves it; elsewhere what tells how the process does. */
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpServer } from '../api/http-server.ts';
import { type Base, STOP_GRACE_MS } from './base.ts';

/**
 * Connections that wait to be taken; the kernel has a bound of its own (net.core.somaxconn). With the 511 that Node asks for, thousands
 * who connect at once are not heard, and try again after 1, 3, 7 and 15 s: they wait for the kernel, and the hub knows nothing of them.
 */
const BACKLOG = 65_535;
const OF_EVERY_PROCESS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Listens; returns its address. */
export async function listen({ config, log, onStop }: Base, app: RequestListener): Promise<string> {
  const servesApi = config.roles.has('api');
  const server = createHttpServer(servesApi ? app : onlyOwn(app));
  await open(server, config.port, config.host).catch(async (error: unknown) => {
    // Beside an API on the same machine, with the same settings: nobody is told to look for this process at that port.
    if (servesApi || !isTaken(error)) throw error;
    await open(server, 0, config.host);
    log.warn({ port: config.port }, 'TESSERA_PORT is taken: health and metrics of this process are at another port');
  });
  onStop(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS).unref();
    await closed;
  });
  const { port } = (server.address() as AddressInfo | null) ?? { port: config.port };
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
}

async function open(server: Server, port: number, host: string): Promise<void> {
  server.listen({ port, host, backlog: BACKLOG });
  await once(server, 'listening');
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
