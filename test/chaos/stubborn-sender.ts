/**
 * An HL7 v2 sender as the standard wants it: a message is sent again with the same key until it is acknowledged. Not all wait for an
 * answer before they send the next: these have some outstanding, and send again all that were not acknowledged.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { MllpFramer, frameOf, readAck, readHl7 } from '#adapter-kit';

const ANSWER_WITHIN_MS = 10_000;
const PAUSE_MS = 20;

export class StubbornSender {
  /** Keys of the messages that were acknowledged. */
  readonly acknowledged: string[] = [];
  /** Messages that were sent once more. */
  sentAgain = 0;
  readonly #ports: readonly number[];
  readonly #name: string;
  readonly #key: string;
  readonly #outstanding: number;
  #stopped = false;
  #line: Socket | undefined;

  /** `ports`: of listeners; the next one is taken when one does not answer. */
  constructor(ports: readonly number[], name: string, key: string, outstanding = 1) {
    this.#outstanding = outstanding;
    this.#ports = ports;
    this.#name = name;
    this.#key = key;
  }

  /** Sends until it is told to stop, and what it has begun has been acknowledged. */
  async run(): Promise<void> {
    let tries = 0;
    for (let nth = 0; !this.#stopped; nth += this.#outstanding) {
      const ids = Array.from({ length: this.#outstanding }, (_, index) => `${this.#key}-${nth + index}`);
      for (let done = 0; done < ids.length;) {
        const left = ids.slice(done).map((id, index) => this.#message(id, nth + done + index));
        const port = this.#ports[tries % this.#ports.length] ?? 0;
        const count = await this.#send(port, left);
        this.acknowledged.push(...ids.slice(done, done + count));
        done += count;
        if (done === ids.length) break;
        this.sentAgain += ids.length - done;
        tries += 1;
        await delay(PAUSE_MS);
      }
    }
    this.#line?.destroy();
  }

  stop(): void {
    this.#stopped = true;
  }

  #message(id: string, nth: number): string {
    const start = new Date(Date.UTC(2030, 0, 1) + nth * 1_800_000).toISOString().replaceAll(/[-:T]/g, '').slice(0, 12);
    return [
      `MSH|^~\\&|${this.#name}|${this.#name}|TESSERA|TESSERA|20270301090000+0000||SIU^S12^SIU_S12|${id}|P|2.5.1`,
      `SCH||${id}|||||||30|min|^^30^${start}00+0000`,
      'RGS|1|A',
      `AIP|1|A|${this.#key}^Provider^Pat`,
      'AIL|1|A|AMB1',
    ].join('\r');
  }

  #open(port: number): Socket {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    // Its end is what counts.
    socket.on('error', () => {});
    return socket;
  }

  /** How many were acknowledged, from the first on. Of the others nothing is known: they may have been taken, or not. */
  async #send(port: number, messages: readonly string[]): Promise<number> {
    const socket = (this.#line ??= this.#open(port));
    const framer = new MllpFramer();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ANSWER_WITHIN_MS);
    let acknowledged = 0;
    const take = (chunk: Buffer): void => {
      for (const frame of framer.push(chunk)) {
        if (frame.kind !== 'message' || readAck(readHl7(frame.bytes))?.code !== 'AA') return resolve();
        acknowledged += 1;
      }
      if (acknowledged === messages.length) resolve();
    };
    socket.on('data', take).on('close', resolve);
    socket.write(Buffer.concat(messages.map((message) => frameOf(Buffer.from(message)))));
    await promise;
    clearTimeout(timer);
    socket.off('data', take).off('close', resolve);
    if (acknowledged < messages.length) {
      socket.destroy();
      this.#line = undefined;
    }
    return acknowledged;
  }
}
