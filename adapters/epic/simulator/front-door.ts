/** What stands between a client and Epic, and makes of answers what it likes. Quirks E2, E5, E8, E10, E14. */
import { pause, type SimulatedHis, type VendorAnswer, type VendorRequest } from '#adapter-kit/simulator';
import { MERGED } from './hospital.ts';
import { XML_BUNDLE, fhir, json, operationOutcome, serverPage, type Json } from './reply.ts';

const SLOW_MS = 30_000;
const RESET_EVERY = 50;

/** The answer of a gateway that lets nothing through; undefined: it lets everything through. No Retry-After. */
export function gatewayAnswer({ quirks }: SimulatedHis): VendorAnswer | undefined {
  switch (quirks.value('E14')) {
    case true:
    case '503':
      return serverPage(503, 'Service Unavailable');
    case '429':
      return serverPage(429, 'Too Many Requests');
    case '429-json':
      return json(429, { statusCode: 429, message: 'Rate limit is exceeded. Try again later.' });
    default:
      return undefined;
  }
}

/** Quirk E14: the work is done, and the answer takes its time. */
export async function takeTime({ quirks }: SimulatedHis, gone: AbortSignal): Promise<void> {
  if (quirks.value('E14') === 'slow') await pause(SLOW_MS, gone);
}

/** Counts the calls; says which of them are reset, and when. */
export class Resets {
  readonly #his: SimulatedHis;
  #calls = 0;

  constructor(his: SimulatedHis) {
    this.#his = his;
  }

  next(): 'before' | 'after' | undefined {
    const form = this.#his.quirks.value('E10');
    if (form === false) {
      this.#calls = 0;
      return undefined;
    }
    this.#calls += 1;
    if (this.#calls % RESET_EVERY !== 0) return undefined;
    return form === 'after' ? 'after' : 'before';
  }
}

/** XML where JSON was not asked for, or where something drops the header that asks for it. */
export function inXml({ quirks }: SimulatedHis, request: VendorRequest): boolean {
  const asksForJson = (request.headers['accept'] ?? '').includes('json');
  const form = quirks.value('E5');
  return form === 'always' || (form !== false && !asksForJson);
}

/** Quirk E5: only the answer of $book comes in XML, after the booking. */
export function afterBooking({ quirks }: SimulatedHis, answer: VendorAnswer): VendorAnswer {
  return quirks.value('E5') === 'book' && answer.status === 200 ? XML_BUNDLE : answer;
}

/** Whoever names the merged patient: 302 to the same of the survivor, and 4107. */
export function redirected({ quirks }: SimulatedHis, { url, body }: VendorRequest): VendorAnswer | undefined {
  const target = decodeURIComponent(url.href);
  if (!quirks.on('E8') || !(target.includes(MERGED.from) || body.includes(MERGED.from))) return undefined;
  const answer = fhir(302, operationOutcome([{ code: '4107', diagnostics: 'The patient was merged.' }]));
  return { ...answer, headers: { ...answer.headers, location: target.replace(MERGED.from, MERGED.into) } };
}

/** Quirk E2. */
export function withOutcomeInside({ quirks }: SimulatedHis, answer: VendorAnswer): VendorAnswer {
  const form = quirks.value('E2');
  const bundle = form === false ? undefined : searchsetIn(answer);
  if (bundle === undefined) return answer;
  const isOutcome = ({ resource }: Entry): boolean => resource?.['resourceType'] === 'OperationOutcome';
  const entries = bundle.entry ?? [];
  const matches = entries.filter((each) => !isOutcome(each));
  const remark = {
    fullUrl: 'urn:uuid:00000000-0196-b030-7276-5ae35f23e393',
    resource: operationOutcome([{ code: '59134' }]),
    search: { mode: 'outcome' },
  };
  const outcomes = [remark, ...entries.filter(isOutcome)];
  const inside = [...matches.slice(0, 1), ...outcomes, ...matches.slice(1)];
  const body = {
    ...bundle,
    total: form === 'total-0' ? 0 : matches.length,
    entry: form === 'total-0' ? inside : [...outcomes, ...matches],
  };
  return { ...answer, body: JSON.stringify(body) };
}

interface Entry {
  readonly resource?: Json;
}

function searchsetIn({ status, body = '' }: VendorAnswer): { readonly entry?: readonly Entry[] } | undefined {
  if (status !== 200 || !body.startsWith('{"resourceType":"Bundle"')) return undefined;
  return JSON.parse(body) as { readonly entry?: readonly Entry[] };
}
