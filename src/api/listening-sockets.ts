/**
 * A port on which several sockets listen. From each of them Node takes one connection in a turn of its event loop, however many wait
 * (libuv since 1.45): under load, when turns are long, with one socket a few dozen callers a second would be heard, and the others
 * would wait for longer than the hub ever lets anybody wait. The kernel spreads callers over the sockets (SO_REUSEPORT: Linux, the
 * BSDs); where it does not, there is one.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type AddressInfo, type Server as Listener, type Socket } from 'node:net';

const SOCKETS = 16;
/**
 * Connections that wait to be taken, for each socket; the kernel has a bound of its own (net.core.somaxconn). Whom it does not hear
 * tries again after 1, 3, 7 and 15 s, and the hub knows nothing of it.
 */
const BACKLOG = 65_535;

/** As node:http has it for its own. */
const AS_HTTP = { allowHalfOpen: true, noDelay: true };

export interface OpenPort {
  readonly port: number;
  /** No new connections; resolves when those that are open have ended. */
  close(): Promise<void>;
}

/** Throws what listening throws, e.g. EADDRINUSE: two programs share no port. */
export async function openPort(server: Server, port: number, host: string): Promise<OpenPort> {
  // Sockets that share a port would share it with those of another hub, too: this one does not.
  if (port !== 0) await closed(await listening(createServer(), { port, host }));
  const shared = await listening(server, { port, host, backlog: BACKLOG, reusePort: true }).catch(unlessImpossible);
  if (!shared) await listening(server, { port, host, backlog: BACKLOG });
  const own = (server.address() as AddressInfo).port;
  const more = shared ? await moreSockets(server, own, host) : [];
  return {
    port: own,
    async close() {
      await Promise.all([server, ...more].map(closed));
    },
  };
}

async function moreSockets(server: Server, port: number, host: string): Promise<readonly Listener[]> {
  let open = 0;
  // Each socket would count its own only.
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => (open -= 1));
    if (open > server.maxConnections) socket.destroy();
  });
  const hand = (socket: Socket): void => void server.emit('connection', socket);
  return Promise.all(
    Array.from({ length: SOCKETS - 1 }, () =>
      listening(createServer(AS_HTTP, hand), { port, host, backlog: BACKLOG, reusePort: true }),
    ),
  );
}

async function listening<S extends Listener>(server: S, options: Parameters<Listener['listen']>[0]): Promise<S> {
  server.listen(options);
  await once(server, 'listening');
  return server;
}

async function closed(server: Listener): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  await ended;
}

/** Undefined where the kernel cannot. */
function unlessImpossible(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOTSUP' && code !== 'EINVAL' && code !== 'ENOPROTOOPT') throw error;
}
