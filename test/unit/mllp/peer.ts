/** The other end of an MLLP connection, doing as a test says, and raw sockets for senders that no client of ours would be. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { frameOf, HisRecorder, MllpFramer, mllpUrl, readHl7, type Call } from '#adapter-kit';

export const message = (controlId: string, text = 'x', header = ''): Buffer =>
  Buffer.from(`MSH|^~\\&|HUB|HUB|HIS|HIS|20270301||SRM^S01|${controlId}|P|2.5${header}\rNTE|1||${text}\r`);

export const ack = (code: string, controlId: string, answerId = `R${controlId}`): Buffer =>
  Buffer.from(`MSH|^~\\&|HIS|HIS|HUB|HUB|20270301||ACK^S01|${answerId}|P|2.5\rMSA|${code}|${controlId}\r`);

/** One message that came, and the socket it came by. */
export interface Arrived {
  readonly controlId: string;
  readonly socket: Socket;
  answer(bytes: Uint8Array): void;
}

export interface Peer extends AsyncDisposable {
  readonly port: number;
  readonly sockets: readonly Socket[];
  readonly arrived: readonly Arrived[];
  /** Waits for the message number `count`, from 1. */
  nth(count: number): Promise<Arrived>;
}

const isHl7 = (bytes: Uint8Array): boolean => Buffer.from(bytes).toString('latin1').trimStart().startsWith('MSH');

/** Reads messages and tells `react` of each. */
export async function openPeer(
  react: (arrived: Arrived) => void = () => undefined,
  tls?: { readonly cert: string; readonly key: string; readonly ca?: string },
): Promise<Peer> {
  const sockets: Socket[] = [];
  const arrived: Arrived[] = [];
  const waiting = new Set<() => void>();
  const serve = (socket: Socket): void => {
    const framer = new MllpFramer();
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of framer.push(chunk)) {
        // Ports come again: a client of another test may try one that was its server's.
        if (frame.kind !== 'message' || !isHl7(frame.bytes)) continue;
        const answer = (bytes: Uint8Array): void => void socket.write(frameOf(bytes));
        const one = { controlId: readHl7(frame.bytes).controlId, socket, answer };
        arrived.push(one);
        react(one);
        for (const wake of waiting) wake();
      }
    });
  };
  const server: Server = tls
    ? createTlsServer({ ...tls, requestCert: tls.ca !== undefined }, serve)
    : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    arrived,
    nth: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = arrived[count - 1];
          if (!found) return void waiting.add(look);
          waiting.delete(look);
          resolve(found);
        };
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The part of a call that the client uses, with the real recorder behind it. */
export function wireCall(
  port: number,
  signal: AbortSignal = AbortSignal.timeout(20_000),
): Pick<Call, 'signal' | 'begin'> & { readonly recorder: HisRecorder } {
  const recorder = new HisRecorder({
    origins: [mllpUrl({ host: '127.0.0.1', port })],
    responseBytesMax: 1_000,
    signal,
  });
  return { signal, begin: recorder.begin, recorder };
}

/** Resolves when the connection is gone, however it went. */
export const gone = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

/** A socket without any manners; `read` answers the first `count` frames that come back. */
export async function rawSocket(port: number): Promise<{ socket: Socket; read(count: number): Promise<string[]> }> {
  const socket = connect({ port, host: '127.0.0.1' });
  const framer = new MllpFramer();
  const frames: string[] = [];
  let wake: () => void = () => undefined;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    for (const frame of framer.push(chunk))
      if (frame.kind === 'message') frames.push(Buffer.from(frame.bytes).toString());
    wake();
  });
  await once(socket, 'connect');
  return {
    socket,
    read: async (count) => {
      while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return frames.slice(0, count);
    },
  };
}
