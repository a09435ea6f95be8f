/** A TCP proxy that does what networks do: swallows, delays, cuts, leaves half open. On loopback only. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** to-target: what the client sends; to-client: what it is sent. */
export type Direction = 'to-target' | 'to-client' | 'both';

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

export class FaultProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<Pair>();
  #swallows: Direction | undefined;
  #delayMs = 0;
  #refuses = false;
  #halfOpened = false;

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#join(client));
  }

  static async open(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
    // A peer that ends its half keeps the other: else a half-open socket could not be played.
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, target);
  }

  /** Open connections. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Bytes in this direction vanish; nobody is told. Connections stay open, and new ones are accepted. */
  blackHole(direction: Direction = 'both'): void {
    this.#swallows = direction;
  }

  /** Every chunk is this late, in both directions. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** New connections are cut at once; the present ones live on. */
  refuse(): void {
    this.#refuses = true;
  }

  /** RST to both ends of every open connection. */
  reset(): void {
    for (const { client, target } of this.#pairs) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  }

  /** The target's end of every open connection is gone; the client's end stays open, without a word. */
  halfOpen(): void {
    this.#halfOpened = true;
    for (const { client, target } of this.#pairs) {
      target.removeAllListeners('close');
      target.removeAllListeners('end');
      target.resetAndDestroy();
      client.removeAllListeners('data');
      client.resume();
    }
  }

  /** New bytes and new connections pass again. What was swallowed stays lost, and its connections are cut, as a peer does that knows nothing of them. */
  heal(): void {
    const lossy = this.#swallows !== undefined || this.#halfOpened;
    this.#halfOpened = false;
    this.#swallows = undefined;
    this.#delayMs = 0;
    this.#refuses = false;
    if (lossy) this.reset();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }

  #join(client: Socket): void {
    client.on('error', () => {});
    if (this.#refuses) return void client.resetAndDestroy();
    const target = connect({ ...this.#target, allowHalfOpen: true });
    target.on('error', () => client.resetAndDestroy());
    const pair: Pair = { client, target };
    this.#pairs.add(pair);
    for (const socket of [client, target]) socket.setNoDelay(true);
    client.once('close', () => {
      this.#pairs.delete(pair);
      target.destroy();
    });
    target.once('close', () => client.destroy());
    this.#pipe(client, target, 'to-target');
    this.#pipe(target, client, 'to-client');
  }

  #pipe(from: Socket, to: Socket, direction: Direction): void {
    const lost = (): boolean => this.#swallows === 'both' || this.#swallows === direction;
    const later = (act: () => void): void => {
      if (this.#delayMs > 0) setTimeout(act, this.#delayMs);
      else act();
    };
    from.on('data', (chunk) => {
      if (lost()) return;
      later(() => {
        if (lost() || to.destroyed || to.writableEnded) return;
        if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    });
    from.on('end', () => {
      if (!lost()) later(() => void to.end());
    });
  }
}
