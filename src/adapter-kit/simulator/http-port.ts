/** A loopback HTTP port that can be closed and opened again on the same number, as a HIS that goes down and comes back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface VendorRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sent instead of `body`, for text in another encoding than UTF-8. */
  readonly bytes?: Uint8Array;
}

/** What a vendor listens on. Another transport than HTTP (say, MLLP) brings its own. */
export interface VendorPort {
  /** The number it got at the first open, and keeps. */
  readonly port: number;
  open(): Promise<void>;
  /** Refuses new connections and cuts the open ones. */
  close(): Promise<void>;
}

/** Answers with what it returns; `drop` cuts the connection, `hang` keeps it open without a word until the client leaves. */
export type Reaction = VendorAnswer | { readonly cut: VendorAnswer } | 'drop' | 'hang';

const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** So long that the client, who is told, always ends an idle connection first: else a busy machine meets resets nobody asked for. */
const KEEP_ALIVE_MS = 120_000;

/** Opens a port on 127.0.0.1; 0 means any free one. */
export async function openHttpPort(
  port: number,
  react: (request: VendorRequest, gone: AbortSignal) => Promise<Reaction>,
): Promise<VendorPort> {
  const sockets = new Set<Socket>();
  let current: { server: Server; port: number } | undefined;
  const listen = async (wanted: number): Promise<{ server: Server; port: number }> => {
    const server = createServer((request, response) => void serve(request, response, react));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', resolve);
    });
    const address = server.address();
    return { server, port: typeof address === 'object' && address !== null ? address.port : wanted };
  };
  current = await listen(port);
  const number = current.port;
  return {
    port: number,
    open: async () => {
      current ??= await listen(number);
    },
    close: async () => {
      const closing = current?.server;
      current = undefined;
      if (closing === undefined) return;
      const closed = new Promise<void>((resolve) => void closing.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  react: (request: VendorRequest, gone: AbortSignal) => Promise<Reaction>,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > BODY_BYTES_MAX) return void incoming.socket.destroy();
      chunks.push(chunk);
    }
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    const url = new URL(incoming.url ?? '/', `http://${headers['host'] ?? '127.0.0.1'}`);
    const body = Buffer.concat(chunks).toString('utf8');
    perform(await react({ method: incoming.method ?? 'GET', url, headers, body }, gone.signal), response);
  } catch (error) {
    // The simulator's own mistake; or a client that left in the middle, who hears nothing of it.
    const message = `the simulator failed: ${error instanceof Error ? error.message : String(error)}`;
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' }).end(message);
  }
}

function perform(reaction: Reaction, response: ServerResponse): void {
  if (reaction === 'hang') return;
  if (reaction === 'drop') {
    response.socket?.resetAndDestroy();
    return;
  }
  if ('cut' in reaction) {
    const { status, headers, body = '' } = reaction.cut;
    response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body) * 2 + 100) });
    response.write(body, () => response.socket?.destroy());
    return;
  }
  response.writeHead(reaction.status, reaction.headers ?? {});
  response.end(reaction.bytes ?? reaction.body ?? '');
}
