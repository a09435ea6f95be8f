/** A line to an HL7 v2 receiver as one would write it in a hurry: a connection for each message, with faults to choose from. */
import { connect } from 'node:net';
import { MllpFramer, frameOf, mllpUrl, readAck, readHl7, type Call, type MllpAnswer } from '#adapter-kit';
import { Line } from '../../../adapters/hl7v2/line.ts';
import type { Hl7Settings } from '../../../adapters/hl7v2/settings.ts';

export interface Carelessness {
  /** Whatever comes first is the answer. */
  readonly byPosition?: true;
  /** One for all connections. */
  readonly framer?: MllpFramer;
}

export class CarelessLine extends Line {
  readonly #settings: Hl7Settings;
  readonly #careless: Carelessness;

  constructor(settings: Hl7Settings, careless: Carelessness) {
    super(settings);
    this.#settings = settings;
    this.#careless = careless;
  }

  override async send(call: Call, message: Uint8Array, write: boolean): Promise<MllpAnswer> {
    const { host, port } = this.#settings;
    const { text, controlId } = readHl7(message);
    const exchange = call.begin({ method: 'MLLP', url: mllpUrl({ host, port }), write, body: text });
    const framer = this.#careless.framer ?? new MllpFramer();
    const answered = Promise.withResolvers<MllpAnswer>();
    const socket = connect(port, host);
    socket.on('error', answered.reject);
    socket.on('close', () => answered.reject(new Error('the connection has ended')));
    call.signal.addEventListener('abort', () => answered.reject(new Error('the deadline passed')));
    socket.on('data', (chunk) => {
      for (const frame of framer.push(chunk)) {
        if (frame.kind !== 'message') continue;
        const answer = readHl7(frame.bytes);
        if (this.#careless.byPosition !== true && readAck(answer)?.controlId !== controlId) continue;
        exchange.answered(answer.text);
        answered.resolve({ application: answer });
      }
    });
    exchange.sending();
    socket.write(frameOf(message));
    return answered.promise.finally(() => socket.destroy());
  }
}
