/** The port on which MLLP senders reach the hub: who may connect, and how many. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { allowing, isLoopback } from './addresses.ts';
import { MllpReceiver, type MllpReceiving } from './receiver.ts';

export type { MllpIncident, MllpPeer } from './receiver.ts';

export interface MllpServerTls {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** PEM. Given, senders must show a certificate that one of these issued (mutual TLS). */
  readonly clientCa?: string;
}

export interface MllpServerOptions extends MllpReceiving {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: MllpServerTls;
  /** Addresses and networks (CIDR) that may connect; everybody unless said. */
  readonly allow?: readonly string[];
  /** Binds off loopback though there is neither TLS nor an allow-list. */
  readonly unprotected?: boolean;
  /** 64 unless said; when all are taken, one that never brought a message gives way. */
  readonly maxConnections?: number;
}

export interface MllpServer {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** Takes no more, lets what is being handled be answered (at most `graceMs`, 2,000 unless said), then cuts. */
  close(graceMs?: number): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const CLOSE_GRACE_MS = 2_000;
const HANDSHAKE_MS = 10_000;

/** Throws a plain Error when it may not bind, or cannot. */
export async function serveMllp(options: MllpServerOptions): Promise<MllpServer> {
  refuseUnprotected(options);
  const isAllowed = allowing(options.allow);
  const open = new Set<MllpReceiver>();
  const max = options.maxConnections ?? MAX_CONNECTIONS;
  let count = 0;
  const accept = (socket: Socket): void => {
    const receiver = new MllpReceiver(socket, ++count, options);
    if (!makeRoom(open, max)) return receiver.drop('refused');
    open.add(receiver);
    void receiver.closed.then(() => open.delete(receiver));
  };
  // Before the handshake: who is not on the list costs nothing but this.
  const sockets = new Set<Socket>();
  const admit = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (isAllowed(socket.remoteAddress) && sockets.size <= 2 * max) return;
    options.onIncident?.({ kind: 'refused', connection: 0, address: socket.remoteAddress ?? '' });
    socket.destroy();
  };
  const server = options.tls ? createTlsServer(tlsOptions(options.tls)) : createServer(SOCKET_OPTIONS);
  server.on('connection', admit);
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    if (!socket.destroyed) accept(socket);
  });
  server.on('tlsClientError', (error: unknown, socket: Socket) => {
    options.onIncident?.({ kind: 'socket-error', connection: 0, address: socket.remoteAddress ?? '', error });
  });
  const port = await listen(server, options);
  return {
    host: options.host,
    port,
    get connections() {
      return open.size;
    },
    async close(graceMs = CLOSE_GRACE_MS) {
      const ended = new Promise((resolve) => server.close(resolve));
      await Promise.all([...open].map((receiver) => receiver.finish(graceMs)));
      for (const socket of sockets) socket.destroy();
      await ended;
    },
  };
}

/** A sender may close its half after the last message and still wait for the answer. */
const SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true, keepAlive: true };

const tlsOptions = ({ cert, key, clientCa }: MllpServerTls): TlsOptions => ({
  ...SOCKET_OPTIONS,
  cert,
  key,
  minVersion: 'TLSv1.2',
  handshakeTimeout: HANDSHAKE_MS,
  ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
});

/** When it is full, the oldest connection that has never brought a message gives way; others are never cut for a newcomer. */
function makeRoom(open: ReadonlySet<MllpReceiver>, max: number): boolean {
  if (open.size < max) return true;
  const useless = [...open].find(({ hasDelivered }) => !hasDelivered);
  useless?.drop('idle');
  return useless !== undefined;
}

/** A port without TLS that everybody can reach takes bookings from everybody. */
function refuseUnprotected({ host, tls, allow = [], unprotected = false }: MllpServerOptions): void {
  if (tls || allow.length > 0 || unprotected || isLoopback(host)) return;
  throw new Error(
    `the MLLP port would be open to everybody who reaches ${host}: give it TLS, or a list of addresses that may connect, ` +
      'or bind it to 127.0.0.1; or say that it is to be unprotected',
  );
}

function listen(server: Server, { host, port }: MllpServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
