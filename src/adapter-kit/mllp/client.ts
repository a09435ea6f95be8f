/** An MLLP sender: one connection, one outstanding message, answers matched by MSA-2. */
import { AdapterError } from '../adapter-error.ts';
import type { Call } from '../call.ts';
import { originOf, type WireExchange } from '../his-fetch.ts';
import { readHl7, type Hl7Message } from '../hl7v2/index.ts';
import { connectTo, failureOf, type MllpTls } from './connect.ts';
import { FRAME_BYTES_MAX } from './framer.ts';
import { MllpLine, type MllpAnswer } from './line.ts';

export type { MllpTls } from './connect.ts';
export type { MllpAnswer } from './line.ts';

export interface MllpClientOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: MllpTls;
  /** Milliseconds from the last byte sent to the answer; 30,000 unless said. */
  readonly ackTimeoutMs?: number;
  /** 10,000 unless said. */
  readonly connectTimeoutMs?: number;
  /** An unused connection is closed after this long, before a firewall drops it without a word; 240,000 unless said. */
  readonly idleMs?: number;
  /** Bytes of one answer; 1 MiB unless said. */
  readonly frameBytesMax?: number;
  /** Told of every message that answers nothing outstanding: late acknowledgements, application acknowledgements after CA. */
  readonly onUnmatched?: (message: Hl7Message) => void;
  /** Closes the client. */
  readonly signal?: AbortSignal;
}

export interface MllpSend {
  /** True when the HIS changes something by this message. */
  readonly write: boolean;
  /** Enhanced mode: after CA wait for the application acknowledgement too, on this connection and within the same time. */
  readonly awaitApplication?: boolean;
}

/** How a HIS's MLLP port is named among the origins of a connection and in the ledger. */
export function mllpUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  const text = `mllp://${host.includes(':') ? `[${host}]` : host.toLowerCase()}:${port}`;
  // Settings that no host can have are refused where they are used, not where they are read.
  return URL.canParse(text) ? originOf(new URL(text)) : text;
}

export interface MllpClient {
  /**
   * Sends one message, as it is, and answers what came back with its MSH-10 in MSA-2.
   * Throws AdapterError: `unavailable` not sent; `protocol` `answer-lost` or `deadline` sent, and no answer.
   */
  send(call: Pick<Call, 'signal' | 'begin'>, message: Uint8Array, how: MllpSend): Promise<MllpAnswer>;
  close(): Promise<void>;
}

export function openMllpClient(options: MllpClientOptions): MllpClient {
  return new QueueingClient(options);
}

const ACK_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_MS = 240_000;

/** One message at a time on one line, which is opened when it is needed. */
class QueueingClient implements MllpClient {
  readonly #options: MllpClientOptions;
  #line: MllpLine | undefined;
  /** Settles when it is the next message's turn. */
  #turn: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(options: MllpClientOptions) {
    this.#options = options;
    options.signal?.addEventListener('abort', () => void this.close(), { once: true });
    if (options.signal?.aborted) this.#closing.abort();
  }

  async send(call: Pick<Call, 'signal' | 'begin'>, message: Uint8Array, how: MllpSend): Promise<MllpAnswer> {
    const { text, controlId } = readHl7(message);
    if (controlId === '') {
      throw new AdapterError('misconfigured', 'no-control-id', 'a message without MSH-10 cannot be told from another');
    }
    const signal = AbortSignal.any([call.signal, this.#closing.signal]);
    const before = this.#turn;
    const mine = Promise.withResolvers<void>();
    this.#turn = mine.promise;
    try {
      await unlessAborted(before, signal);
      const exchange = call.begin({ method: 'MLLP', url: mllpUrl(this.#options), write: how.write, body: text });
      const line = await this.#connected(signal, exchange);
      const ackTimeoutMs = this.#options.ackTimeoutMs ?? ACK_TIMEOUT_MS;
      return await line.ask(message, { controlId, signal, exchange, ackTimeoutMs, ...how });
    } finally {
      // Whoever gave up waiting must not let the next one overtake those before.
      void before.then(mine.resolve);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#line?.close();
  }

  async #connected(signal: AbortSignal, exchange: WireExchange): Promise<MllpLine> {
    if (this.#line?.isOpen) return this.#line;
    const { host, port, tls, connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options;
    const timeLimit = AbortSignal.timeout(connectTimeoutMs);
    try {
      const socket = await connectTo({ host, port, tls }, AbortSignal.any([signal, timeLimit]));
      this.#line = new MllpLine(socket, {
        idleMs: this.#options.idleMs ?? IDLE_MS,
        frameBytesMax: this.#options.frameBytesMax ?? FRAME_BYTES_MAX,
        onUnmatched: this.#options.onUnmatched,
      });
      return this.#line;
    } catch (error) {
      const code = timeLimit.aborted ? 'CONNECT_TIMEOUT' : failureOf(error);
      exchange.failed(code);
      throw new AdapterError(
        'unavailable',
        'not-reached',
        `the HIS at ${mllpUrl(this.#options)} was not reached (${code})`,
        {
          cause: error,
        },
      );
    }
  }
}

function unlessAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  const refusal = (): AdapterError => new AdapterError('unavailable', 'deadline', 'the deadline passed before sending');
  if (signal.aborted) return Promise.reject(refusal());
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(refusal());
    signal.addEventListener('abort', giveUp, { once: true });
    void turn.then(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    });
  });
}
