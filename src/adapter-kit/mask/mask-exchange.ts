/** Requests to a HIS and its answers, as people may see them who must not see patients. */
import { maskHl7 } from '../hl7v2/mask.ts';
import { readHl7 } from '../hl7v2/message.ts';
import type { Exchange } from '../his-fetch.ts';
import { maskJson } from './mask-json.ts';
import { maskText } from './mask-text.ts';
import { maskXml } from './mask-xml.ts';

/** What is neither JSON nor XML nor HL7 v2 is masked as a text. */
export const maskExchange = (exchange: Exchange): Exchange => ({
  ...exchange,
  url: maskUrl(exchange.url),
  requestBody: exchange.requestBody === null ? null : maskBody(exchange.requestBody),
  responseBody: exchange.responseBody === null ? null : maskBody(exchange.responseBody),
});

const maskBody = (body: string): string => maskJson(body) ?? maskXml(body) ?? maskMessage(body) ?? maskText(body);

function maskMessage(body: string): string | undefined {
  if (!body.startsWith('MSH')) return undefined;
  try {
    return maskHl7(readHl7(Buffer.from(body, 'utf8'))).join('\n');
  } catch {
    // A message that cannot be read is a text.
    return undefined;
  }
}

/** A part of a path that says where, not whom: words, and what FHIR calls operations. */
const PLACE = /^[$_]?[A-Za-z][A-Za-z.-]{0,40}$/;
const VERSION = /^(?:v|R|DSTU)\d{1,2}$/;
/** In FHIR what follows the name of a kind of resource is a key. */
const KIND = /^[A-Z][A-Za-z]+$/;
const PEOPLE = /^(?:patients?|persons?|people)$/i;
const OPERATION = /^[$_]/;

function maskUrl(text: string): string {
  if (!URL.canParse(text)) return maskText(text);
  const url = new URL(text);
  const parts = url.pathname.split('/');
  const path = parts.map((part, index) => {
    const before = parts[index - 1] ?? '';
    const isKey = (KIND.test(before) || PEOPLE.test(before)) && !OPERATION.test(part);
    return part === '' || VERSION.test(part) || (PLACE.test(part) && !isKey) ? part : maskText(decoded(part));
  });
  const query = [...url.searchParams]
    .map(([name, value]) => (value === '' ? maskText(name) : `${name}=${maskText(value)}`))
    .join('&');
  return `${url.protocol}//${url.host}${path.join('/')}${query === '' ? '' : `?${query}`}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
