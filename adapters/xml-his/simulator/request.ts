/**
 * Reads what a client sent: the method, its arguments, the reference, whatever version of SOAP or none at all. The hub's own
 * reader says whether it is XML, and another parser, which takes much that is none, what is in it: what hub and hospital misunderstood
 * alike would go unnoticed.
 */
import { parseXml } from '#adapter-kit';
import type { VendorRequest } from '#adapter-kit/simulator';
import { XMLParser } from 'fast-xml-parser';

export interface MethodCall {
  readonly method: string;
  /** Text of each argument, '' when it has none. Nested ones as `pat/Surname`. */
  readonly text: (path: string) => string;
  /** The message's own id, of the SOAP header. */
  readonly messageId: string | undefined;
  readonly version: '1.1' | '1.2';
}

const REFERENCE = /&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Of names the local part, of values the text; what belongs to an element's attributes means nothing to these methods. */
const PARSER = new XMLParser({
  removeNSPrefix: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  // Its own decoder knows no references by number.
  entityDecoder: {
    decode: (text) => text.replace(REFERENCE, character),
    reset: () => {},
    addInputEntities: () => {},
    setExternalEntities: () => {},
    setXmlVersion: () => {},
  },
});
const LAYOUT = '#text';

const ENVELOPE_12 = 'http://www.w3.org/2003/05/soap-envelope';

/** Undefined when it is no SOAP message. */
export function soapCall(request: VendorRequest): MethodCall | undefined {
  const document = parsed(request.body);
  const envelope = member(document, 'Envelope');
  const body = member(envelope, 'Body');
  const method = isObject(body) ? Object.keys(body).find((name) => name !== LAYOUT) : undefined;
  if (!isObject(body) || method === undefined) return undefined;
  const header = textAt(envelope, 'Header/MessageID');
  return {
    method,
    text: (path) => textAt(body[method], path),
    messageId: header === '' ? undefined : header.replace(/^urn:uuid:/, ''),
    version: request.body.includes(ENVELOPE_12) ? '1.2' : '1.1',
  };
}

/** The method is the last part of the address. */
export function practiceCall(request: VendorRequest): MethodCall | undefined {
  const root = member(parsed(request.body), 'request');
  const method = request.url.pathname.split('/').at(-1) ?? '';
  if (root === undefined) return undefined;
  const comment = /^hub:(.+)$/.exec(textAt(root, 'comment'))?.[1];
  return { method, text: (path) => textAt(root, path), messageId: comment, version: '1.1' };
}

/** Undefined when it is no XML. */
function parsed(body: string): unknown {
  try {
    parseXml(body, { namespaces: {} });
    return PARSER.parse(body);
  } catch {
    return undefined;
  }
}

function textAt(value: unknown, path: string): string {
  const found = path.split('/').reduce(member, value);
  return typeof found === 'string' ? found : '';
}

function character(reference: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name] ?? reference;
  return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
}

function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
