/** Answers in the shapes of the domain: FHIR JSON, nothing at all, plain text, and the gateway's pages. */
import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { SimulatedHis, VendorAnswer } from '#adapter-kit/simulator';

export type Json = Readonly<Record<string, unknown>>;

export interface Resource extends Json {
  readonly resourceType: string;
  readonly id: string;
}

const FHIR = 'application/fhir+json';
export const NO_PARAMETERS = 'no supported search parameters provided';

/** What every answer carries. Both ids are asked for by the vendor's support. */
function traced(): Record<string, string> {
  const hex = (): string => randomBytes(16).toString('hex').toUpperCase();
  return {
    'cache-control': 'no-cache',
    vary: 'Origin',
    'opc-request-id': `/${hex()}/${hex()}`,
    'x-request-id': randomUUID(),
  };
}

export function fhir(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): VendorAnswer {
  return { status, headers: { ...traced(), 'content-type': FHIR, ...headers }, body: JSON.stringify(body) };
}

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): VendorAnswer {
  return { status, headers: { ...traced(), 'content-length': '0', ...headers } };
}

export function text(status: number, body: string): VendorAnswer {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}

export function page(status: number, title: string): VendorAnswer {
  return { status, headers: { 'content-type': 'text/html' }, body: `<html><body>${title}</body></html>` };
}

export function outcome(severity: 'error' | 'fatal', code: string, more: Json = {}): Json {
  return { resourceType: 'OperationOutcome', issue: [{ severity, code, ...more }] };
}

/** 400 and 403 of the front door: text, or with quirk O10 off an OperationOutcome. */
export function plain(his: SimulatedHis, status: 400 | 403, said: string): VendorAnswer {
  if (his.quirks.on('O10')) return text(status, said);
  return fhir(status, outcome('error', status === 400 ? 'invalid' : 'forbidden', { diagnostics: said }));
}

/** 422. `slot-taken` and `content` differ in their text only, unless quirk O4 is off. */
export function unprocessable(his: SimulatedHis, why: 'slot-taken' | 'content' | 'transition'): VendorAnswer {
  if (why === 'content') {
    return fhir(422, outcome('error', 'business-rule', { details: { text: 'Body contained unsupported fields' } }));
  }
  if (why === 'transition') return fhir(422, outcome('error', 'business-rule'));
  const coding = [{ system: 'http://terminology.hl7.org/CodeSystem/operation-outcome', code: 'MSG_LOCAL_FAIL' }];
  const code = his.quirks.on('O4') ? 'business-rule' : 'conflict';
  return fhir(422, outcome('error', code, { details: { coding, text: 'The slot is no longer available.' } }));
}

export const etag = (version: string): Record<string, string> => ({
  etag: `W/"${version}"`,
  'last-modified': new Date().toUTCString(),
});

/** The answer to a change: nothing, or 20 bytes that unpack to nothing; with quirk O3 off the resource. */
export function changed(his: SimulatedHis, version: string, resource: Json, zipped: boolean): VendorAnswer {
  if (!his.quirks.on('O3')) return fhir(200, resource, etag(version));
  const headers = { 'content-type': 'text/html', ...etag(version) };
  if (!zipped && his.quirks.value('O3') !== 'gzip') return empty(200, headers);
  const bytes = gzipSync('');
  const length = String(bytes.byteLength);
  return { ...empty(200, { ...headers, 'content-encoding': 'gzip', 'content-length': length }), bytes };
}
