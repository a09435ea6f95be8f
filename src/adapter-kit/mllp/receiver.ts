/**
 * One sender's connection: its own framer, its messages handled and answered in their order. When more comes than is handled at
 * a time, no more is read, so that what waits is never more than two reads of the socket; a sender that is too slow, too long or silent is cut.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { plainAddress } from './addresses.ts';
import { END_WAIT_MS, FRAME_BYTES_MAX, frameOf, MllpFramer, type Frame } from './framer.ts';

export interface MllpPeer {
  /** Counts from 1; for logs. */
  readonly connection: number;
  readonly address: string;
  readonly port: number;
  /** Common name in the sender's certificate, where one was demanded. */
  readonly certificateName: string | undefined;
  /** Sends a message that answers nothing, an application acknowledgement after CA for instance. */
  send(message: Uint8Array): void;
  /** Cuts the connection. */
  drop(): void;
}

/** Something a log should know; never content. `connection` is 0 for who was not let in. */
export interface MllpIncident {
  readonly kind: 'refused' | 'too-slow' | 'idle' | 'handler-failed' | 'socket-error' | DroppedBytes;
  readonly connection: number;
  readonly address: string;
  /** Bytes that were dropped. */
  readonly byteCount?: number;
  readonly error?: unknown;
}

type DroppedBytes = Extract<Frame, { kind: 'dropped' }>['why'];

export interface MllpReceiving {
  /**
   * Called in the order of arrival, `atOnce` at a time per connection. What it answers is sent, in that order; undefined: nothing is.
   * If it throws, the connection is cut without an answer to this one and to those after it, so that the sender sends them again.
   */
  readonly onMessage: (message: Uint8Array, peer: MllpPeer) => Promise<Uint8Array | undefined>;
  /** For senders that do not wait for an answer before they send again: so many are handled at a time; 1 unless said. */
  readonly atOnce?: number;
  readonly onIncident?: (incident: MllpIncident) => void;
  /** Of one message; 1 MiB unless said. */
  readonly frameBytesMax?: number;
  /** A connection without a byte for this long is closed; 3,600,000 unless said (senders keep theirs open for days). */
  readonly idleMs?: number;
  /** Within this time a message must be complete after its first byte, and an answer be taken; 30,000 unless said. */
  readonly frameMs?: number;
  /** A message that ends with 0x1C alone is taken as complete after this silence; 500 unless said. */
  readonly endWaitMs?: number;
}

const IDLE_MS = 3_600_000;
const FRAME_MS = 30_000;
/** Who has sent this much that is no message is no sender of messages. */
const GARBAGE_BYTES_MAX = 65_536;

/** Of messages that are handled at a time; one may be larger. */
const BYTES_AT_ONCE = 262_144;

interface Handled {
  readonly answer: Promise<Uint8Array | undefined>;
  readonly bytes: number;
}

