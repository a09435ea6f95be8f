/** multipart/related (SOAP with attachments, MTOM): only the part that holds the envelope is read. Source: RFC 2387, RFC 2046 5.1. */
import { XmlRefused } from './xml-refused.ts';

export interface Part {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

const PARTS_MAX = 100;
const HEADER_BYTES_MAX = 8_192;

/** The part that `start` names, else the first one. Throws XmlRefused multipart. */
export function rootPart(bytes: Uint8Array, contentType: string): Part {
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined || boundary.length > 70)
    throw refused('a boundary of 1 to 70 characters in the content type');
  const start = parameter(contentType, 'start');
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const delimiter = `--${boundary}`;
  let at = body.indexOf(delimiter, 0, 'latin1');
  let first: Part | undefined;
  for (let count = 0; at >= 0 && count < PARTS_MAX; count += 1) {
    const from = at + delimiter.length;
    if (body.toString('latin1', from, from + 2) === '--') break;
    const next = body.indexOf(`\n${delimiter}`, from, 'latin1');
    if (next < 0) throw refused('an end of every part: the message is cut off');
    const part = readPart(body.subarray(from, next));
    if (start === undefined || part.id === start) return part;
    first ??= part;
    at = next + 1;
  }
  // A `start` that names no part: RFC 2387 leaves it open, senders mean the first.
  if (first !== undefined) return first;
  throw refused('at least one part');
}

/** `raw` begins behind the delimiter, and ends before the line break that belongs to the next one. */
function readPart(raw: Buffer): Part & { readonly id: string | undefined } {
  const end = /\r?\n\r?\n/.exec(raw.toString('latin1', 0, HEADER_BYTES_MAX));
  if (end === null) throw refused('an empty line between the headers of a part and its content');
  const headers = raw.toString('latin1', 0, end.index);
  const header = (name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*(.+?)\\s*$`, 'im').exec(headers)?.[1];
  const encoding = header('content-transfer-encoding')?.toLowerCase() ?? 'binary';
  const content = raw.subarray(end.index + end[0].length, raw.at(-1) === 0x0d ? raw.length - 1 : raw.length);
  if (!['binary', '8bit', '7bit', 'base64'].includes(encoding))
    throw refused('a root part that is binary, 8bit, 7bit or base64');
  return {
    id: header('content-id'),
    // An XOP part names the real type of its content, and its charset, in its parameters.
    contentType: header('content-type') ?? '',
    bytes: encoding === 'base64' ? Buffer.from(content.toString('latin1'), 'base64') : content,
  };
}

function parameter(contentType: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(contentType);
  return found?.[1] ?? found?.[2];
}

const refused = (expected: string): XmlRefused => new XmlRefused('multipart', `expected ${expected}`);
