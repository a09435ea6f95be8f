/** SOAP 1.1 and 1.2: envelopes, headers, WS-Security username tokens, faults. Sources: W3C SOAP 1.1 4.4, SOAP 1.2 part 1 5.4, OASIS WSS 1.0. */
import { createHash, randomBytes } from 'node:crypto';
import { parseXml, type XmlValue } from '#adapter-kit';
import type { Profile, SoapTransport } from './profile-shape.ts';
import { textsAt, valuesAt } from './xml-path.ts';

export const SOAP_NAMESPACES = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;

const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
export const WSSE = `${WSS}-wssecurity-secext-1.0.xsd`;
const WSU = `${WSS}-wssecurity-utility-1.0.xsd`;
const TOKEN_PROFILE = `${WSS}-username-token-profile-1.0`;

/** The template of a whole message. */
export function soapTemplate(
  transport: SoapTransport,
  authentication: Profile['authentication'],
  request: string,
): string {
  const prefixes = Object.entries(transport.prefixes ?? {}).map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`);
  const header = `${transport.header ?? ''}${securityTemplate(authentication)}`.trim();
  return `<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="${SOAP_NAMESPACES[transport.version]}"${prefixes.join('')}>
<soap:Header>${header}</soap:Header>
<soap:Body>${request.trim()}</soap:Body>
</soap:Envelope>`;
}

function securityTemplate(authentication: Profile['authentication']): string {
  if (authentication !== 'username-token-text' && authentication !== 'username-token-digest') return '';
  const type = authentication === 'username-token-text' ? 'PasswordText' : 'PasswordDigest';
  return `<wsse:Security soap:mustUnderstand="1" xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}"><wsse:UsernameToken>
<wsse:Username>{{token.username}}</wsse:Username>
<wsse:Password Type="${TOKEN_PROFILE}#${type}">{{token.password}}</wsse:Password>
<wsse:Nonce EncodingType="${WSS}-soap-message-security-1.0#Base64Binary">{{token.nonce}}</wsse:Nonce>
<wsu:Created>{{token.created}}</wsu:Created>
</wsse:UsernameToken></wsse:Security>`;
}

export interface UsernameToken {
  readonly username: string;
  readonly password: string;
  readonly nonce: string;
  readonly created: string;
}

/** Another nonce each time: a server refuses one that it has seen. Digest: Base64(SHA-1(nonce + created + password)). */
export function usernameToken(
  authentication: Profile['authentication'],
  username: string,
  password: string,
  nowMs: number,
): UsernameToken {
  const nonce = randomBytes(16);
  const created = new Date(nowMs).toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return {
    username,
    nonce: nonce.toString('base64'),
    created,
    password: authentication === 'username-token-digest' ? digest : password,
  };
}

export function soapHeaders(version: SoapTransport['version'], action: string): Readonly<Record<string, string>> {
  return version === '1.1'
    ? { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml', soapaction: `"${action}"` }
    : { 'content-type': `application/soap+xml; charset=utf-8; action="${action}"`, accept: 'application/soap+xml' };
}

export interface Fault {
  /** Most special first: codes of the detail, subcodes from the innermost, the code itself. Qualified ones as `{uri}local`. */
  readonly codes: readonly string[];
}

/** Undefined when the message is no fault. `detailPaths` are by local names. */
export function faultIn(text: string, detailPaths: readonly string[]): Fault | undefined {
  // There is one way to write the name of an element: whole pages of slots need not be read once more.
  if (!text.includes('Fault')) return undefined;
  const document = parseXml(text, {
    namespaces: {},
    names: 'local',
    qualifiedTexts: ['Fault/faultcode', 'Code/Value', 'Subcode/Value'],
  });
  const [fault] = valuesAt(document, 'Envelope/Body/Fault');
  if (fault === undefined) return undefined;
  const details = [...valuesAt(fault, 'detail'), ...valuesAt(fault, 'Detail')];
  const fromDetail = details.flatMap((detail) => detailPaths.flatMap((path) => textsAt(detail, path)));
  return { codes: [...fromDetail, ...codesOf(fault)] };
}

function codesOf(fault: XmlValue): string[] {
  const codes = textsAt(fault, 'faultcode');
  // SOAP 1.2 nests its subcodes; more than a few levels mean nothing.
  let path = 'Code';
  for (let level = 0; level < 5; level += 1) {
    codes.unshift(...textsAt(fault, `${path}/Value`));
    path += '/Subcode';
  }
  return codes;
}