export class MllpReceiver {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #options: MllpReceiving;
  readonly #framer: MllpFramer;
  readonly #peer: MllpPeer;
  readonly #queue: Uint8Array[] = [];
  /** Those whose answers are awaited, in their order. */
  readonly #handled: Handled[] = [];
  #work: Promise<void> | undefined;
  #ended = false;
  #frameTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, connection: number, options: MllpReceiving) {
    this.#socket = socket;
    this.#options = options;
    this.#framer = new MllpFramer(options.frameBytesMax ?? FRAME_BYTES_MAX);
    this.#peer = {
      connection,
      address: plainAddress(socket.remoteAddress ?? ''),
      port: socket.remotePort ?? 0,
      certificateName: certificateName(socket),
      send: (message) => void socket.write(frameOf(message)),
      drop: () => void socket.destroy(),
    };
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#end());
    socket.on('error', (error) => this.#report('socket-error', { error }));
    socket.on('close', () => this.#stopTimers());
    socket.on('timeout', () => {
      if (!this.#work) this.drop('idle');
    });
    socket.setTimeout(options.idleMs ?? IDLE_MS);
  }

  /** False until the first whole message. */
  hasDelivered = false;

  drop(why: MllpIncident['kind']): void {
    this.#report(why);
    this.#socket.destroy();
  }

  /** Reads no more, lets what was read be answered, for so long; then closes. */
  async finish(graceMs: number): Promise<void> {
    this.#ended = true;
    this.#socket.pause();
    const cut = setTimeout(() => this.#socket.destroy(), graceMs);
    await Promise.race([this.#work, this.closed]);
    this.#socket.end(() => this.#socket.destroy());
    await this.closed;
    clearTimeout(cut);
  }

  #read(chunk: Uint8Array): void {
    clearTimeout(this.#endTimer);
    // Only now: a sender that waits for its answer, as most do, needs no stopping.
    if (this.#work) this.#socket.pause();
    const frames = this.#framer.push(chunk);
    this.#take(frames);
    if (this.#framer.garbageBytes > GARBAGE_BYTES_MAX) return this.drop('garbage');
    this.#limitFrame(frames.length > 0);
    if (!this.#framer.awaitsEnd) return;
    this.#endTimer = setTimeout(() => {
      this.#take(this.#framer.flush());
      this.#limitFrame(true);
    }, this.#options.endWaitMs ?? END_WAIT_MS);
  }

  #take(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.kind === 'message') this.#queue.push(frame.bytes);
      else this.#report(frame.why, { byteCount: frame.byteCount });
      // Its rest would only be read to be thrown away.
      if (frame.kind === 'dropped' && frame.why === 'too-large') this.#socket.destroy();
    }
    this.#begin();
    if (this.#handled.length > 0) this.#work ??= this.#answerAll();
  }

  /** The clock of a message begins with its first byte, however slowly the others follow. */
  #limitFrame(isNew: boolean): void {
    if (isNew || !this.#framer.inside) {
      clearTimeout(this.#frameTimer);
      this.#frameTimer = undefined;
    }
    if (!this.#framer.inside || this.#work) return;
    this.#frameTimer ??= setTimeout(() => this.drop('too-slow'), this.#options.frameMs ?? FRAME_MS);
  }

  async #answerAll(): Promise<void> {
    // What is not read now is no fault of the sender.
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
    try {
      while (this.#handled.length > 0) {
        const answer = await this.#handled[0]?.answer;
        if (this.#socket.destroyed) return;
        if (answer && !this.#write(answer)) await this.#written();
        this.#handled.shift();
        this.#begin();
      }
    } catch (error) {
      this.#report('handler-failed', { error });
      this.#socket.destroy();
    } finally {
      this.#work = undefined;
    }
    if (this.#socket.destroyed) return;
    if (this.#ended) return void this.#socket.end();
    this.#limitFrame(true);
  }

  #begin(): void {
    const { onMessage, atOnce = 1 } = this.#options;
    let bytes = this.#handled.reduce((sum, each) => sum + each.bytes, 0);
    while (this.#handled.length < atOnce && bytes < BYTES_AT_ONCE && !this.#socket.destroyed) {
      const message = this.#queue.shift();
      if (!message) break;
      this.hasDelivered = true;
      const answer = onMessage(message, this.#peer);
      // It is looked at in its turn: one before it may fail first.
      answer.catch(() => {});
      this.#handled.push({ answer, bytes: message.byteLength });
      bytes += message.byteLength;
    }
    const hasRoom = this.#queue.length === 0 && this.#handled.length < atOnce;
    if (hasRoom && !this.#ended && this.#socket.isPaused()) this.#socket.resume();
  }

  /** Answers that are ready at once leave together. */
  #write(answer: Uint8Array): boolean {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    return this.#socket.write(frameOf(answer));
  }

  /** A sender that does not take its answers gets no more of them. */
  async #written(): Promise<void> {
    const timer = setTimeout(() => this.drop('too-slow'), this.#options.frameMs ?? FRAME_MS);
    const drained = new Promise<void>((resolve) => this.#socket.once('drain', () => resolve()));
    await Promise.race([drained, this.closed]);
    clearTimeout(timer);
  }

  #end(): void {
    this.#ended = true;
    this.#stopTimers();
    this.#take(this.#framer.end());
    if (!this.#work) this.#socket.end();
  }

  #stopTimers(): void {
    clearTimeout(this.#endTimer);
    clearTimeout(this.#frameTimer);
  }

  #report(kind: MllpIncident['kind'], more: Pick<MllpIncident, 'byteCount' | 'error'> = {}): void {
    const { connection, address } = this.#peer;
    this.#options.onIncident?.({ kind, connection, address, ...more });
  }
}

function certificateName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}
