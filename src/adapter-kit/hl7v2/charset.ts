/**
 * Bytes to text, before anything is split: in ISO 2022 the bytes of | and ^ also occur inside characters. MSH-18 (table 0211)
 * says the character set; senders leave it empty or let it lie, so what the bytes prove goes first.
 */
import { isAscii, isUtf8 } from 'node:buffer';

export interface DecodedText {
  readonly text: string;
  /** The WHATWG name of the encoding that was used. */
  readonly encoding: string;
  /**
   * charset-unknown      MSH-18 names a set that this machine does not know
   * charset-contradicted the bytes are not what MSH-18 says; or it says nothing, and the set is a guess
   */
  readonly warning: 'charset-unknown' | 'charset-contradicted' | undefined;
}

const ESC = 0x1b;
const CR = 0x0d;
const LF = 0x0a;
const CHARSET_FIELD = 18;

/** Table 0211, and what is sent in its place; WHATWG knows many more by their own names. */
const ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['ASCII', 'us-ascii'],
  ['ISO IR6', 'us-ascii'],
  ['UNICODE', 'utf-8'],
  ['UNICODE UTF-8', 'utf-8'],
  ['ISO IR14', 'shift_jis'],
  ['ISO IR87', 'iso-2022-jp'],
  ['ISO IR159', 'iso-2022-jp'],
  ['GB 18030-2000', 'gb18030'],
  ['BIG-5', 'big5'],
  ['KS X 1001', 'euc-kr'],
]);

/** Sets whose letters never form UTF-8 by chance: if the bytes are valid UTF-8, they are UTF-8. */
const OVERRULED_BY_UTF8 = new Set(['us-ascii', 'windows-1252', 'iso-8859-15']);

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

export function decode(bytes: Uint8Array): DecodedText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer) && !buffer.includes(ESC)) {
    return { text: buffer.toString('latin1'), encoding: 'us-ascii', warning: undefined };
  }
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return decoded(buffer, 'utf-16le');
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return decoded(buffer, 'utf-16be');
  const hasUtf8Mark = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  if (isIso2022(buffer)) return decoded(buffer, 'iso-2022-jp');
  const declared = declaredCharset(buffer);
  const encoding = encodingOf(declared);
  if (
    isUtf8(buffer) &&
    (hasUtf8Mark || encoding === undefined || encoding === 'utf-8' || OVERRULED_BY_UTF8.has(encoding))
  ) {
    return decoded(buffer, 'utf-8', warningOf(declared, encoding, 'utf-8'));
  }
  // Eight bits that are no UTF-8: in practice Windows' Western set, of which Latin 1 is a part.
  const used = encoding === undefined || encoding === 'us-ascii' || encoding === 'utf-8' ? 'windows-1252' : encoding;
  return decoded(buffer, used, warningOf(declared, encoding, used));
}

/** Seven bits with the escape sequences that switch character sets; of these only Japan's is in use. */
function isIso2022(buffer: Buffer): boolean {
  return isAscii(buffer) && (buffer.includes('\u001b$', 'latin1') || buffer.includes('\u001b(', 'latin1'));
}

/** True when MSH-18 names a set of which nothing is known. Sets that do not matter for ASCII bytes are looked at here only. */
export function isUnknownCharset(declared: string): boolean {
  return declared !== '' && encodingOf(declared) === undefined;
}

function warningOf(declared: string, encoding: string | undefined, used: string): DecodedText['warning'] {
  if (declared !== '' && encoding === undefined) return 'charset-unknown';
  // Nobody is warned of UTF-8 that is not announced: it proves itself, and half of the senders do so.
  if (declared === '' && used === 'utf-8') return undefined;
  return encoding === used ? undefined : 'charset-contradicted';
}

function decoded(buffer: Buffer, encoding: string, warning?: DecodedText['warning']): DecodedText {
  let decoder = decoders.get(encoding);
  if (!decoder) decoders.set(encoding, (decoder = new TextDecoder(encoding)));
  return { text: decoder.decode(buffer), encoding, warning };
}

/** The WHATWG name, so that one set has one name; undefined for an unknown one. Empty means ASCII (2.14.9.18). */
function encodingOf(declared: string): string | undefined {
  if (declared === '') return 'us-ascii';
  const name = declared.trim().toUpperCase();
  const label = ENCODINGS.get(name) ?? name.replace(/^8859\//, 'iso-8859-');
  if (label === 'us-ascii') return label;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/** The first repetition of MSH-18, which is the default set of the message. The header itself is ASCII up to there. */
function declaredCharset(buffer: Buffer): string {
  const start = buffer.indexOf('MSH', 0, 'latin1');
  if (start < 0) return '';
  const end = buffer.subarray(start).findIndex((byte) => byte === CR || byte === LF);
  const header = buffer.toString('latin1', start, end < 0 ? undefined : start + end);
  const field = header.split(header.charAt(3))[CHARSET_FIELD - 1] ?? '';
  const repetition = header.charAt(5);
  return field.split(repetition).find((each) => each !== '') ?? '';
}
