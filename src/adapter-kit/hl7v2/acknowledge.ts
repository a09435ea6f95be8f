/** Acknowledgements: written for what came in, read from what came back. */
import { randomFillSync } from 'node:crypto';
import { STANDARD_DELIMITERS } from './delimiters.ts';
import { formatDtm } from './dtm.ts';
import type { Hl7Message, Hl7Segment } from './message.ts';
import { WRITTEN_CHARSET, writeHl7, type Hl7FieldInput, type Hl7SegmentInput } from './write.ts';

/** AA, AE, AR: processed, error, rejected. CA, CE, CR: the same of storing it, in enhanced mode (table 0008). */
export const ACK_CODES = ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'] as const;
export type AckCode = (typeof ACK_CODES)[number];

/** Table 0357. */
export const HL7_ERRORS = {
  '0': 'Message accepted',
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '205': 'Duplicate key identifier',
  '206': 'Application record locked',
  '207': 'Application internal error',
} as const;
export type Hl7ErrorCode = keyof typeof HL7_ERRORS;

/** Where an error is: segment name, its occurrence from 1, and the field's number. */
export interface Hl7Location {
  readonly segment: string;
  readonly sequence?: number;
  readonly field?: number;
}

export interface AckError {
  readonly code: Hl7ErrorCode;
  readonly location?: Hl7Location;
  /** For a person at the other side; no PHI. */
  readonly text?: string;
}

export interface AckOptions {
  readonly code: AckCode;
  readonly error?: AckError;
  /** Milliseconds since the epoch, for MSH-7; now unless said. */
  readonly at?: number;
  /** MSH-10 of the acknowledgement; a new one unless said. */
  readonly controlId?: string;
}

/** The answer to `message`; undefined stands for bytes that could not be read: then nobody is addressed and MSA-2 is empty. */
export function buildAck(message: Hl7Message | undefined, options: AckOptions): Uint8Array {
  const plain = message && options.error === undefined ? plainAck(message, options) : undefined;
  return plain ?? anyAck(message, options);
}

/** What nearly every answer is made of: nothing to escape, one component each. */
const PLAIN = /^[\w .:-]+$/;
const COPIED = [5, 6, 3, 4, 11, 12] as const;

/** What `anyAck` gives, at a tenth of its cost; undefined where something in the message is not plain. */
function plainAck(message: Hl7Message, { code, at, controlId }: AckOptions): Uint8Array | undefined {
  const [header] = message.segments();
  if (header === undefined || message.delimiters !== STANDARD_DELIMITERS) return undefined;
  const { event, controlId: answered } = message;
  const [application, facility, sender, senderFacility, processing, version] = COPIED.map((field) =>
    header.field(field),
  );
  const copies = [
    application,
    facility,
    sender,
    senderFacility,
    processing,
    version,
    event,
    answered,
    controlId ?? '0',
  ];
  if (version === undefined || isBefore(version, [2, 4])) return undefined;
  if (!copies.every((text) => text !== undefined && PLAIN.test(text))) return undefined;
  return Buffer.from(
    `MSH|^~\\&|${application}|${facility}|${sender}|${senderFacility}|${stamp(at ?? Date.now())}||ACK^${event}^ACK|` +
      `${controlId ?? newControlId()}|${processing}|${version}||||||${WRITTEN_CHARSET}\rMSA|${code}|${answered}\r`,
    'latin1',
  );
}

function anyAck(message: Hl7Message | undefined, options: AckOptions): Uint8Array {
  const version = message?.get('MSH-12') ?? '2.5.1';
  const event = message?.event ?? '';
  const header: Hl7SegmentInput = {
    segment: 'MSH',
    'MSH-3': copied(message, 'MSH-5'),
    'MSH-4': copied(message, 'MSH-6'),
    'MSH-5': copied(message, 'MSH-3'),
    'MSH-6': copied(message, 'MSH-4'),
    'MSH-7': stamp(options.at ?? Date.now()),
    'MSH-9': isBefore(version, [2, 4]) ? { 1: 'ACK', 2: event } : { 1: 'ACK', 2: event, 3: 'ACK' },
    'MSH-10': options.controlId ?? newControlId(),
    'MSH-11': copied(message, 'MSH-11') ?? 'P',
    'MSH-12': copied(message, 'MSH-12') ?? version,
  };
  const { error } = options;
  const answer: Hl7SegmentInput = {
    segment: 'MSA',
    'MSA-1': options.code,
    'MSA-2': message?.controlId,
    'MSA-3': error ? (error.text ?? HL7_ERRORS[error.code]) : undefined,
  };
  const errors = error ? [isBefore(version, [2, 5]) ? earlyError(error) : error25(error)] : [];
  return writeHl7([header, answer, ...errors], message ? { delimiters: message.delimiters } : {});
}

