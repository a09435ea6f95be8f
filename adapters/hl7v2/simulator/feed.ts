/**
 * The hospital's own sender: connects to the hub's listener and tells everything, one message at a time; a change goes before
 * what is still to be told of the rest. A message that is not acknowledged is told again, after a lost connection everything.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { MllpFramer, frameOf, readAck, readHl7 } from '#adapter-kit';
import type { SimulatedHis } from '#adapter-kit/simulator';
import type { Notices, Telling } from './notices.ts';

const RETRY_MS = 200;
const ANSWER_MS = 10_000;
/** New days come, and with them new slots. */
const RENEWED_MS = 3_600_000;

export class Feed {
  readonly #his: SimulatedHis;
  readonly #notices: Notices;
  readonly #to: { readonly host: string; readonly port: number };
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;
  #changes: Telling[] = [];
  #rest: Telling[] = [];
  #held: Telling | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(his: SimulatedHis, notices: Notices, to: { readonly host: string; readonly port: number }) {
    this.#his = his;
    this.#notices = notices;
    this.#to = to;
    his.book.watch((change) => this.tell(notices.after(change)));
    const renewal = setInterval(() => {
      this.#rest = notices.whole();
      this.#wake.resolve();
    }, RENEWED_MS).unref();
    this.#stopped.signal.addEventListener('abort', () => {
      clearInterval(renewal);
      this.#wake.resolve();
    });
    this.#done = this.#run();
  }

  /** After what is waiting already. */
  tell(tellings: readonly Telling[]): void {
    // Out of order: every other one waits for the next.
    if (this.#his.quirks.value('H5') === 'out-of-order' && tellings.length === 1) {
      if (this.#held === undefined) {
        [this.#held] = tellings;
        return;
      }
      this.#changes.push(...tellings, this.#held);
      this.#held = undefined;
    } else this.#changes.push(...tellings);
    this.#wake.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const socket = connect(this.#to);
      const hangUp = (): void => void socket.destroy();
      signal.addEventListener('abort', hangUp);
      try {
        await opened(socket);
        this.#changes = [];
        this.#rest = this.#notices.whole();
        await this.#speak(socket, signal);
      } catch {
        // The hub is not there, or has gone: try again soon.
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      } finally {
        signal.removeEventListener('abort', hangUp);
        socket.destroy();
      }
    }
  }

  async #speak(socket: Socket, signal: AbortSignal): Promise<void> {
    const answers = new Answers(socket);
    socket.once('close', () => this.#wake.resolve());
    while (!signal.aborted) {
      if (answers.haveEnded) throw ended();
      if (this.#his.quirks.on('G3')) {
        // Maintenance: the connection stays, nothing is told, everything waits.
        await delay(RETRY_MS, undefined, { signal });
        continue;
      }
      const queue = this.#changes.length > 0 ? this.#changes : this.#rest;
      const [telling] = queue;
      if (telling === undefined) {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
        continue;
      }
      const message = telling();
      if (message !== undefined) await this.#untilTaken(socket, answers, message, signal);
      if (queue[0] === telling) queue.shift();
    }
  }

  async #untilTaken(socket: Socket, answers: Answers, message: Uint8Array, signal: AbortSignal): Promise<void> {
    while (!(await this.#send(socket, answers, message, signal))) await delay(RETRY_MS, undefined, { signal });
  }

  /** False when the hub asks to have it again. */
  async #send(socket: Socket, answers: Answers, message: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const times = this.#his.quirks.value('H5') === 'twice' ? 2 : 1;
    let code = '';
    for (let sent = 0; sent < times; sent += 1) {
      const answer = answers.to(readHl7(message).controlId);
      await this.#write(socket, message, signal);
      code = await answer;
    }
    return !code.endsWith('R');
  }

  async #write(socket: Socket, message: Uint8Array, signal: AbortSignal): Promise<void> {
    const frame = Buffer.from(frameOf(message));
    switch (this.#his.quirks.value('H8')) {
      case 'bytewise':
        for (const byte of frame) {
          socket.write(Buffer.of(byte));
          await delay(0, undefined, { signal });
        }
        return;
      case 'no-end':
        return void socket.write(frame.subarray(0, -1));
      case 'line-feed':
        return void socket.write(Buffer.concat([frame, Buffer.from('\r\n')]));
      case 'garbage':
        return void socket.write(Buffer.concat([Buffer.from('HELO\r\n'), frame]));
      default:
        socket.write(frame);
    }
  }
}

interface Waiting {
  readonly controlId: string;
  readonly resolve: (code: string) => void;
  readonly reject: (error: Error) => void;
}

/** Acknowledgements by MSA-2. */
class Answers {
  readonly #framer = new MllpFramer();
  #waiting: Waiting | undefined;
  #haveEnded = false;

  constructor(socket: Socket) {
    socket.once('close', () => {
      this.#haveEnded = true;
      this.#waiting?.reject(ended());
    });
    socket.on('data', (chunk) => {
      for (const frame of this.#framer.push(chunk)) if (frame.kind === 'message') this.#take(frame.bytes);
    });
  }

  /** The connection has: there will be none any more. */
  get haveEnded(): boolean {
    return this.#haveEnded;
  }

  /** Rejects when the connection has ended, or there is none in time. */
  to(controlId: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting = { controlId, resolve, reject };
    if (this.#haveEnded) reject(ended());
    const overdue = setTimeout(() => reject(new Error('the hub did not answer')), ANSWER_MS).unref();
    const answer = promise.finally(() => clearTimeout(overdue));
    // It may fail while the message is still being written: whoever asked hears it then.
    answer.catch(() => {});
    return answer;
  }

  #take(bytes: Uint8Array): void {
    const ack = readAck(readHl7(bytes));
    if (ack !== undefined && ack.controlId === this.#waiting?.controlId) this.#waiting.resolve(ack.code);
  }
}

const ended = (): Error => new Error('the connection to the hub has ended');

async function opened(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('close', () => reject(ended()));
  // 'close' follows, which says the same.
  socket.on('error', () => {});
  await promise;
}
