/**
 * What Epic's answers mean: one table. What it does not list is `uncategorised`, never a success.
 * Sources: error code table of fhir.epic.com (read 2026-10); texts of the Interconnect services as seen in
 * Penn-Medicine-CHCI/cobalt-api@6c76970.
 */
import { AdapterError, isRecord, retryAfterMs, type ErrorClass, type Refusal } from '#adapter-kit';

/** `book` is a write, too; an unknown appointment id means there that the offer is gone. */
export type Intent = 'read' | 'write' | 'book';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined when there is none. */
  readonly body: unknown;
}

interface Meaning {
  readonly class: ErrorClass;
  readonly reason: string;
  /** On a write, where that differs. */
  readonly onWrite?: ErrorClass;
  /** Of a booking, where that differs. */
  readonly onBook?: { readonly class: ErrorClass; readonly reason: string };
  readonly retryAfterMs?: number;
}

const invalid = (reason: string): Meaning => ({ class: 'invalid', reason });
const auth = (reason: string): Meaning => ({ class: 'auth', reason });
/** A failure in the middle of processing: a read is repeated, a write may have been executed. */
const broken = (reason: string): Meaning => ({ class: 'transient', reason, onWrite: 'unknown' });
const gone: Meaning = {
  class: 'not-found',
  reason: 'unknown-id',
  onBook: { class: 'conflict', reason: 'slot-taken' },
};

const NEXT_DAY_MS = 600_000;

export const PAGING_EXPIRED = 'paging-expired';
export const ALREADY_BOOKED = 'patient-already-booked';
export const TOO_MANY_RESULTS = 'too-many-results';

/** By the code in `issue.details.coding` whose system ends in .7.2.657369 (the middle differs by site). */
const OUTCOME_CODES: Readonly<Record<string, Meaning>> = {
  ...Object.fromEntries(
    ['4100', '4110', '4111', '4112', '4115', '4116', '59102', '59105', '59108', '59111'].map((code) => [
      code,
      invalid('parameter'),
    ]),
  ),
  '4102': gone,
  '4103': gone,
  '59144': gone,
  '4107': { class: 'not-found', reason: 'patient-merged' },
  '4113': broken(PAGING_EXPIRED),
  '4118': auth('not-authorised'),
  '59204': auth('not-authorised'),
  '59205': auth('not-authorised'),
  '4127': invalid(TOO_MANY_RESULTS),
  '4130': auth('break-the-glass'),
  '4131': auth('break-the-glass'),
  // "Please try again tomorrow": asked for again as late as the hub's bound for waiting allows.
  '4135': { class: 'throttled', reason: 'daily-limit', retryAfterMs: NEXT_DAY_MS },
  '59141': { class: 'conflict', reason: ALREADY_BOOKED },
  '59159': invalid('business-rule'),
  '59177': broken('internal-error'),
  '59187': broken('processing-failure'),
  '59188': broken('processing-failure'),
  '59189': broken('processing-failure'),
  '59200': invalid('configuration'),
};

/** Remarks beside a result, or that there is none; no refusals. */
const REMARKS: ReadonlySet<string> = new Set(['4101', '4122', '59100', '59101', '59109', '59133', '59134']);
const PARTIAL_DATA = '4119';
const IGNORED_VALUES: ReadonlySet<string> = new Set(['59109', '4122']);

const STATUSES: Readonly<Record<number, Meaning>> = {
  401: auth('token-refused'),
  403: auth('not-authorised'),
  404: { class: 'not-found', reason: 'unknown-id' },
  406: invalid('media-type'),
  408: broken('timeout'),
  429: { class: 'throttled', reason: 'rate-limit', onWrite: 'unknown' },
  500: broken('server-error'),
  502: broken('gateway'),
  503: broken('unavailable'),
  504: broken('gateway-timeout'),
};

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly expression: string;
  readonly diagnostics: string;
}

/** Means of a site's own to say "this was not processed". */
export interface Profile {
  readonly notProcessedStatuses: readonly number[];
  /** ms since the epoch */
  readonly nowMs: number;
}

/** What a FHIR answer means that is not what was asked for, also one with status 200. */
export function classify(answer: Answer, intent: Intent, profile: Profile): Refusal {
  const issues = issuesIn(answer.body).filter(({ code }) => !REMARKS.has(code) && code !== PARTIAL_DATA);
  const told = issues.find(({ code }) => OUTCOME_CODES[code] !== undefined) ?? issues[0];
  if (told !== undefined) {
    const meaning = OUTCOME_CODES[told.code];
    // Which id is unknown makes all the difference: that of the offer, or that of the patient.
    const asked = intent === 'book' && told.expression.includes('patient') ? 'write' : intent;
    if (meaning !== undefined) return refusal(meaning, told.code, asked, answer, profile);
    if (answer.status < 400 || told.code !== '')
      return { class: 'uncategorised', reason: 'unlisted-code', vendorCode: told.code || 'no-code' };
  }
  return byStatus(answer, intent, profile);
}

function byStatus(answer: Answer, intent: Intent, profile: Profile): Refusal {
  const code = `http-${answer.status}`;
  const meaning = STATUSES[answer.status];
  if (meaning === undefined) return { class: 'uncategorised', reason: 'unlisted-status', vendorCode: code };
  return refusal(meaning, code, intent, answer, profile);
}

