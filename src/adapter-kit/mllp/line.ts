/** One open connection to a HIS: asks one message at a time, and tells its answer from everything else that arrives. */
import type { Socket } from 'node:net';
import { AdapterError } from '../adapter-error.ts';
import type { WireExchange } from '../his-fetch.ts';
import { readAck, readHl7, type Hl7Message } from '../hl7v2/index.ts';
import { failureOf } from './connect.ts';
import { END_WAIT_MS, frameOf, MllpFramer, type Frame } from './framer.ts';

/** One of both is present. */
export interface MllpAnswer {
  /** CA, CE or CR of enhanced mode. */
  readonly accept?: Hl7Message;
  /** AA, AE or AR, or the reply message that carries one (SRR, say). Absent after CA: it has not come, or not yet. */
  readonly application?: Hl7Message;
}

export interface Question {
  /** MSH-10: what MSA-2 of the answer must say. */
  readonly controlId: string;
  readonly awaitApplication?: boolean;
  readonly ackTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly exchange: WireExchange;
}

export interface LineOptions {
  readonly idleMs: number;
  readonly frameBytesMax: number;
  readonly onUnmatched: ((message: Hl7Message) => void) | undefined;
}

interface Waiting {
  readonly question: Question;
  accept?: Hl7Message;
  /** Something came, and it was no answer to this. */
  stray?: 'ACK_OF_ANOTHER' | 'ACK_UNREADABLE';
  end(result: MllpAnswer | AdapterError): void;
}

export class MllpLine {
  readonly #socket: Socket;
  readonly #options: LineOptions;
  readonly #framer: MllpFramer;
  #waiting: Waiting | undefined;
  #failure: string | undefined;
  #isOpen = true;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: LineOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#framer = new MllpFramer(options.frameBytesMax);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // The HIS takes no more of our messages then, whatever it may still say.
    socket.on('end', () => (this.#isOpen = false));
    socket.on('error', (error) => (this.#failure = failureOf(error)));
    socket.on('close', () => this.#closed());
    socket.on('timeout', () => this.#idle());
    socket.setTimeout(options.idleMs);
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#socket.writable;
  }

  /** Throws AdapterError `protocol`: from the first byte on, the message may have been processed. */
  ask(message: Uint8Array, question: Question): Promise<MllpAnswer> {
    const { signal, exchange, ackTimeoutMs } = question;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        exchange.failed('ABORTED');
        return reject(new AdapterError('unavailable', 'deadline', 'the deadline passed before sending'));
      }
      if (!this.isOpen) {
        exchange.failed(this.#failure ?? 'CONNECTION_CLOSED');
        return reject(new AdapterError('unavailable', 'not-reached', 'the HIS closed the connection before sending'));
      }
      exchange.sending();
      const late = (): void => this.#giveUp('ACK_TIMEOUT', 'answer-lost');
      const abort = (): void => this.#giveUp('ABORTED', 'deadline');
      const timer = setTimeout(late, ackTimeoutMs);
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting = {
        question,
        end: (result) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          this.#waiting = undefined;
          if (result instanceof AdapterError) reject(result);
          else resolve(result);
        },
      };
      this.#socket.write(frameOf(message));
    });
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return;
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.destroy();
    await closed;
  }

  #read(chunk: Uint8Array): void {
    clearTimeout(this.#endTimer);
    this.#takeAll(this.#framer.push(chunk));
    if (this.#framer.awaitsEnd) this.#endTimer = setTimeout(() => this.#takeAll(this.#framer.flush()), END_WAIT_MS);
  }

  #takeAll(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.kind === 'message') this.#take(frame.bytes);
      else if (this.#waiting) this.#waiting.stray = 'ACK_UNREADABLE';
    }
  }

  #take(bytes: Uint8Array): void {
    let message: Hl7Message;
    try {
      message = readHl7(bytes);
    } catch {
      // It may be an answer to anything; ours is waited for until its time is over.
      if (this.#waiting) this.#waiting.stray = 'ACK_UNREADABLE';
      return;
    }
    const ack = readAck(message);
    const waiting = this.#waiting;
    if (!waiting || ack?.controlId !== waiting.question.controlId) {
      if (waiting) waiting.stray = 'ACK_OF_ANOTHER';
      this.#options.onUnmatched?.(message);
      return;
    }
    if (!ack.code.startsWith('C')) return this.#answer(waiting, { ...acceptOf(waiting), application: message });
    waiting.accept = message;
    if (ack.code !== 'CA' || waiting.question.awaitApplication !== true) this.#answer(waiting, { accept: message });
  }

  #answer(waiting: Waiting, answer: MllpAnswer): void {
    const texts = [answer.accept, answer.application].filter((each) => each !== undefined).map(({ text }) => text);
    waiting.question.exchange.answered(texts.join('\r'));
    waiting.end(answer);
  }

  /** Waits no longer. After CA the message is in safe hands, and the line stays; without it the line is closed, late words and all. */
  #giveUp(failure: string, reason: 'answer-lost' | 'deadline'): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    if (waiting.accept) return this.#answer(waiting, { accept: waiting.accept });
    const code = waiting.stray ?? failure;
    this.#isOpen = false;
    this.#socket.destroy();
    waiting.question.exchange.failed(code);
    waiting.end(new AdapterError('protocol', reason, `the message was sent, and no answer to it came (${code})`));
  }

  #closed(): void {
    this.#isOpen = false;
    // An answer whose last byte is missing is an answer.
    clearTimeout(this.#endTimer);
    this.#takeAll(this.#framer.end());
    this.#giveUp(this.#failure ?? 'CONNECTION_CLOSED', 'answer-lost');
  }

  /** Closed before a firewall forgets it: a message sent into a forgotten connection would be lost without a word. */
  #idle(): void {
    if (this.#waiting) return;
    this.#isOpen = false;
    this.#socket.end();
  }
}

const acceptOf = ({ accept }: Waiting): MllpAnswer => (accept ? { accept } : {});
