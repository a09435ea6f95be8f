/** What each acknowledgement means: HL7 table 0357 and what receivers make of it, and the acknowledgements of the sample corpus. */
import { describe, expect, test } from '@jest/globals';
import { buildAck, readAck, readHl7, writeHl7, type Hl7ErrorCode, type ReceivedAck } from '#adapter-kit';
import { openCorpus } from '../../test/support/samples.ts';
import { classify, type Intent } from './classify.ts';

const REQUEST = readHl7(Buffer.from('MSH|^~\\&|TESSERA|TESSERA|HIS|REGIONAL|20270301||SRM^S01|HUB01HZX3|P|2.5.1'));

function acknowledgement(
  code: 'AE' | 'AR' | 'CE' | 'CR',
  error?: Hl7ErrorCode,
  at?: { segment: string; field: number },
): ReceivedAck {
  const bytes = buildAck(REQUEST, { code, ...(error && { error: { code: error, ...(at && { location: at }) } }) });
  const ack = readAck(readHl7(bytes));
  if (!ack) throw new Error('buildAck made no acknowledgement');
  return ack;
}

const meaning = (ack: ReceivedAck, intent: Intent = 'book'): string => {
  const refusal = classify(ack, intent);
  return `${refusal.class} ${refusal.reason}`;
};

test.each([
  ['AE', '204', 'not-found appointment-unknown'],
  ['AE', '205', 'conflict slot-taken'],
  ['AE', '206', 'transient record-locked'],
  ['AR', '207', 'transient application-error'],
  ['AR', undefined, 'transient rejected-without-code'],
  ['CR', undefined, 'transient rejected-without-code'],
  ['AR', '200', 'unsupported message-type'],
  ['AR', '201', 'unsupported event'],
  ['AR', '202', 'unsupported processing-id'],
  ['CR', '203', 'unsupported version'],
  ['AE', '100', 'invalid segment-sequence'],
  ['AE', '101', 'invalid required-field-missing'],
  ['CE', '102', 'invalid data-type'],
  ['CE', '103', 'invalid table-value-unknown'],
  ['AE', undefined, 'invalid refused-without-code'],
  // Receivers mix the two: the code decides.
  ['AR', '205', 'conflict slot-taken'],
  ['AE', '200', 'unsupported message-type'],
] as const)('%s with %s is "%s"', (code, error, expected) => {
  expect(meaning(acknowledgement(code, error))).toBe(expected);
});

describe('the place of the error decides', () => {
  test.each([
    ['204', { segment: 'PID', field: 3 }, 'not-found patient-unknown'],
    ['204', { segment: 'AIP', field: 3 }, 'not-found resource-unknown'],
    ['205', { segment: 'ARQ', field: 11 }, 'conflict slot-taken'],
    // The placer's key is ours: an earlier copy of the message may have been executed.
    ['205', { segment: 'ARQ', field: 1 }, 'unknown duplicate-placer-key'],
  ] as const)('%s at %j is "%s"', (code, at, expected) => {
    expect(meaning(acknowledgement('AE', code, at))).toBe(expected);
  });

  test('a duplicate key on a cancellation is no taken slot', () => {
    expect(meaning(acknowledgement('AE', '205'), 'cancel')).toBe('invalid duplicate-key');
  });
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
  ['Slot not available', undefined, 'conflict slot-taken'],
  ['The record is locked by another user', undefined, 'transient record-locked'],
  ['Something else', undefined, 'invalid refused-without-code'],
  ['', 'SLOTTAKEN', 'conflict slot-taken'],
  ['', 'AUTH', 'auth credentials-refused'],
  ['', 'PATIENT-BOOKED', 'conflict patient-already-booked'],
] as const)('text "%s" with the receiver’s own code %s is "%s"', (text, own, expected) => {
  expect(meaning(worded(text, own))).toBe(expected);
});

test('a code that the table does not list is uncategorised, never a success', () => {
  const ack = {
    ...acknowledgement('AE', '100'),
    errors: [{ code: '999', text: undefined, location: undefined, applicationCode: undefined, severity: 'E' }],
  };
  expect(classify(ack, 'book')).toEqual({ class: 'uncategorised', reason: 'unlisted-code', vendorCode: 'AE-999' });
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
