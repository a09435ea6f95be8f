/** A message as people may see it who must not see patients: its shape, its keys and codes, and nothing of anybody's. */
import { maskText } from '../mask/mask-text.ts';
import type { Hl7Message, Hl7Segment } from './message.ts';

/** Segments about staff, places, times and the message itself. */
const SHOWN: ReadonlySet<string> = new Set([
  'MSH',
  'EVN',
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
  // Not 3: its text is the receiver's own. What MSA says, too, is in words of its own.
  ['MSA', [1, 2]],
  ['ERR', [2, 4]],
]);

/** Of these the code, and not the words that go with it. */
const SHOWN_CODES: ReadonlyMap<string, readonly number[]> = new Map([['ERR', [3, 5]]]);
/** Whoever may read the message (a text of the sender's). */
const SECURITY = 8;

/** One line for each segment. */
export const maskHl7 = (message: Hl7Message): readonly string[] =>
  message.segments().map((segment) => maskSegment(segment, message.delimiters.field));

function maskSegment(segment: Hl7Segment, delimiter: string): string {
  // A line without any field is text, of whatever kind, that was broken off.
  const [line = '', ...stray] = segment.text.split('\n');
  return [maskLine(segment.id, line, delimiter), ...stray.map(maskText)].join('\n');
}

function maskLine(id: string, line: string, delimiter: string): string {
  const [name = '', ...fields] = line.split(delimiter);
  // In MSH the first delimiter is a field by itself.
  if (id === 'MSH')
    return [name, ...fields.map((field, index) => (index + 2 === SECURITY ? maskText(field) : field))].join(delimiter);
  if (SHOWN.has(id)) return line;
  const shown = SHOWN_FIELDS.get(id) ?? [];
  const codes = SHOWN_CODES.get(id) ?? [];
  const isName = /^[A-Za-z][A-Za-z0-9]{2}$/.test(name);
  const masked = fields.map((field, index) =>
    shown.includes(index + 1) ? field : codes.includes(index + 1) ? maskWords(field) : maskText(field),
  );
  return [isName ? name : maskText(name), ...masked].join(delimiter);
}

/** A code of digits; what comes after it is masked, and whatever is no such code. */
function maskWords(field: string): string {
  const [code = ''] = /^\d{1,6}(?=\^|$)/.exec(field) ?? [];
  return code + maskText(field.slice(code.length));
}