/** Twenty characters, as many as MSH-10 has in all versions. */
export function newControlId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return random.toString('hex', used, (used += CONTROL_ID_BYTES)).toUpperCase();
}

const CONTROL_ID_BYTES = 10;
/** By the thousand: asking for ten costs as much as all else of an answer. */
const random = Buffer.alloc(CONTROL_ID_BYTES * 512);
let used = random.length;

/** Up to v2.4: one composite of place and code in ERR-1. */
function earlyError({ code, location }: AckError): Hl7SegmentInput {
  return {
    segment: 'ERR',
    'ERR-1': {
      ...placed(location),
      4: code,
      '4&2': HL7_ERRORS[code],
      '4&3': 'HL70357',
    },
  };
}

function error25({ code, location, text }: AckError): Hl7SegmentInput {
  return {
    segment: 'ERR',
    'ERR-2': placed(location),
    'ERR-3': { 1: code, 2: HL7_ERRORS[code], 3: 'HL70357' },
    'ERR-4': code === '0' ? 'I' : 'E',
    'ERR-8': text,
  };
}

/** Before v2.5 not every receiver reads fractions. */
function stamp(epochMs: number): string {
  const second = epochMs - (epochMs % 1000);
  if (second !== stamped.second) stamped = { second, text: formatDtm(second, 'UTC') };
  return stamped.text;
}

/** Many answers are written in one second. */
let stamped = { second: Number.NaN, text: '' };

const placed = (location: Hl7Location | undefined): Record<string, string | number | undefined> =>
  location ? { 1: location.segment, 2: location.sequence ?? 1, 3: location.field } : {};

/** The first repetition of a field, with its components. */
function copied(message: Hl7Message | undefined, path: string): Hl7FieldInput {
  const components = message?.segments('MSH')[0]?.components(path);
  return components && Object.keys(components).length > 0 ? components : undefined;
}

/** An unreadable version counts as a new one. */
function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const found = /^(\d+)\.(\d+)/.exec(version);
  if (!found) return false;
  return Number(found[1]) < major || (Number(found[1]) === major && Number(found[2]) < minor);
}

/** One ERR segment. */
export interface ReceivedError {
  /** ERR-3.1, or ERR-1.4 up to v2.4: table 0357, as far as the sender keeps to it. */
  readonly code: string;
  readonly text: string | undefined;
  readonly location: Hl7Location | undefined;
  /** ERR-5.1: the application's own code. */
  readonly applicationCode: string | undefined;
  readonly severity: string | undefined;
}

export interface ReceivedAck {
  readonly code: AckCode;
  /** MSA-2: which message is answered. */
  readonly controlId: string;
  /** MSA-3; often all there is. */
  readonly text: string | undefined;
  readonly errors: readonly ReceivedError[];
}

/** What a message acknowledges, whatever else it is (ACK, SRR, …); undefined when it acknowledges nothing. */
export function readAck(message: Hl7Message): ReceivedAck | undefined {
  const code = ACK_CODES.find((each) => each === message.get('MSA-1'));
  if (code === undefined) return undefined;
  return {
    code,
    controlId: message.get('MSA-2') ?? '',
    text: message.get('MSA-3') ?? undefined,
    errors: message.segments('ERR').map(readError),
  };
}

function readError(segment: Hl7Segment): ReceivedError {
  const early = segment.field(3) === '';
  const place = early ? 'ERR-1' : 'ERR-2';
  const name = segment.get(`${place}.1`);
  const [sequence, field] = [segment.get(`${place}.2`), segment.get(`${place}.3`)];
  return {
    code: (early ? segment.get('ERR-1.4') : segment.get('ERR-3.1')) ?? '',
    text: (early ? segment.get('ERR-1.4&2') : segment.get('ERR-3.2')) ?? undefined,
    location: name
      ? {
          segment: name,
          ...(sequence ? { sequence: Number(sequence) } : {}),
          ...(field ? { field: Number(field) } : {}),
        }
      : undefined,
    applicationCode: segment.get('ERR-5.1') ?? undefined,
    severity: segment.get('ERR-4') ?? undefined,
  };
}
