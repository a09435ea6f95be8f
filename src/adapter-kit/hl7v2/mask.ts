/** A message as people may see it who must not see patients: its shape, its keys and codes, and nothing of anybody's. */
import { maskText } from '../mask/mask-text.ts';
import type { Hl7Message, Hl7Segment } from './message.ts';

/** Segments about staff, places, times and the message itself. */
const SHOWN: ReadonlySet<string> = new Set([
  'MSH',
  'EVN',
  'MSA',
  'MFI',
  'MFE',
  'RGS',
  'AIS',
  'AIG',
  'AIL',
  'AIP',
  'LOC',
  'LCH',
  'LRL',
  'PRA',
]);
/** Of others these fields: keys of appointments and patients are keys, not who they belong to. */
const SHOWN_FIELDS: ReadonlyMap<string, readonly number[]> = new Map([
  // Not 7 (the reason), not 12 and 16 to 20 (people, addresses, phones).
  ['SCH', [1, 2, 3, 4, 5, 8, 9, 10, 11, 25, 26, 27]],
  ['TQ1', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ['PID', [1]],
  ['ERR', [1, 2, 3, 4, 5]],
]);

/** One line for each segment. */
export const maskHl7 = (message: Hl7Message): readonly string[] =>
  message.segments().map((segment) => maskSegment(segment, message.delimiters.field));

function maskSegment(segment: Hl7Segment, delimiter: string): string {
  // A line without any field is text, of whatever kind, that was broken off.
  const [line = '', ...stray] = segment.text.split('\n');
  return [maskLine(segment.id, line, delimiter), ...stray.map(maskText)].join('\n');
}

function maskLine(id: string, line: string, delimiter: string): string {
  if (SHOWN.has(id)) return line;
  const shown = SHOWN_FIELDS.get(id) ?? [];
  const [name = '', ...fields] = line.split(delimiter);
  const isName = /^[A-Za-z][A-Za-z0-9]{2}$/.test(name);
  const masked = fields.map((field, index) => (shown.includes(index + 1) ? field : maskText(field)));
  return [isName ? name : maskText(name), ...masked].join(delimiter);
}
