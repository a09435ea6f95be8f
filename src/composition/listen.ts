/** The HTTP server. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Base, STOP_GRACE_MS } from './base.ts';

/** Where the API is reached, when this process serves it. */
export async function listen({ config, onStop }: Base, app: RequestListener): Promise<string> {
  const server = createServer(app);
  if (config.roles.has('api')) {
    server.listen(config.port, config.host);
    await once(server, 'listening');
    onStop(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS).unref();
      await closed;
    });
  }
  const { port } = (server.address() as AddressInfo | null) ?? { port: config.port };
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
}
