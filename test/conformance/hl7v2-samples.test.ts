/** Every HL7 v2 sample of the corpus through codec and framer. What it becomes at the hub is the adapter's and the listener's matter. */
import { describe, expect, test } from '@jest/globals';
import {
  Hl7Error,
  MllpFramer,
  buildAck,
  dtmInstant,
  parseDtm,
  readAck,
  readHl7,
  writeHl7,
  type AckCode,
  type Hl7Message,
} from '#adapter-kit';
import { openCorpus } from '../support/samples.ts';

const hl7 = openCorpus('hl7v2');
const mllp = openCorpus('mllp');

/** Expectations that neither codec nor framer can meet, with who does. Each must occur in the corpus. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  action: 'hl7v2-adapter-samples.test.ts',
  class_: 'hl7v2-adapter-samples.test.ts',
  ack: 'hl7v2-adapter-samples.test.ts',
  op: 'adapters/hl7v2/booking.test.ts: what the adapter writes for an operation',
  expectReply: 'adapters/hl7v2/booking.test.ts: it waits for it',
  retry: 'the dispatcher decides by the class',
  processed: 'test/integration/inbound.test.ts: a message that was stored before is recognised',
  acks: 'test/integration/inbound.test.ts: every message is answered',
};

/** Checked here. */
const CHECKED = ['parse', 'message', 'event', 'extract', 'charset', 'fillerId', 'note', 'messages', 'order'];

/** What the codec must find in an acknowledgement for its class: MSA-1 and the code of the error. */
const CODES: Readonly<Record<string, readonly [AckCode, string | undefined]>> = {
  'ack-aa': ['AA', undefined],
  'ack-ae-204': ['AE', '204'],
  'ack-ae-206-locked': ['AE', '206'],
  'ack-ar-203': ['AR', '203'],
  'ack-ar-207': ['AR', '207'],
  'ack-bare-msa-lf': ['AA', undefined],
  'ack-ca-commit': ['CA', undefined],
  'ack-ce': ['CE', '100'],
  'ack-wrong-control-id': ['AA', undefined],
  'srr-s01-accepted': ['AA', undefined],
  'srr-s01-slot-taken': ['AE', '205'],
};

/** Where the corpus's words for a value stand in a message. */
const PLACES: Readonly<Record<string, (message: Hl7Message) => unknown>> = {
  placerId: (message) => message.get('SCH-1'),
  fillerId: (message) => message.get('SCH-2') ?? null,
  csn: (message) => message.get('SCH-2'),
  visitId: (message) => message.get('PV1-19'),
  start: (message) => wall(message.get('SCH-11.4'), 19),
  end: (message) => wall(message.get('SCH-11.5'), 19),
  startLocal: (message) => wall(message.get('SCH-11.4'), 16),
  durationMinutes: (message) => Number(message.get('SCH-9')),
  // Of a cancellation the reason is that of the event.
  reason: (message) => message.get('SCH-7') ?? message.get('SCH-6.2'),
  given: (message) => message.get('PID-5.2'),
  family: (message) => message.get('PID-5.1'),
  familyParts: (message) => [1, 2, 3].map((part) => message.get(`PID-5.1&${part}`)),
  resource: (message) => message.get('AIG-3.2'),
  survivor: (message) => message.get('PID-3'),
  retired: (message) => message.all('MRG-1'),
};

/** As the clock on the wall of the sender shows it. */
function wall(text: string | null | undefined, length: number): string | undefined {
  const dtm = parseDtm(text ?? '');
  const found = dtm && dtmInstant({ ...dtm, offsetMinutes: 0 }, undefined);
  return found?.kind === 'instant' ? new Date(found.epochMs).toISOString().slice(0, length) : undefined;
}

/** What a strict reader would not have taken. */
const WARNINGS: Readonly<Record<string, readonly string[]>> = {
  'hl7v2/authored/siu-declares-ascii-is-utf8.hl7': ['charset-contradicted'],
  'hl7v2/third-party/cosyte-vendor-quirks-segment-case.hl7': ['segment-case'],
  'hl7v2/third-party/cosyte-vendor-quirks-unknown-charset.hl7': ['charset-unknown'],
  'hl7v2/third-party/rethink-invalid-segment-header-length.hl7': ['segment-name', 'segment-name'],
};

const describeIf = hl7 && mllp ? describe : describe.skip;