function refusal(meaning: Meaning, vendorCode: string, intent: Intent, answer: Answer, profile: Profile): Refusal {
  const waitMs = meaning.retryAfterMs ?? retryAfterMs(answer.headers, profile.nowMs);
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  const special = intent === 'book' ? meaning.onBook : undefined;
  if (special !== undefined) return { ...special, vendorCode };
  const notProcessed = intent === 'read' || profile.notProcessedStatuses.includes(answer.status);
  if (!notProcessed && meaning.onWrite !== undefined)
    return { class: meaning.onWrite, reason: meaning.reason, vendorCode, ...wait };
  // Whoever says how long to wait is not broken, but busy.
  const asksToWait = waitMs !== undefined && answer.status === 503;
  return { class: asksToWait ? 'throttled' : meaning.class, reason: meaning.reason, vendorCode, ...wait };
}

/** Texts of the Interconnect services, which answer 400 to everything. The first that fits counts. */
const SERVICE_TEXTS: readonly {
  readonly fits: (text: string) => boolean;
  readonly meaning: Meaning;
  readonly code: string;
}[] = [
  { fits: (text) => /slottaken/i.test(text), meaning: { class: 'conflict', reason: 'slot-taken' }, code: 'slottaken' },
  { fits: detailed('20', '25'), meaning: { class: 'conflict', reason: 'slot-taken' }, code: 'APTWARN-25' },
  { fits: detailed('27', '34'), meaning: { class: 'conflict', reason: 'pick-different-time' }, code: 'APTWARN-27-34' },
  {
    fits: (text) => text.includes('NO-DATE-OF-BIRTH'),
    meaning: invalid('date-of-birth-missing'),
    code: 'NO-DATE-OF-BIRTH',
  },
];

/** `Details:34, 25.`: any of the list. */
function detailed(...codes: readonly string[]): (text: string) => boolean {
  return (text) => {
    const [, listed = ''] = /MAKE-FAIL.*Details:\s*([\d,\s]+)/.exec(text) ?? [];
    return listed.split(/[,\s]+/).some((each) => codes.includes(each));
  };
}

/** What an exception says of itself; its stack trace names all kinds of things. A body that is no object is its own text. */
function saidIn(body: unknown): string {
  if (!isRecord(body)) return typeof body === 'string' ? body : '';
  const texts = [body['Message'], body['ExceptionMessage'], body['Error']];
  return JSON.stringify(texts) + (isRecord(body['InnerException']) ? saidIn(body['InnerException']) : '');
}

/** What an answer of an Interconnect service means that is not what was asked for. */
export function classifyService(answer: Answer, intent: Intent, profile: Profile): Refusal {
  // Not licensed, or not installed: the service is not there at all.
  if (answer.status === 404) return { class: 'unsupported', reason: 'service-not-licensed', vendorCode: 'http-404' };
  const text = saidIn(answer.body);
  const found = SERVICE_TEXTS.find(({ fits }) => fits(text));
  if (found !== undefined) return refusal(found.meaning, found.code, intent, answer, profile);
  if (answer.status < 400) return { class: 'uncategorised', reason: 'unlisted-text', vendorCode: 'error-in-200' };
  return byStatus(answer, intent, profile);
}

/** True when a Bundle refuses: by an error in it, or by a warning that the table lists as a refusal. */
export function refuses(bundle: unknown): boolean {
  return issuesIn(bundle).some(
    ({ code, severity }) =>
      !REMARKS.has(code) && (severity === 'fatal' || severity === 'error' || OUTCOME_CODES[code] !== undefined),
  );
}

/** True when a Bundle may lack something: it says so, or has a warning that nobody knows. */
export function isPartial(bundle: unknown): boolean {
  return issuesIn(bundle).some(({ code }) => !REMARKS.has(code));
}

/** True when the site ignored one of these parameters, by 59109 or 4122: its answer is one to another question. */
export function ignored(bundle: unknown, parameters: readonly string[]): boolean {
  return issuesIn(bundle).some(({ code, diagnostics }) => IGNORED_VALUES.has(code) && parameters.includes(diagnostics));
}

/** Issues of an OperationOutcome, or of the outcome entries of a Bundle. */
function issuesIn(body: unknown): Issue[] {
  if (!isRecord(body)) return [];
  if (body['resourceType'] === 'Bundle') {
    return records(body['entry']).flatMap(({ resource }) => issuesIn(resource));
  }
  if (body['resourceType'] !== 'OperationOutcome') return [];
  return records(body['issue']).map((issue) => {
    const coding = records(isRecord(issue['details']) ? issue['details']['coding'] : undefined).find(({ system }) =>
      String(system).endsWith('.7.2.657369'),
    );
    return {
      severity: String(issue['severity']),
      code: typeof coding?.['code'] === 'string' ? coding['code'] : '',
      expression: JSON.stringify([issue['expression'], issue['location']]),
      diagnostics: typeof issue['diagnostics'] === 'string' ? issue['diagnostics'] : '',
    };
  });
}

/** What a refused read is thrown as, where there is no outcome to return. */
export function asError({ class: kind, reason, vendorCode }: Refusal): AdapterError {
  const said = `the site answered ${vendorCode ?? kind} (${reason})`;
  if (kind === 'auth') return new AdapterError('unauthorised', reason, said);
  if (kind === 'transient' || kind === 'throttled' || kind === 'unknown')
    return new AdapterError('unavailable', reason, said);
  if (kind === 'uncategorised') return new AdapterError('protocol', reason, said);
  return new AdapterError('misconfigured', reason, said);
}

function records(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
