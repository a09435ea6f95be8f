/**
 * Stands between an adapter and its simulator: passes everything on, except the requests that are to get another answer. So the
 * adapter signs in and searches as always, and the one reply in question is as bad as the test wants it.
 */
import { createServer, request as forwardRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import {
  MllpFramer,
  frameOf,
  type Call,
  type HisRequest,
  type PlayedRequest,
  type VendorWords,
} from '../adapter-kit/index.ts';

export type RequestKind = 'write' | 'read' | 'credentials';

export interface Asked extends PlayedRequest {
  readonly kind: RequestKind;
}

/** What a request gets instead of the simulator's answer. */
export type Play =
  | { readonly words: VendorWords }
  | { readonly http: (response: ServerResponse) => void }
  | { readonly tcp: (socket: Socket) => void };

export type Choose = (asked: Asked) => Play | undefined;

export interface Interposer {
  readonly port: number;
  /** Answers as `choose` says; undefined passes on. */
  play(choose: Choose): void;
  /** The call, as the adapter gets it: what is sent by it can be told apart here. */
  marking(call: Call): Call;
  close(): Promise<void>;
}

const KIND_HEADER = 'x-conformance-kind';

export async function interposeHttp(simulatorPort: number): Promise<Interposer> {
  let choose: Choose = () => undefined;
  const server = createServer((incoming, response) => void serve(incoming, response));
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    incoming.on('error', () => response.destroy());
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = 'GET', url: path = '/', headers } = incoming;
    const play = choose({ kind: kindIn(headers[KIND_HEADER]), method, path, body: body.toString('utf8') });
    if (play === undefined) return pass(incoming, body, response, simulatorPort);
    if ('http' in play) return play.http(response);
    if ('tcp' in play) return play.tcp(incoming.socket);
    response.writeHead(play.words.status ?? 200, play.words.headers ?? {}).end(play.words.body ?? '');
  };
  return {
    port: await listening(server),
    play: (next) => (choose = next),
    marking: (call) => ({
      ...call,
      fetch: (url, request = {}) =>
        call.fetch(url, { ...request, headers: { ...request.headers, [KIND_HEADER]: kindOf(request) } }),
    }),
    close: () => {
      server.closeAllConnections();
      return closed(server);
    },
  };
}

function pass(incoming: IncomingMessage, body: Buffer, response: ServerResponse, port: number): void {
  const { method, url: path, headers } = incoming;
  const upstream = forwardRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy()).pipe(response);
  });
  upstream.on('error', () => response.destroy());
  upstream.end(body);
}

const kindOf = ({ write, credentials }: HisRequest): RequestKind => {
  if (write) return 'write';
  return credentials ? 'credentials' : 'read';
};

function kindIn(header: string | string[] | undefined): RequestKind {
  return header === 'write' || header === 'credentials' ? header : 'read';
}

/** Of what the HIS sends over MLLP. */
export type Passing = 'whole' | 'in-pieces';

const PIECE_BYTES = 24;

/** For MLLP: a message counts as a write when the adapter has said so of the same bytes. */
export async function interposeMllp(simulatorPort: number, passing: Passing = 'whole'): Promise<Interposer> {
  let choose: Choose = () => undefined;
  const writes = new Set<string>();
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    const upstream = connect(simulatorPort, '127.0.0.1');
    const framer = new MllpFramer();
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each
        .on('error', () => each.destroy())
        .on('close', () => {
          sockets.delete(each);
          (each === socket ? upstream : socket).destroy();
        });
    }
    const pieces = new Pieces(socket);
    upstream.on('data', (bytes) => (passing === 'whole' ? socket.write(bytes) : pieces.write(bytes)));
    socket.on('data', (bytes: Buffer) => {
      for (const frame of framer.push(bytes)) {
        if (frame.kind !== 'message') continue;
        const body = Buffer.from(frame.bytes).toString('utf8');
        const play = choose({ kind: writes.has(body) ? 'write' : 'read', method: 'MLLP', path: '', body });
        if (play === undefined) upstream.write(frameOf(frame.bytes));
        else if ('tcp' in play) play.tcp(socket);
        else if ('words' in play) socket.write(frameOf(Buffer.from(play.words.body ?? '')));
      }
    });
  });
  return {
    port: await listening(server),
    play: (next) => (choose = next),
    marking: (call) => ({
      ...call,
      begin: (request) => {
        if (request.write) writes.add(request.body);
        return call.begin(request);
      },
    }),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return closed(server);
    },
  };
}

/** Writes a little at a time, so that what several connections are sent arrives by turns. */
class Pieces {
  readonly #socket: Socket;
  #waiting = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true);
  }

  write(bytes: Buffer): void {
    const isBusy = this.#waiting.length > 0;
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    if (!isBusy) this.#next();
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#socket.destroyed) return;
    this.#socket.write(this.#waiting.subarray(0, PIECE_BYTES));
    this.#waiting = this.#waiting.subarray(PIECE_BYTES);
    setImmediate(() => this.#next());
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has no port');
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
