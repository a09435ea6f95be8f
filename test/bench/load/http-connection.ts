/**
 * One HTTP/1.1 connection that costs little: a request is one write, and of an answer its end is found and its status read (RFC 9112,
 * section 6: by Content-Length, or by the last chunk). One request at a time, as browsers and agents do.
 */
import { connect, type Socket } from 'node:net';

export interface Reply {
  /** 0: the connection broke before the whole answer was there. */
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
}

const BROKEN: Reply = { status: 0, head: '' };
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

export class HttpConnection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #buffered: Buffer | undefined;
  #done: ((reply: Reply) => void) | undefined;
  /** When it was last answered, by performance.now(). */
  usedAt = 0;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** Resolves when it is open, or cannot be opened: then the next request is answered 0. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.#host, port: this.#port, noDelay: true }, resolve);
      this.#socket = socket;
      socket.on('data', (chunk: Buffer) => this.#read(chunk));
      socket.once('error', () => socket.destroy());
      socket.once('close', () => {
        if (this.#socket === socket) this.#break();
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** `done` is called once, in a later turn. */
  send(request: string, done: (reply: Reply) => void): void {
    this.#done = done;
    if (this.#socket) this.#socket.write(request, 'latin1');
    else void this.open().then(() => (this.#socket ? this.#socket.write(request, 'latin1') : this.#break()));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #break(): void {
    this.#socket = undefined;
    this.#buffered = undefined;
    this.#end(BROKEN);
  }

  #end(reply: Reply): void {
    const done = this.#done;
    this.#done = undefined;
    this.usedAt = performance.now();
    done?.(reply);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#buffered ? Buffer.concat([this.#buffered, chunk]) : chunk;
    this.#buffered = bytes;
    const headEnd = bytes.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = bytes.toString('latin1', 0, headEnd);
    if (!isWhole(bytes, head, headEnd + 4)) return;
    this.#buffered = undefined;
    if (/\r\nconnection: close/i.test(head)) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    this.#end({ status: Number(head.slice(9, 12)), head });
  }
}

function isWhole(bytes: Buffer, head: string, bodyAt: number): boolean {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return bytes.length >= bodyAt + Number(length);
  // JSON and plain text hold no such line, so what ends with it is at its end.
  if (/\r\ntransfer-encoding: chunked/i.test(head)) return bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  return true;
}
