/** What a HIS that tells by itself has told: a listener for its simulator, and the feed that look-ups ask. */
import {
  AdapterError,
  serveMllp,
  type Feed,
  type HeardOf,
  type Notice,
  type ReceivedMessage,
  type Refusal,
} from '../adapter-kit/index.ts';

type AppointmentNotice = Extract<Notice, { kind: 'appointment' }>;
type Receive = (message: Uint8Array) => Promise<ReceivedMessage | undefined>;

export interface HeardFeed {
  readonly feed: Feed;
  /** Everything that was told so far, in order. */
  readonly notices: readonly Notice[];
  /** Where the simulator is to send what it tells. */
  readonly address: { readonly host: string; readonly port: number };
  /** `receive` reads each message; what it makes of it is kept. */
  listen(receive: Receive): void;
  close(): Promise<void>;
}

export async function openFeed(): Promise<HeardFeed> {
  const all: Notice[] = [];
  const notices: AppointmentNotice[] = [];
  const answers = new Map<string, Refusal>();
  let receive: Receive = () => Promise.resolve(undefined);
  const server = await serveMllp({
    host: '127.0.0.1',
    port: 0,
    onMessage: async (message) => {
      const received = await receive(message);
      for (const notice of received ? noticesOf(received) : []) {
        all.push(notice);
        if (notice.kind === 'appointment') notices.push(notice);
        if (notice.kind === 'answer') answers.set(notice.answers, notice.refusal);
      }
      return received?.acknowledge('stored');
    },
  });
  const newest = (wanted: (notice: AppointmentNotice) => boolean): HeardOf | undefined => {
    const found = notices.findLast(wanted);
    return found && heard(found);
  };
  return {
    feed: {
      aboutTransaction: (id) => Promise.resolve(newest(({ transactionId }) => transactionId === id)),
      aboutAppointment: (id) => Promise.resolve(newest(({ externalId }) => externalId === id)),
      aboutPatient: (patient, start) => {
        const own = notices.filter(({ patientExternalId }) => patientExternalId === patient);
        const last = [...new Set(own.map(({ externalId }) => externalId))].flatMap(
          (id) => own.findLast(({ externalId }) => externalId === id) ?? [],
        );
        const standing = last.filter(({ time }) => time !== undefined && Date.parse(time.start) === Date.parse(start));
        return Promise.resolve(standing.map(heard));
      },
      answerTo: (messageId) => Promise.resolve(answers.get(messageId)),
    },
    notices: all,
    address: { host: server.host, port: server.port },
    listen: (next) => (receive = next),
    close: () => server.close(),
  };
}

/** What cannot be understood tells nothing. */
function noticesOf(received: ReceivedMessage): readonly Notice[] {
  try {
    return received.notices;
  } catch (error) {
    if (error instanceof AdapterError) return [];
    throw error;
  }
}

const heard = ({ event, externalId, at, time }: AppointmentNotice): HeardOf => ({
  event,
  externalId,
  at,
  ...(time === undefined ? {} : { start: time.start, providerExternalId: time.providerExternalId }),
});
