/** From the bytes of a message to its text, whatever its sender says about them. */
import { XML_LIMITS } from './limits.ts';
import { rootPart } from './multipart.ts';
import { XmlRefused } from './xml-refused.ts';

export interface DecodedXml {
  readonly text: string;
  /** The encoding that was used, e.g. `windows-1251`. */
  readonly encoding: string;
}

/** Bytes in which a declaration must lie to be read: it is the first thing of a document. */
const PROLOG_BYTES = 256;
const DECLARED = /^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][\w.:-]{0,39})["']/;
const CHARSET = /;\s*charset\s*=\s*["']?([A-Za-z][\w.:-]{0,39})/i;

/**
 * The order is: byte order mark, what the bytes themselves show, the charset of `contentType`, the declaration, `fallback`, UTF-8.
 * An encoding that the bytes contradict is passed over: UTF-8 text that is declared as utf-16 (the habit of .NET's StringWriter)
 * is read as UTF-8. Of multipart/related the root part is read. Throws XmlRefused: too-large, charset, multipart.
 * Source: XML 1.0 appendix F, RFC 7303 3.2.
 */
export function decodeXml(bytes: Uint8Array, contentType = '', fallback?: string): DecodedXml {
  if (bytes.byteLength > XML_LIMITS.bytes) {
    throw new XmlRefused('too-large', `expected at most ${XML_LIMITS.bytes} bytes of XML, got ${bytes.byteLength}`);
  }
  if (/^\s*multipart\//i.test(contentType)) {
    const part = rootPart(bytes, contentType);
    return decodeXml(part.bytes, part.contentType, fallback);
  }
  const marked = byMark(bytes);
  if (marked !== undefined) return decodeAs(bytes, [marked]);
  const [first = 0, second = 0] = bytes;
  // A document begins with "<" or blanks: a zero byte beside it shows two bytes a character.
  if (second === 0 && first !== 0) return decodeAs(bytes, ['utf-16le']);
  if (first === 0 && second !== 0) return decodeAs(bytes, ['utf-16be']);
  const prolog = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, PROLOG_BYTES)).toString(
    'latin1',
  );
  const named = [CHARSET.exec(contentType)?.[1], DECLARED.exec(prolog)?.[1]].filter((each) => each !== undefined);
  const possible = named.filter((each) => !/^(utf-?16|ucs-?2|iso-10646-ucs-2|unicode)/i.test(each));
  // Only a document about whose encoding nobody says anything credible may be taken for UTF-8.
  const otherwise = [...(fallback === undefined ? [] : [fallback]), ...(possible.length === 0 ? ['utf-8'] : [])];
  return decodeAs(bytes, [...possible, ...otherwise]);
}

function byMark(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  const wide = (a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff);
  if (wide)
    throw new XmlRefused(
      'charset',
      'expected UTF-8, UTF-16 or a national charset, got UTF-32: ask the sender for UTF-8',
    );
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return undefined;
}

/** The first encoding in which every byte means something. */
function decodeAs(bytes: Uint8Array, encodings: readonly string[]): DecodedXml {
  for (const name of encodings) {
    try {
      const decoder = new TextDecoder(name, { fatal: true });
      return { text: decoder.decode(bytes), encoding: decoder.encoding };
    } catch {
      // Not an encoding, or not these bytes': the next one is tried.
    }
  }
  throw new XmlRefused(
    'charset',
    `the bytes are not ${encodings.join(', nor ')}: ask the sender to declare the encoding that is really used`,
  );
}
