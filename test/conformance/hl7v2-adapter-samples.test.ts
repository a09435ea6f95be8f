/** Every HL7 v2 sample at the adapter: messages as what a HIS tells by itself, acknowledgements as the answer to a booking. */
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  MllpFramer,
  frameOf,
  mllpUrl,
  readAck,
  readHl7,
  type BookRequest,
  type Hl7Message,
  type Notice,
  type ReceivedMessage,
} from '#adapter-kit';
import adapter from '../../adapters/hl7v2/index.ts';
import { refuseUnread } from '../../src/inbound/refuse-unread.ts';
import { testCall } from '../support/call.ts';
import { classOf, expectedClass, openCorpus, type SampleEntry } from '../support/samples.ts';
import { wantedOf } from './samples/disagreements.ts';

const corpus = openCorpus('hl7v2');
const entries = corpus?.entries ?? [];
const bytesOf = (file: string): Buffer => corpus?.bytes(file) ?? Buffer.of();

/** Our words for those of the corpus: what becomes of an appointment, or of time. */
const EVENTS: Readonly<Record<string, string>> = {
  'appointment-created': 'booked',
  'appointment-rescheduled': 'moved',
  'appointment-modified': 'modified',
  'appointment-cancelled': 'cancelled',
  // What remains of it is cancelled.
  'appointment-discontinued': 'cancelled',
  'appointment-noshow': 'noshow',
  'schedule-blocked': 'busy',
  'patient-registered': 'registered',
  'patient-updated': 'updated',
  'person-added': 'registered',
  'person-updated': 'updated',
  'patient-merged': 'merge',
};

const settings = { host: '127.0.0.1', port: 1, receivingApplication: 'HUB', defaultTimeZone: 'Europe/Berlin' };

/** As the connection to its sender receives it. */
async function received(bytes: Uint8Array, from: Hl7Message): Promise<ReceivedMessage | undefined> {
  const [application, facility] = [from.get('MSH-3') ?? '', from.get('MSH-4') ?? ''];
  // One of them is of a test system, as its connection would be.
  const processingId = from.get('MSH-11') ?? 'P';
  const config = { ...settings, sendingApplication: application, sendingFacility: facility, processingId };
  const connector = adapter.connect({ config, secrets: {} });
  try {
    return await connector.receive?.(testCall({ adapter: 'hl7v2', urls: [] }), bytes);
  } finally {
    await connector.close();
  }
}

const NOTHING = 'kept, acknowledged, nothing changed';

function eventOf(notices: readonly Notice[]): string {
  for (const notice of notices) {
    if (notice.kind === 'appointment') return notice.event;
    if (notice.kind === 'slot') return notice.status;
    if (notice.kind === 'patient') return notice.event;
    if (notice.kind === 'merge') return notice.kind;
  }
  return notices.length === 0 ? NOTHING : 'told';
}

function isReadable(file: string): boolean {
  try {
    readHl7(bytesOf(file));
    return true;
  } catch {
    return false;
  }
}

const SLOT = {
  externalId: '17@20270308T070000Z',
  providerExternalId: '17',
  locationExternalId: 'AMB1',
  start: '2027-03-08T07:00:00Z',
  end: '2027-03-08T07:30:00Z',
  timeZone: 'Europe/Berlin',
  mode: 'in-person',
  seat: 1,
  details: {},
} as const;
const booking: BookRequest = {
  slot: SLOT,
  patient: {
    externalId: '4711',
    name: { given: ['Erika'], family: 'Test' },
    birthDate: '1980-01-01',
    email: null,
    phone: null,
    address: null,
    identifiers: [],
  },
  mode: 'in-person',
  reason: null,
};

/** The samples answer a message with this key; ours have others. */
const ANSWERED = 'HUB01HZX3';

/** What a booking comes to that is answered so, and the same by a hospital of enhanced mode. */
async function answeredBy(file: string): Promise<string> {
  const server = createServer((socket) => {
    const framer = new MllpFramer();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const frame of framer.push(chunk)) {
        if (frame.kind !== 'message') continue;
        const { controlId } = readHl7(frame.bytes);
        socket.write(frameOf(Buffer.from(bytesOf(file).toString('latin1').replaceAll(ANSWERED, controlId), 'latin1')));
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const comes = async (acknowledgement: string): Promise<string> => {
    const config = { ...settings, port, sendingApplication: 'HIS', sendingFacility: 'REGIONAL' };
    const connector = adapter.connect({
      config: { ...config, acknowledgement, ackTimeoutMs: 300 },
      secrets: {},
    });
    const call = testCall({ adapter: 'hl7v2', urls: [mllpUrl({ host: '127.0.0.1', port })] });
    return classOf(call, connector.book(call, booking)).finally(() => connector.close());
  };
  const [original, enhanced] = [await comes('original'), await comes('enhanced')];
  expect(enhanced).toBe(original);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return original;
}

const isAnswer = ({ file, expect: { class_ } }: SampleEntry): boolean => class_ !== undefined && isReadable(file);

(corpus ? describe : describe.skip)('at the adapter', () => {
  test.each(entries.filter((entry) => isReadable(entry.file) && !isAnswer(entry)))(
    '$file is acknowledged, and becomes what its trigger says',
    async ({ file, expect: wanted }) => {
      const message = readHl7(bytesOf(file));
      const came = await received(bytesOf(file), message);
      expect(came?.messageId).toBe(message.controlId);
      const answer = came?.acknowledge('stored');
      // What the hub does not take, it says so: laboratory results, and requests, which go the other way.
      const code = ['ORU', 'SRM'].includes(message.type) ? 'AR' : 'AA';
      expect(came?.fault?.code).toBe(code === 'AR' ? 'message-type' : undefined);
      // NE: it wants no answer.
      if (message.get('MSH-16') === 'NE') expect(answer).toBeUndefined();
      else expect(readAck(readHl7(answer ?? Buffer.of()))).toMatchObject({ code, controlId: message.controlId });
      // Of one the corpus does not say what becomes of it: it registers somebody (A04).
      const untold = message.event === 'A04' ? 'registered' : NOTHING;
      const expected = EVENTS[String(wanted['action'])] ?? untold;
      expect(eventOf(came?.notices ?? [])).toBe(wantedOf(file, expected));
    },
  );

  test.each(entries.filter(isAnswer))('$file, as the answer to a booking', async ({ file, expect: wanted }) => {
    expect(await answeredBy(file)).toBe(wantedOf(file, expectedClass(wanted)));
  });

  test.each(entries.filter(({ file }) => !isReadable(file)))(
    '$file is nobody’s, and its sender hears that it is no message',
    async ({ file }) => {
      expect(await received(bytesOf(file), readHl7(Buffer.from('MSH|^~\\&|HIS|REGIONAL')))).toBeUndefined();
      expect(readAck(readHl7(refuseUnread(bytesOf(file), 'nobody')))).toMatchObject({
        code: 'AR',
        errors: [{ code: '100' }],
      });
    },
  );
});
