/** An HL7 v2 sender as the standard wants it: one message outstanding, sent again with the same key until it is acknowledged. */
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
  #stopped = false;
  #line: Socket | undefined;

  /** `ports`: of listeners; the next one is taken when one does not answer. */
  constructor(ports: readonly number[], name: string, key: string) {
    this.#ports = ports;
    this.#name = name;
    this.#key = key;
  }

  /** Sends until it is told to stop, and what it has begun has been acknowledged. */
  async run(): Promise<void> {
    let tries = 0;
    for (let nth = 0; !this.#stopped; nth += 1) {
      const id = `${this.#key}-${nth}`;
      for (let first = true; ; first = false) {
        if (!first) this.sentAgain += 1;
        const port = this.#ports[tries % this.#ports.length] ?? 0;
        if (await this.#send(port, this.#message(id, nth))) break;
        tries += 1;
        await delay(PAUSE_MS);
      }
      this.acknowledged.push(id);
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

  /** True: acknowledged. False: no answer, or the connection was lost: it may have been taken, or not. */
  async #send(port: number, message: string): Promise<boolean> {
    const socket = (this.#line ??= this.#open(port));
    const framer = new MllpFramer();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), ANSWER_WITHIN_MS);
    const lost = (): void => resolve(false);
    const take = (chunk: Buffer): void => {
      const [frame] = framer.push(chunk);
      if (frame?.kind === 'message') resolve(readAck(readHl7(frame.bytes))?.code === 'AA');
    };
    socket.on('data', take).on('close', lost);
    socket.write(frameOf(Buffer.from(message)));
    const isAcknowledged = await promise;
    clearTimeout(timer);
    socket.off('data', take).off('close', lost);
    if (!isAcknowledged) {
      socket.destroy();
      this.#line = undefined;
    }
    return isAcknowledged;
  }
}
