/**
 * What an answer means. The body speaks before the status: fault, then the profile's sign of success, then its error codes; the
 * status only where the body says nothing. What nobody lists is `uncategorised`, never a success. Sources: README.md.5, 9.2.
 */
import { retryAfterMs, type Refusal, type XmlValue } from '#adapter-kit';
import type { CompiledProfile, Operation } from './profile.ts';
import type { Codes, SuccessCondition } from './profile-shape.ts';
import { WSSE, type Fault } from './soap.ts';
import { textsAt, valuesAt } from './xml-path.ts';

export interface HttpFacts {
  readonly status: number;
  readonly headers: Headers;
  readonly write: boolean;
  /** Statuses of which this site has promised that nothing was processed. */
  readonly notProcessedStatuses: readonly number[];
  readonly nowMs: number;
}

interface Meaning {
  readonly class: Refusal['class'];
  readonly reason: string;
  /** On a write, where that differs. */
  readonly onWrite?: Refusal['class'];
}

const broken = (reason: string): Meaning => ({ class: 'transient', reason, onWrite: 'unknown' });
const invalid = (reason: string): Meaning => ({ class: 'invalid', reason });

const STATUSES: Readonly<Record<number, Meaning>> = {
  400: invalid('bad-request'),
  401: { class: 'auth', reason: 'credentials-refused' },
  403: { class: 'auth', reason: 'not-permitted' },
  404: invalid('endpoint-not-found'),
  405: invalid('method'),
  406: invalid('media-type'),
  408: broken('timeout'),
  415: invalid('soap-version'),
  429: { class: 'throttled', reason: 'rate-limit', onWrite: 'unknown' },
  500: broken('server-error'),
  502: broken('gateway'),
  503: broken('unavailable'),
  504: broken('gateway-timeout'),
};
/** These are told by whoever stands in front, whatever the envelope around them says. */
const STATUS_WINS: ReadonlySet<number> = new Set([401, 403, 429, 503]);

/** By the local name of the fault code; `Server.userException` counts as Server. */
const FAULTS: Readonly<Record<string, Meaning>> = {
  Client: invalid('soap-client-fault'),
  Sender: invalid('soap-client-fault'),
  ActionNotSupported: { class: 'unsupported', reason: 'operation-not-offered' },
  ActionMismatch: invalid('soap-action'),
  MustUnderstand: invalid('soap-version'),
  VersionMismatch: invalid('soap-version'),
  DataEncodingUnknown: invalid('soap-version'),
  Server: broken('soap-server-fault'),
  Receiver: broken('soap-server-fault'),
  InternalServiceFault: broken('soap-server-fault'),
  InvalidSecurity: { class: 'auth', reason: 'credentials-refused' },
  FailedAuthentication: { class: 'auth', reason: 'credentials-refused' },
  InvalidSecurityToken: { class: 'auth', reason: 'credentials-refused' },
};

export function ofFault({ codes }: Fault, profile: CompiledProfile, http: HttpFacts): Refusal {
  const listed = codes
    .map((code) => [code, profile.outcome.faultCodes?.[localOf(code)]] as const)
    .find(([, meaning]) => meaning !== undefined);
  if (listed?.[1] !== undefined) return refusal(listed[1], localOf(listed[0]), http);
  // The profile's own table is the site's word; without one, a gateway's status is more telling than "Client" or "Server".
  if (STATUS_WINS.has(http.status)) return ofStatus(http);
  for (const code of codes) {
    if (code.startsWith(`{${WSSE}}`))
      return refusal({ class: 'auth', reason: 'credentials-refused' }, localOf(code), http);
    const [family = ''] = localOf(code).split('.');
    const meaning = FAULTS[family];
    if (meaning !== undefined) return refusal(meaning, localOf(code), http);
  }
  return { class: 'uncategorised', reason: 'unlisted-fault', vendorCode: presentable(localOf(codes[0] ?? 'no-code')) };
}

/** Undefined when the result is what was asked for. */
export function ofResult(
  result: XmlValue,
  profile: CompiledProfile,
  operation: Operation,
  http: HttpFacts,
): Refusal | undefined {
  const conditions = operation.success ?? profile.outcome.success;
  if (conditions.every((condition) => holds(result, condition))) return undefined;
  const codes = profile.outcome.codePaths.flatMap((path) => textsAt(result, path));
  const tables: readonly Codes[] = [operation.codes ?? {}, profile.outcome.codes];
  for (const code of codes) {
    const meaning = tables
      .map((table) => (Object.hasOwn(table, code) ? table[code] : undefined))
      .find((each) => each !== undefined);
    if (meaning !== undefined) return refusal(meaning, code, http);
  }
  return { class: 'uncategorised', reason: 'unlisted-code', vendorCode: presentable(codes[0] ?? 'no-code') };
}

export function ofStatus(http: HttpFacts): Refusal {
  const code = `http-${http.status}`;
  const meaning = STATUSES[http.status];
  if (meaning === undefined) return { class: 'uncategorised', reason: 'unlisted-status', vendorCode: code };
  return refusal(meaning, code, http);
}

function refusal(meaning: Meaning, code: string, http: HttpFacts): Refusal {
  const waitMs = retryAfterMs(http.headers, http.nowMs);
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  const { reason } = meaning;
  const vendorCode = presentable(code);
  const proven = !http.write || http.notProcessedStatuses.includes(http.status);
  if (!proven && meaning.onWrite !== undefined) return { class: meaning.onWrite, reason, vendorCode, ...wait };
  // Whoever says how long to wait is not broken, but busy.
  const asksToWait = waitMs !== undefined && http.status === 503;
  return { class: asksToWait ? 'throttled' : meaning.class, reason, vendorCode, ...wait };
}

function holds(result: XmlValue, { path, equals, in: some, present }: SuccessCondition): boolean {
  if (present !== undefined) return valuesAt(result, path).some((each) => each !== null && each !== '') === present;
  const [only, another] = textsAt(result, path);
  // Said twice, it is not said.
  if (only === undefined || another !== undefined) return false;
  return equals === undefined ? (some ?? []).includes(only) : only === equals;
}

const localOf = (code: string): string => code.slice(code.indexOf('}') + 1);

/** A vendor's code goes to logs: whatever else stands in its place does not. */
const presentable = (code: string): string => (/^[\w.:-]{1,40}$/.test(code) ? code : 'unreadable-code');
