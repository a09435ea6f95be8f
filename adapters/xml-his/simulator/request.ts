/** Reads what a client sent: the method, its arguments, the reference, whatever version of SOAP or none at all. */
import { parseXml, type XmlObject, type XmlValue } from '#adapter-kit';
import type { VendorRequest } from '#adapter-kit/simulator';

export interface MethodCall {
  readonly method: string;
  /** Text of each argument, '' when it has none. Nested ones as `pat/Surname`. */
  readonly text: (path: string) => string;
  /** The message's own id, of the SOAP header. */
  readonly messageId: string | undefined;
  readonly version: '1.1' | '1.2';
}

const ENVELOPE_12 = 'http://www.w3.org/2003/05/soap-envelope';

/** Undefined when it is no SOAP message. */
export function soapCall(request: VendorRequest): MethodCall | undefined {
  const document = parsed(request.body);
  const envelope = member(document, 'Envelope');
  const body = member(envelope, 'Body');
  const [method] = isObject(body) ? Object.keys(body) : [];
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

function parsed(body: string): XmlObject | undefined {
  try {
    return parseXml(body, { namespaces: {}, names: 'local' });
  } catch {
    return undefined;
  }
}

function textAt(value: XmlValue | undefined, path: string): string {
  const found = path.split('/').reduce<XmlValue | undefined>(member, value);
  return typeof found === 'string' ? found : '';
}

function member(value: XmlValue | undefined, name: string): XmlValue | undefined {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: XmlValue | undefined): value is XmlObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
