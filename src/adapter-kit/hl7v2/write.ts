/** Writes a message: every value escaped, so that no text of anybody's can become structure; UTF-8, and said so in MSH-18. */
import { AdapterError } from '../adapter-error.ts';
import { isRecord } from '../is-record.ts';
import { STANDARD_DELIMITERS, type Delimiters } from './delimiters.ts';
import { escapeText } from './escape.ts';
import { isSegmentName } from './segment.ts';
import type { Hl7Tree } from './tree.ts';

/** null writes `""` (delete the value); undefined and '' write nothing. */
export type Hl7Scalar = string | number | null | undefined;

/** '1', '2', … and '1&2' for a further subcomponent: what `toTree` names the same. */
export type Hl7ComponentsInput = Readonly<Record<string, Hl7Scalar>>;

/** A scalar is the first component; a list is repetitions. */
export type Hl7FieldInput = Hl7Scalar | Hl7ComponentsInput | readonly (Hl7Scalar | Hl7ComponentsInput)[];

/**
 * `segment` is the name; 'PID-3' a field; 'PID-3~' the same, and goes before 'PID-3'. Members of other names are passed over:
 * so segments of a tree can be written as they are. MSH-1, MSH-2 and MSH-18 are the writer's own.
 */
export interface Hl7SegmentInput {
  readonly segment: string;
  readonly [name: string]: unknown;
}

export interface Hl7WriteOptions {
  /** |^~\& unless said. */
  readonly delimiters?: Delimiters;
}

/** What MSH-18 says of whatever the writer writes. */
export const WRITTEN_CHARSET = 'UNICODE UTF-8';
const CHARSET_FIELD = 18;
const PLACES_MAX = 999;

/**
 * The bytes of a message; segments end with CR.
 * Throws AdapterError `misconfigured`, reason `hl7-shape`, for what is no segment: a mapping made it so.
 */
export function writeHl7(message: readonly Hl7SegmentInput[] | Hl7Tree, options: Hl7WriteOptions = {}): Uint8Array {
  const delimiters = options.delimiters ?? STANDARD_DELIMITERS;
  const segments: readonly Hl7SegmentInput[] = isList(message) ? message : message.segments;
  if (segments[0]?.segment !== 'MSH') throw misshapen('expected MSH as the first segment');
  const text = segments.map((segment) => `${writeSegment(segment, delimiters)}\r`).join('');
  return Buffer.from(text.toWellFormed(), 'utf8');
}

/** Reads what a mapping made as the segments of a message: a list of objects, or an object with such a list as `segments`. */
export function hl7Segments(value: unknown): readonly Hl7SegmentInput[] {
  const list: unknown = isRecord(value) ? value['segments'] : value;
  if (!Array.isArray(list) || !list.every(isSegment)) {
    throw misshapen('expected a list of segments such as { segment: PID, PID-3: … }');
  }
  return list;
}

function writeSegment(segment: Hl7SegmentInput, delimiters: Delimiters): string {
  const { segment: id } = segment;
  if (!isSegmentName(id)) throw misshapen('expected names of segments in three capital letters or digits');
  const values: unknown[] = [];
  for (const [name, value] of Object.entries(segment)) {
    const number = fieldNumber(name, id);
    if (number === undefined || value === undefined) continue;
    if (name.endsWith('~') || values[number] === undefined) values[number] = value;
  }
  const fields = Array.from(values, (value, number) =>
    value === undefined ? '' : writeField(value, id, number, delimiters),
  );
  fields[0] = id;
  if (id === 'MSH') {
    const { component, repetition, escape, subcomponent, truncation = '' } = delimiters;
    fields[CHARSET_FIELD] = WRITTEN_CHARSET;
    // MSH-1 is the sign between MSH and MSH-2 itself.
    fields.splice(1, 2, component + repetition + escape + subcomponent + truncation);
  }
  return join(fields, delimiters.field);
}

function writeField(value: unknown, id: string, number: number, delimiters: Delimiters): string {
  if (!Array.isArray(value)) return writeRepetition(value, id, number, delimiters);
  return join(
    value.map((each) => writeRepetition(each, id, number, delimiters)),
    delimiters.repetition,
  );
}

function writeRepetition(value: unknown, id: string, number: number, delimiters: Delimiters): string {
  if (!isRecord(value)) return writeScalar(value, id, number, delimiters);
  const components: string[][] = [];
  for (const [name, each] of Object.entries(value)) {
    const [component = 0, subcomponent = 1, more] = name.split('&').map(Number);
    if (!isPlace(component) || !isPlace(subcomponent) || more !== undefined) {
      throw misshapen(`expected components such as 1 or 1&2 in ${id}-${number}`);
    }
    const subcomponents = (components[component - 1] ??= []);
    subcomponents[subcomponent - 1] = writeScalar(each, id, number, delimiters);
  }
  return join(
    Array.from(components, (subcomponents) => join(subcomponents ?? [], delimiters.subcomponent)),
    delimiters.component,
  );
}

function writeScalar(value: unknown, id: string, number: number, delimiters: Delimiters): string {
  if (value === undefined || value === '') return '';
  if (value === null) return '""';
  if (typeof value === 'string') return escapeText(value, delimiters);
  if (typeof value === 'number') return String(value);
  throw misshapen(`expected a text, a number or null in ${id}-${number}`);
}

/** What is empty at the end is left out, as every sender does. */
function join(parts: readonly (string | undefined)[], delimiter: string): string {
  let length = parts.length;
  while (length > 0 && !parts[length - 1]) length--;
  return Array.from(parts.slice(0, length), (part) => part ?? '').join(delimiter);
}

/** The number in `PID-3` or `PID-3~`; undefined for members that are no fields. */
function fieldNumber(name: string, id: string): number | undefined {
  if (!name.includes('-')) return undefined;
  const number = Number(name.slice(id.length + 1, name.endsWith('~') ? -1 : undefined));
  if (!name.startsWith(`${id}-`) || !isPlace(number)) {
    throw misshapen(`expected fields of ${id} such as ${id}-3 in it`);
  }
  return number;
}

const isPlace = (number: number): boolean => Number.isInteger(number) && number >= 1 && number <= PLACES_MAX;

const misshapen = (message: string): AdapterError =>
  new AdapterError('misconfigured', 'hl7-shape', `a message cannot be written: ${message}`);

const isSegment = (value: unknown): value is Hl7SegmentInput => isRecord(value) && typeof value['segment'] === 'string';

const isList = (value: readonly Hl7SegmentInput[] | Hl7Tree): value is readonly Hl7SegmentInput[] =>
  Array.isArray(value);
