/**
 * What the domain's answers mean: one table by status, refined by the code of an OperationOutcome. What it does not list is
 * `uncategorised`, never a success. Note 409 and 412: the other way round than in HTTP.
 * Source: docs.oracle.com mfrap "Errors" and Appointment, Slot (R4); cerner/fhir.cerner.com@3d33831.
 */
import { AdapterError, isRecord, retryAfterMs, type ErrorClass, type Refusal } from '#adapter-kit';

export type Intent = 'read' | 'write';

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
}

const invalid = (reason: string): Meaning => ({ class: 'invalid', reason });
/** A failure in the middle of processing: a read is repeated, a write may have been executed. */
const broken = (reason: string): Meaning => ({ class: 'transient', reason, onWrite: 'unknown' });

export const BUSINESS_RULE = 'business-rule';
export const STALE_VERSION = 'stale-version';

const STATUSES: Readonly<Record<number, Meaning>> = {
  400: invalid('parameter'),
  401: { class: 'auth', reason: 'token-refused' },
  // The tenant is unknown, or a scope is missing: neither heals by another token of the same kind.
  403: { class: 'auth', reason: 'not-authorised' },
  404: { class: 'not-found', reason: 'unknown-id' },
  406: invalid('media-type'),
  408: broken('timeout'),
  409: { class: 'conflict', reason: STALE_VERSION },
  412: invalid('if-match'),
  415: invalid('media-type'),
  // Also said of a slot that is taken: whoever books reads the slot to tell.
  422: invalid(BUSINESS_RULE),
  // Somebody has the record open: documented as not processed.
  423: { class: 'transient', reason: 'locked' },
  424: broken('dependency-failed'),
  429: { class: 'throttled', reason: 'rate-limit' },
  500: broken('server-error'),
  502: broken('gateway'),
  503: broken('unavailable'),
  504: broken('gateway-timeout'),
};

/** By status and issue code, where the code says more than the status. */
const ISSUES: Readonly<Record<string, Meaning>> = {
  '422 extension': invalid('unsupported-extension'),
  '422 not-supported': invalid('unsupported-element'),
  // A stored record lacks what FHIR requires: it will be so every time.
  '500 required': invalid('record-incomplete'),
};

/** Means of a domain's own to say "this was not processed". */
export interface Profile {
  readonly notProcessedStatuses: readonly number[];
  /** ms since the epoch */
  readonly nowMs: number;
}

/** What an answer means that is not what was asked for. */
export function classify(answer: Answer, intent: Intent, profile: Profile): Refusal {
  const { status, headers } = answer;
  const issue = issueIn(answer.body);
  const vendorCode = issue === undefined ? `http-${status}` : `http-${status}/${issue}`;
  const meaning = ISSUES[`${status} ${issue ?? ''}`] ?? STATUSES[status];
  if (meaning === undefined) return { class: 'uncategorised', reason: 'unlisted-status', vendorCode };
  const waitMs = retryAfterMs(headers, profile.nowMs);
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  const mayBeDone = intent === 'write' && !profile.notProcessedStatuses.includes(status);
  if (mayBeDone && meaning.onWrite !== undefined) {
    return { class: meaning.onWrite, reason: meaning.reason, vendorCode, ...wait };
  }
  // Whoever says how long to wait is not broken, but busy.
  const asksToWait = status === 503 && waitMs !== undefined;
  return { class: asksToWait ? 'throttled' : meaning.class, reason: meaning.reason, vendorCode, ...wait };
}

/** Code of the first issue that is an error; undefined where the body is no OperationOutcome. */
function issueIn(body: unknown): string | undefined {
  if (!isRecord(body) || body['resourceType'] !== 'OperationOutcome') return undefined;
  const { issue: issues } = body;
  if (!Array.isArray(issues)) return undefined;
  const errors = issues.filter(isRecord).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  const code = errors[0]?.['code'];
  return typeof code === 'string' && /^[a-z-]{1,40}$/.test(code) ? code : undefined;
}

/** What a refused read is thrown as, where there is no outcome to return. */
export function asError({ class: kind, reason, vendorCode }: Refusal): AdapterError {
  const said = `the domain answered ${vendorCode ?? kind} (${reason})`;
  if (kind === 'auth') return new AdapterError('unauthorised', reason, said);
  if (kind === 'transient' || kind === 'throttled' || kind === 'unknown')
    return new AdapterError('unavailable', reason, said);
  if (kind === 'uncategorised') return new AdapterError('protocol', reason, said);
  return new AdapterError('misconfigured', reason, said);
}
