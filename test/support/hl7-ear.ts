/** An HL7 v2 hospital and somebody who hears what it tells by itself: the hub's listener without the hub. */
import {
  AdapterError,
  serveMllp,
  type Adapter,
  type Feed,
  type FoundSlot,
  type HeardOf,
  type MllpServer,
  type Notice,
  type ReceivedMessage,
} from '#adapter-kit';
import type { StartSimulator } from '#adapter-kit/simulator';
import type { TestCall, TestCallOptions } from './call.ts';
import { startHospital, type SimulatedHospital } from './simulated-hospital.ts';

export interface HeardHospital extends SimulatedHospital {
  readonly ear: Ear;
}

export async function startHeardHospital(adapter: Adapter, start: StartSimulator): Promise<HeardHospital> {
  const ear = await Ear.open();
  const hospital = await startHospital(adapter, start, { feedTo: ear.server });
  const call = (options: Partial<TestCallOptions> = {}): TestCall => hospital.call({ feed: ear.feed, ...options });
  ear.listenAs((bytes) => hospital.connector.receive?.(call(), bytes) ?? Promise.resolve(undefined));
  return {
    ...hospital,
    call,
    ear,
    close: async () => {
      await hospital.close();
      await ear.server.close();
    },
  };
}

type Receive = (bytes: Uint8Array) => Promise<ReceivedMessage | undefined>;
type Appointment = Extract<Notice, { kind: 'appointment' }>;

export class Ear {
  readonly server: MllpServer;
  readonly messages: ReceivedMessage[] = [];
  readonly notices: Notice[] = [];
  readonly #receive: PromiseWithResolvers<Receive>;
  #waiting: { readonly isEnough: () => boolean; readonly resolve: () => void }[] = [];

  private constructor(server: MllpServer, receive: PromiseWithResolvers<Receive>) {
    this.server = server;
    this.#receive = receive;
  }

  static async open(): Promise<Ear> {
    const receive = Promise.withResolvers<Receive>();
    const heard = Promise.withResolvers<Ear>();
    const server = await serveMllp({
      host: '127.0.0.1',
      port: 0,
      onMessage: async (bytes) => {
        const message = await (await receive.promise)(bytes);
        if (message) (await heard.promise).hear(message);
        return message?.acknowledge('stored');
      },
    });
    const ear = new Ear(server, receive);
    heard.resolve(ear);
    return ear;
  }

  listenAs(receive: Receive): void {
    this.#receive.resolve(receive);
  }

  hear(message: ReceivedMessage): void {
    this.messages.push(message);
    this.notices.push(...noticesOf(message));
    for (const each of this.#waiting) if (each.isEnough()) each.resolve();
    this.#waiting = this.#waiting.filter((each) => !each.isEnough());
  }

  /** Resolves when this many notices fit; they are given, in the order of arrival. */
  async until<N extends Notice>(fits: (notice: Notice) => notice is N, count?: number): Promise<N[]>;
  async until(fits: (notice: Notice) => boolean, count?: number): Promise<Notice[]>;
  async until(fits: (notice: Notice) => boolean, count = 1): Promise<Notice[]> {
    const isEnough = (): boolean => this.notices.filter(fits).length >= count;
    if (!isEnough()) await new Promise<void>((resolve) => void this.#waiting.push({ isEnough, resolve }));
    return this.notices.filter(fits);
  }

  /** Free slots that were told, from two hours ahead on; waits for `count`. */
  async slots(count = 20): Promise<FoundSlot[]> {
    const from = new Date(Date.now() + 2 * 3_600_000).toISOString();
    const isFree = (notice: Notice): notice is Extract<Notice, { kind: 'slot'; status: 'free' }> =>
      notice.kind === 'slot' && notice.status === 'free' && notice.slot.start >= from;
    return (await this.until(isFree, count)).map(({ slot }) => slot);
  }

  readonly feed: Feed = {
    aboutTransaction: (id) => Promise.resolve(this.#newest((each) => each.transactionId === id)),
    aboutAppointment: (id) => Promise.resolve(this.#newest((each) => each.externalId === id)),
    aboutPatient: (patient, start) =>
      Promise.resolve(
        this.#appointments()
          .filter(
            (each) =>
              each.patientExternalId === patient && each.time && Date.parse(each.time.start) === Date.parse(start),
          )
          .map(heardOf),
      ),
    answerTo: (id) => {
      const found = this.notices.findLast((each) => each.kind === 'answer' && each.answers === id);
      return Promise.resolve(found?.kind === 'answer' ? found.refusal : undefined);
    },
  };

  #appointments(): Appointment[] {
    return this.notices.filter((each): each is Appointment => each.kind === 'appointment');
  }

  #newest(fits: (notice: Appointment) => boolean): HeardOf | undefined {
    const found = this.#appointments()
      .filter(fits)
      .toSorted((a, b) => a.at.localeCompare(b.at))
      .at(-1);
    return found && heardOf(found);
  }
}

/** What cannot be understood is held by the hub, and tells nothing. */
function noticesOf(message: ReceivedMessage): readonly Notice[] {
  try {
    return message.notices;
  } catch (error) {
    if (error instanceof AdapterError) return [];
    throw error;
  }
}

const heardOf = ({ event, externalId, at, time }: Appointment): HeardOf => ({
  event,
  externalId,
  at,
  ...(time && { start: time.start, providerExternalId: time.providerExternalId }),
});
