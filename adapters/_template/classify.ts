/**
 * What Template HIS's answers mean: one table. What it does not list is `uncategorised`, never a success.
 * Source: where you learnt each code, and when.
 */
import { retryAfterMs, type ErrorClass, type Refusal } from '#adapter-kit';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined when there is none. */
  readonly body: unknown;
}

interface Meaning {
  readonly class: ErrorClass;
  readonly reason: string;
  /** On a write, where that differs: what may have been executed is `unknown`. */
  readonly onWrite?: ErrorClass;
}

/** By the `code` in the body. */
const CODES: Readonly<Record<string, Meaning>> = {
  'SLOT-TAKEN': { class: 'conflict', reason: 'slot-taken' },
  'VERSION-STALE': { class: 'conflict', reason: 'stale-version' },
  'VERSION-MISSING': { class: 'invalid', reason: 'version-missing' },
  'NO-SUCH-SLOT': { class: 'not-found', reason: 'unknown-slot' },
  'NO-SUCH-PATIENT': { class: 'not-found', reason: 'unknown-patient' },
  'NO-SUCH-APPOINTMENT': { class: 'not-found', reason: 'unknown-appointment' },
  'NOT-ALLOWED': { class: 'auth', reason: 'not-allowed' },
  INTERNAL: { class: 'transient', reason: 'internal-error', onWrite: 'unknown' },
};

/** By the status of an answer without a listed code. */
const STATUSES: Readonly<Record<number, Meaning>> = {
  401: { class: 'auth', reason: 'key-refused' },
  403: { class: 'auth', reason: 'not-allowed' },
  429: { class: 'throttled', reason: 'rate-limit', onWrite: 'unknown' },
  500: { class: 'transient', reason: 'server-error', onWrite: 'unknown' },
  502: { class: 'transient', reason: 'gateway', onWrite: 'unknown' },
  503: { class: 'transient', reason: 'unavailable', onWrite: 'unknown' },
  504: { class: 'transient', reason: 'gateway-timeout', onWrite: 'unknown' },
};

export function classify({ status, headers, body }: Answer, write: boolean, nowMs: number): Refusal {
  const code = codeIn(body);
  const vendorCode = code ?? `http-${status}`;
  const meaning = (code === undefined ? undefined : CODES[code]) ?? (code === undefined ? STATUSES[status] : undefined);
  if (meaning === undefined) return { class: 'uncategorised', reason: 'unlisted', vendorCode };
  const waitMs = retryAfterMs(headers, nowMs);
  return {
    class: (write ? meaning.onWrite : undefined) ?? meaning.class,
    reason: meaning.reason,
    vendorCode,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

export function codeIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined;
  return typeof body.code === 'string' ? body.code : undefined;
}
