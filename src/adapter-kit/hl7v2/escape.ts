/** Escape sequences (HL7 v2.9 chapter 2.7), in both directions. */
import type { Delimiters } from './delimiters.ts';

/** Undoes them. What is unknown, or not closed, stays as it is. `encoding`: what hexadecimal bytes are read as. */
export function unescapeText(text: string, delimiters: Delimiters, encoding: string): string {
  const sign = delimiters.escape;
  let open = text.indexOf(sign);
  if (open < 0) return text;
  let plain = '';
  let done = 0;
  while (open >= 0) {
    const close = text.indexOf(sign, open + 1);
    if (close < 0) break;
    const meaning = meaningOf(text.slice(open + 1, close), delimiters, encoding);
    if (meaning === undefined) {
      // Not a sequence; its closing sign may open the next one.
      open = close;
      continue;
    }
    plain += text.slice(done, open) + meaning;
    done = close + 1;
    open = text.indexOf(sign, done);
  }
  return plain + text.slice(done);
}

function meaningOf(sequence: string, delimiters: Delimiters, encoding: string): string | undefined {
  switch (sequence) {
    case 'F':
      return delimiters.field;
    case 'S':
      return delimiters.component;
    case 'T':
      return delimiters.subcomponent;
    case 'R':
      return delimiters.repetition;
    case 'E':
      return delimiters.escape;
    case 'P':
      return delimiters.truncation;
    case '.br':
      return '\n';
    // Highlighting begins and ends: no text.
    case 'H':
    case 'N':
      return '';
    default:
      return /^X(?:[0-9A-Fa-f]{2})+$/.test(sequence) ? textOfHex(sequence.slice(1), encoding) : undefined;
  }
}

/** Senders write UTF-8 here whatever MSH-18 says; bytes that are none are of the message's own set. */
function textOfHex(hex: string, encoding: string): string {
  const bytes = Buffer.from(hex, 'hex');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder(encoding === 'utf-8' ? 'windows-1252' : encoding).decode(bytes);
  }
}

/** Writes text so that no sign of it can be taken for structure: delimiters and every control character are escaped. */
export function escapeText(text: string, delimiters: Delimiters): string {
  // A value of two quotation marks would read as "delete this value".
  if (text === '""') return `${delimiters.escape}X22${delimiters.escape}"`;
  const { special, sequences } = tableOf(delimiters);
  if (!special.test(text)) return text;
  return Array.from(text, (sign) => sequences.get(sign) ?? sign).join('');
}

interface EscapeTable {
  /** Matches a text that has something to escape. */
  readonly special: RegExp;
  readonly sequences: ReadonlyMap<string, string>;
}

const tables = new WeakMap<Delimiters, EscapeTable>();

function tableOf(delimiters: Delimiters): EscapeTable {
  const known = tables.get(delimiters);
  if (known) return known;
  const named: [string | undefined, string][] = [
    [delimiters.field, 'F'],
    [delimiters.component, 'S'],
    [delimiters.subcomponent, 'T'],
    [delimiters.repetition, 'R'],
    [delimiters.escape, 'E'],
    [delimiters.truncation, 'P'],
  ];
  const sequences = new Map<string, string>();
  for (const code of [...Array(32).keys(), 127]) {
    const hex = code.toString(16).toUpperCase().padStart(2, '0');
    sequences.set(String.fromCharCode(code), `${delimiters.escape}X${hex}${delimiters.escape}`);
  }
  sequences.set('\n', `${delimiters.escape}.br${delimiters.escape}`);
  for (const [sign, letter] of named) if (sign) sequences.set(sign, delimiters.escape + letter + delimiters.escape);
  const table = {
    special: new RegExp(
      `[${Array.from(sequences.keys(), (sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`).join('')}]`,
      'u',
    ),
    sequences,
  };
  tables.set(delimiters, table);
  return table;
}