describeIf('every HL7 v2 sample', () => {
  const entries = hl7?.entries ?? [];
  const read = (file: string): Hl7Message => readHl7(hl7?.bytes(file) ?? Buffer.alloc(0));
  const rejected = entries.filter(({ expect: wanted }) => wanted['parse'] === 'reject');
  const accepted = entries.filter((entry) => !rejected.includes(entry));

  test('is held to expectations that are known here, or that are somebody else’s', () => {
    const words = new Set([...entries, ...(mllp?.entries ?? [])].flatMap((entry) => Object.keys(entry.expect)));
    expect([...words].toSorted()).toEqual([...CHECKED, ...Object.keys(ELSEWHERE)].toSorted());
  });

  test.each(rejected)('$file is refused', ({ file }) => {
    expect(() => read(file)).toThrow(Hl7Error);
  });

  test.each(accepted)('$file is read', ({ file, expect: wanted }) => {
    const message = read(file);
    expect(message.warnings.map(({ kind }) => kind)).toEqual(WARNINGS[file] ?? []);
    if (wanted['message'] !== undefined) expect(message.type).toBe(wanted['message']);
    if (wanted['event'] !== undefined) expect(message.event).toBe(wanted['event']);
    if (wanted['charset'] !== undefined) expect(message.get('MSH-18')).toBe(wanted['charset']);
    if (wanted['fillerId'] !== undefined) expect(message.get('SCH-2')).toBe(wanted['fillerId']);
    const extract = { ...(wanted['extract'] as object | undefined) };
    expect(Object.fromEntries(Object.keys(extract).map((word) => [word, PLACES[word]?.(message)]))).toEqual(extract);
  });

  test.each(accepted.filter(({ file }) => !file.includes('segment-header-length')))(
    '$file is the same after it was written and read again',
    ({ file }) => {
      const { segments } = read(file).toTree();
      const [header, ...rest] = readHl7(writeHl7(segments)).toTree().segments;
      expect(rest).toEqual(segments.slice(1));
      const ours = { 'MSH-2': expect.anything(), 'MSH-18': { 1: 'UNICODE UTF-8' } };
      expect(header).toMatchObject({ ...segments[0], 'MSH-1': { 1: '|' }, 'MSH-1~': [{ 1: '|' }], ...lists(ours) });
    },
  );

  test.each(accepted)('$file can be acknowledged', ({ file }) => {
    const message = read(file);
    const ack = readAck(readHl7(buildAck(message, { code: 'AE', error: { code: '207' } })));
    expect(ack).toMatchObject({ code: 'AE', controlId: message.controlId, errors: [{ code: '207' }] });
  });

  test.each(accepted.filter(({ expect: wanted }) => 'class_' in wanted))('$file says its code', ({ file }) => {
    const ack = readAck(read(file));
    const [code, error] = CODES[/([^/]+)\.hl7$/.exec(file)?.[1] ?? ''] ?? [];
    expect(ack?.code).toBe(code);
    expect(ack?.errors[0]?.code).toBe(error);
    expect(ack?.controlId).toBe(file.includes('wrong-control-id') ? 'SOMETHINGELSE' : 'HUB01HZX3');
  });
});

/** Fields as a tree shows them: alone and as their only repetition. */
const lists = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => [
      [name, value],
      [`${name}~`, [value]],
    ]),
  );

describeIf('every MLLP sample', () => {
  const read = (file: string, cuts: readonly number[]): Hl7Message[] => {
    const bytes = mllp?.bytes(file) ?? Buffer.alloc(0);
    const framer = new MllpFramer();
    const frames = [0, ...cuts].flatMap((from, index) =>
      framer.push(bytes.subarray(from, cuts[index] ?? bytes.length)),
    );
    return [...frames, ...framer.end()].flatMap((frame) => (frame.kind === 'message' ? [readHl7(frame.bytes)] : []));
  };

  test.each(mllp?.entries ?? [])('$file holds its messages, wherever it is split', ({ file, expect: wanted }) => {
    const size = mllp?.bytes(file).length ?? 0;
    const ids = read(file, []).map(({ controlId }) => controlId);
    expect(ids).toHaveLength(Number(wanted['messages']));
    if (wanted['order'] !== undefined) expect(ids).toEqual(wanted['order']);
    for (let at = 0; at <= size; at++) expect(read(file, [at]).map(({ controlId }) => controlId)).toEqual(ids);
  });

  test('those of the 16 appointments of the corpus hold them too, at every split', () => {
    const entries = (hl7?.entries ?? []).filter(({ file }) => file.includes('/ms-SIU-'));
    expect(entries.length).toBeGreaterThanOrEqual(11);
    for (const { file } of entries) {
      const message = hl7?.bytes(file) ?? Buffer.alloc(0);
      const frame = Buffer.concat([Buffer.of(0x0b), message, Buffer.of(0x1c, 0x0d)]);
      for (let at = 0; at <= frame.length; at++) {
        const framer = new MllpFramer();
        const found = [...framer.push(frame.subarray(0, at)), ...framer.push(frame.subarray(at))];
        expect(found.map((each) => (each.kind === 'message' ? message.equals(each.bytes) : each))).toEqual([true]);
      }
    }
  });
});
