/**
 * A port on which several sockets listen. From each of them Node takes one connection in a turn of its event loop, however many wait
 * (libuv since 1.45): under load, when turns are long, with one socket a few dozen callers a second would be heard, and the others
 * would wait for longer than the hub ever lets anybody wait. Linux spreads callers over the sockets (SO_REUSEPORT); elsewhere there is one.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type AddressInfo, type ListenOptions, type Server as Listener, type Socket } from 'node:net';

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
  if (process.platform !== 'linux') {
    await listening(server, { port, host, backlog: BACKLOG });
    return { port: portOf(server), close: () => closed(server) };
  }
  const claim = port === 0 ? [] : [await claimed(port, host)];
  const shared = { host, backlog: BACKLOG, reusePort: true };
  try {
    await listening(server, { ...shared, port });
  } catch (error) {
    await Promise.all(claim.map(closed));
    throw error;
  }
  const all = [server, ...(await moreSockets(server, { ...shared, port: portOf(server) })), ...claim];
  return {
    port: portOf(server),
    async close() {
      await Promise.all(all.map(closed));
    },
  };
}

const portOf = (server: Listener): number => (server.address() as AddressInfo).port;

/**
 * Sockets that share a port would share it with those of another hub, too, and whoever calls would reach either. A name of the
 * kernel's own, which ends with the process, is for one of those who begin at the same moment (unix(7): abstract sockets belong to
 * the network namespace, as ports do); a socket that shares with nobody finds whoever listens already, also at another address.
 */
async function claimed(port: number, host: string): Promise<Listener> {
  const claim = await listening(createServer(), { path: `\0tessera ${host} ${port}` });
  try {
    await closed(await listening(createServer(), { port, host }));
  } catch (error) {
    await closed(claim);
    throw error;
  }
  return claim;
}

async function moreSockets(server: Server, shared: ListenOptions): Promise<readonly Listener[]> {
  let open = 0;
  // Each socket would count its own only.
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => (open -= 1));
    if (open > server.maxConnections) socket.destroy();
  });
  const hand = (socket: Socket): void => void server.emit('connection', socket);
  return Promise.all(Array.from({ length: SOCKETS - 1 }, () => listening(createServer(AS_HTTP, hand), shared)));
}

async function listening<S extends Listener>(server: S, options: ListenOptions): Promise<S> {
  server.listen(options);
  await once(server, 'listening');
  return server;
}

async function closed(server: Listener): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  await ended;
}
