/** What an acknowledgement means, besides the rows of conformance.ts: what receivers make of the tables, and the sample corpus. */
import { describe, expect, test } from '@jest/globals';
import { buildAck, readAck, readHl7, writeHl7, type Hl7ErrorCode, type ReceivedAck } from '#adapter-kit';
import { openCorpus } from '../../test/support/samples.ts';
import { classify } from './classify.ts';

const REQUEST = readHl7(Buffer.from('MSH|^~\\&|TESSERA|TESSERA|HIS|REGIONAL|20270301||SRM^S01|HUB01HZX3|P|2.5.1'));

function acknowledgement(code: 'AE' | 'AR' | 'CE' | 'CR', error?: Hl7ErrorCode): ReceivedAck {
  const bytes = buildAck(REQUEST, { code, ...(error && { error: { code: error } }) });
  const ack = readAck(readHl7(bytes));
  if (!ack) throw new Error('buildAck made no acknowledgement');
  return ack;
}

const meaning = (ack: ReceivedAck): string => {
  const refusal = classify(ack, 'book');
  return `${refusal.class} ${refusal.reason}`;
};

test.each([
  ['AE', '204', 'not-found appointment-unknown'],
  ['AE', '205', 'conflict slot-taken'],
  ['CR', undefined, 'transient rejected-without-code'],
  ['CE', '103', 'invalid table-value-unknown'],
  // Receivers mix AE and AR: the code decides.
  ['AE', '200', 'unsupported message-type'],
] as const)('%s with %s is "%s"', (code, error, expected) => {
  expect(meaning(acknowledgement(code, error))).toBe(expected);
});

const worded = (msa3: string, ownCode?: string): ReceivedAck => {
  const ack = readAck(
    readHl7(
      writeHl7([
        { segment: 'MSH', 'MSH-9': 'ACK', 'MSH-10': '1', 'MSH-12': '2.5.1' },
        { segment: 'MSA', 'MSA-1': 'AE', 'MSA-2': 'HUB01HZX3', 'MSA-3': msa3 },
        ...(ownCode ? [{ segment: 'ERR', 'ERR-3': '207', 'ERR-5': ownCode }] : []),
      ]),
    ),
  );
  if (!ack) throw new Error('no acknowledgement');
  return ack;
};

test.each([
  ['The record is locked by another user', undefined, 'transient record-locked'],
  ['Something else', undefined, 'invalid refused-without-code'],
  ['', 'AUTH', 'auth credentials-refused'],
  ['', 'PATIENT-BOOKED', 'conflict patient-already-booked'],
] as const)('text "%s" with the receiver’s own code %s is "%s"', (text, own, expected) => {
  expect(meaning(worded(text, own))).toBe(expected);
});

const corpus = openCorpus('hl7v2/authored');
(corpus ? describe : describe.skip)('the sample corpus', () => {
  test.each([
    ['ack-ae-204', 'not-found patient-unknown'],
    ['ack-ae-206-locked', 'transient record-locked'],
    ['ack-ar-203', 'unsupported version'],
    ['ack-ar-207', 'transient application-error'],
    ['ack-ce', 'invalid segment-sequence'],
    ['srr-s01-slot-taken', 'conflict slot-taken'],
  ])('%s is "%s"', (file, expected) => {
    const ack = readAck(readHl7(corpus?.bytes(`hl7v2/authored/${file}.hl7`) ?? Buffer.of()));
    expect(ack && meaning(ack)).toBe(expected);
  });
});
