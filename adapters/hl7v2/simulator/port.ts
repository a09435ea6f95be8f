/** A loopback MLLP port that can be closed and opened again on the same number, and that can answer anything, framed or not. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { MllpFramer, frameOf } from '#adapter-kit';
import type { VendorPort } from '#adapter-kit/simulator';

/** One sender's connection, as an answer needs it. */
export interface Wire {
  /** Sends a frame. */
  send(message: Uint8Array): void;
  /** Sends bytes as they are. */
  raw(bytes: Uint8Array | string): void;
  /** Ends the connection after what was sent. */
  end(): void;
  /** Cuts it, as a crashed machine does. */
  reset(): void;
  /** Aborted when the sender has left. */
  readonly gone: AbortSignal;
}

/** 0: any free port. Messages of one connection are handled one after the other. */
export async function openMllpPort(
  port: number,
  react: (message: Uint8Array, wire: Wire) => Promise<void>,
): Promise<VendorPort> {
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveSocket(socket, react);
  };
  const listen = async (wanted: number): Promise<Server> => {
    const server = createServer(serve);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', resolve);
    });
    return server;
  };
  let current: Server | undefined = await listen(port);
  const number = (current.address() as AddressInfo).port;
  return {
    port: number,
    open: async () => {
      current ??= await listen(number);
    },
    close: async () => {
      const closing = current;
      current = undefined;
      if (closing === undefined) return;
      const closed = new Promise<void>((resolve) => void closing.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serveSocket(socket: Socket, react: (message: Uint8Array, wire: Wire) => Promise<void>): void {
  const framer = new MllpFramer();
  const gone = new AbortController();
  let last: Promise<void> = Promise.resolve();
  const wire: Wire = {
    send: (message) => void (socket.writable && socket.write(frameOf(message))),
    raw: (bytes) => void (socket.writable && socket.write(bytes)),
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    gone: gone.signal,
  };
  socket.on('error', () => {});
  socket.on('close', () => gone.abort());
  socket.on('data', (chunk) => {
    for (const frame of framer.push(chunk)) {
      if (frame.kind !== 'message') continue;
      // A mistake of the simulator itself: nothing sensible can be said on this connection.
      last = last.then(() => react(frame.bytes, wire)).catch(() => void socket.destroy());
    }
  });
}
