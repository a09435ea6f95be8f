/**
 * What an HL7 v2 receiver says, and what the hub makes of it: each row is played over a real socket by the conformance suite.
 * Source: HL7 v2.5.1 chapter 2 (tables 0008 and 0357); Microsoft BizTalk HL7, "Message acknowledgment segment", for AR.
 */
import type { PlayedAnswer, PlayedRequest, VendorReply } from '#adapter-kit';

/** Enough for a message to come and go, on a busy machine, too. */
const NO_ANSWER_MS = 3_000;

const [MSH_SEPARATOR, MSH_CONTROL_ID] = ['|', 9];

interface Wording {
  /** MSA-3. */
  readonly text?: string;
  /** MSA-2, where it is not the message that was sent. */
  readonly answering?: string;
  /** With the SCH of an appointment. */
  readonly booked?: boolean;
}

const SCH =
  'SCH||900123^HIS||||NEW|ROUTINE|NORMAL|30|min|^^30^20270308080000+0100^20270308083000+0100||||||||||||||Booked';

/** An acknowledgement of the message that was sent. */
const acknowledged =
  (code: string, err = '', { text = '', answering, booked = false }: Wording = {}) =>
  ({ body }: PlayedRequest): VendorReply => {
    const controlId = body.slice(0, body.indexOf('\r')).split(MSH_SEPARATOR)[MSH_CONTROL_ID];
    const lines = [
      'MSH|^~\\&|HIS|REGIONAL|TESSERA|TESSERA|20270301091501+0100||SRR^S01^SRR_S01|R1|P|2.5.1',
      `MSA|${code}|${answering ?? controlId}|${text}`,
      ...(err === '' ? [] : [err]),
      ...(booked ? [SCH] : []),
    ];
    return { body: `${lines.join('\r')}\r` };
  };
/** ERR of v2.5: the place, and a code of table 0357. */
const err = (code: string, place = '', own = ''): string => `ERR||${place}|${code}^^HL70357|E|${own}`;

const row = (
  signal: string,
  during: PlayedAnswer['during'],
  answer: PlayedAnswer['answer'],
  means: string,
): PlayedAnswer => ({ signal, during, answer, means });

const coded = (ack: string, code: string, means: string): PlayedAnswer =>
  row(`${ack} ${code} on S01`, 'book', acknowledged(ack, err(code)), means);

const answers: readonly PlayedAnswer[] = [
  row('AE 204 of the patient, on S01', 'book', acknowledged('AE', err('204', 'PID^1^3')), 'not-found patient-unknown'),
  row(
    'AE 204 of the provider, on S01',
    'book',
    acknowledged('AE', err('204', 'AIP^1^3')),
    'not-found resource-unknown',
  ),
  row(
    'AE 204 of the appointment, on S04',
    'cancel',
    acknowledged('AE', err('204', 'ARQ^1^2')),
    'not-found appointment-unknown',
  ),
  row('AE 205 of the time, on S01', 'book', acknowledged('AE', err('205', 'ARQ^1^11')), 'conflict slot-taken'),
  row('AE 205 of the time, on S02', 'reschedule', acknowledged('AE', err('205', 'ARQ^1^11')), 'conflict slot-taken'),
  row(
    'AE 205 of our own key, on S01',
    'book',
    acknowledged('AE', err('205', 'ARQ^1^1')),
    'unknown duplicate-placer-key',
  ),
  row('AE 205 on S04', 'cancel', acknowledged('AE', err('205')), 'invalid duplicate-key'),
  row(
    'AE with the receiver’s own code SLOTTAKEN, on S01',
    'book',
    acknowledged('AE', err('207', '', 'SLOTTAKEN^Slot no longer free^L')),
    'conflict slot-taken',
  ),
  row(
    'AE with nothing but the text "Slot not available", on S01',
    'book',
    acknowledged('AE', '', { text: 'Slot not available' }),
    'conflict slot-taken',
  ),
  coded('AR', '205', 'conflict slot-taken'),
  coded('AE', '206', 'transient record-locked'),
  coded('AR', '207', 'transient application-error'),
  row('AR without ERR, on S01', 'book', acknowledged('AR'), 'transient rejected-without-code'),
  coded('AR', '200', 'unsupported message-type'),
  coded('AR', '201', 'unsupported event'),
  coded('AR', '202', 'unsupported processing-id'),
  coded('AR', '203', 'unsupported version'),
  coded('CR', '203', 'unsupported version'),
  coded('AE', '100', 'invalid segment-sequence'),
  coded('AE', '101', 'invalid required-field-missing'),
  coded('AE', '102', 'invalid data-type'),
  coded('AE', '103', 'invalid table-value-unknown'),
  coded('CE', '102', 'invalid data-type'),
  row('AE without ERR, on S01', 'book', acknowledged('AE'), 'invalid refused-without-code'),
  coded('AE', '999', 'uncategorised unlisted-code'),
  row('CA alone, on S01', 'book', acknowledged('CA'), 'unknown awaiting-application-ack'),
  row('AA without the appointment, on S01', 'book', acknowledged('AA'), 'unknown no-appointment-in-reply'),
  row(
    'AA with an error of severity E, on S01',
    'book',
    acknowledged('AA', err('207')),
    'unknown error-in-accepted-reply',
  ),
  {
    ...row(
      'AA of another message (MSA-2), with its appointment, on S01',
      'book',
      acknowledged('AA', '', { answering: 'SOMETHINGELSE', booked: true }),
      'unknown deadline',
    ),
    deadlineMs: NO_ANSWER_MS,
  },
  {
    ...row(
      'AE 205 of another message (MSA-2), on S01',
      'book',
      acknowledged('AE', err('205'), { answering: 'SOMETHINGELSE' }),
      'unknown deadline',
    ),
    deadlineMs: NO_ANSWER_MS,
  },
  { ...row('no acknowledgement, on S01', 'book', 'silence', 'unknown deadline'), deadlineMs: NO_ANSWER_MS },
  { ...row('no acknowledgement, on S04', 'cancel', 'silence', 'unknown deadline'), deadlineMs: NO_ANSWER_MS },
  row('a connection that ends after the message was sent, on S01', 'book', 'cut', 'unknown answer-lost'),
];

export default answers;
