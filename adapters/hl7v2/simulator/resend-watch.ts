/** Strict mode: a request whose answer may have been lost is not sent again before somebody has looked. */
import { readAck, readHl7, type Hl7Message } from '#adapter-kit';
import type { SimulatedHis } from '#adapter-kit/simulator';
import { transactionOf } from './requests.ts';

interface Sent {
  readonly placer: string | null | undefined;
  readonly filler: string | null | undefined;
}

export class ResendWatch {
  readonly #his: SimulatedHis;
  /** Requests that were not refused, by transaction, since the last look at their appointment. */
  readonly #sent = new Map<string, Sent>();

  constructor(his: SimulatedHis) {
    this.#his = his;
  }

  /** A request, or a query, has arrived. */
  came(message: Hl7Message): void {
    const { strict } = this.#his;
    const transactionId = transactionOf(message);
    if (!strict.on) return;
    const keys = { placer: message.get('ARQ-1.1'), filler: message.get('ARQ-2.1') };
    if (message.type === 'SQM') return this.#looked(keys);
    if (message.type !== 'SRM' || transactionId === null) return;
    if (this.#sent.has(transactionId))
      strict.report('sent-again-without-look-up', `${message.type}^${message.event} ${transactionId}`);
    this.#sent.set(transactionId, keys);
  }

  /** What was refused was not executed: it may come again. */
  answered(message: Hl7Message, answer: Uint8Array): void {
    const transactionId = transactionOf(message);
    const ack = readAck(readHl7(answer));
    const isRefusal = ack?.controlId === message.controlId && ack.code !== 'AA' && ack.code !== 'CA';
    if (isRefusal && transactionId !== null) this.#sent.delete(transactionId);
  }

  #looked({ placer, filler }: Sent): void {
    for (const [transactionId, sent] of this.#sent) {
      if ((placer && sent.placer === placer) || (filler && sent.filler === filler)) this.#sent.delete(transactionId);
    }
  }
}
