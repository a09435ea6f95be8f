/**
 * What Oracle Health says, and what the hub makes of it: each row is played over a real socket by the conformance suite.
 * Source: docs.oracle.com mfrap "Errors", Appointment, Slot and Authorization (R4); cerner/fhir.cerner.com@3d33831.
 */
import type { PlayedAnswer, PlayedRequest, VendorReply, VendorWords } from '#adapter-kit';

const FHIR = { 'content-type': 'application/fhir+json' };
const TEXT = { 'content-type': 'text/plain' };
/** Enough for a token, on a busy machine, too. */
const NO_ANSWER_MS = 3_000;

/** A refusal with an OperationOutcome. */
const issue = (status: number, code: string, severity = 'error'): VendorWords => ({
  status,
  headers: FHIR,
  body: JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity, code }] }),
});
const empty = (status: number): VendorWords => ({ status });
const gateway = (status: number): VendorWords => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Gateway</body></html>',
});

const row = (signal: string, during: PlayedAnswer['during'], answer: VendorReply, means: string): PlayedAnswer => ({
  signal,
  during,
  answer,
  means,
});

/** A 422 whose reason the slot itself tells: it is shown in `status` when it is asked for by its id. */
function whileSlotIs(status: 'free' | 'busy', during: 'book' | 'reschedule', means: string): PlayedAnswer {
  const said = issue(422, 'business-rule');
  return {
    signal: `422 business-rule on ${during === 'book' ? 'booking' : 'rescheduling'}, and the slot is ${status}`,
    during,
    instead: 'any',
    answer: ({ method, path }) => {
      if (method === (during === 'book' ? 'POST' : 'PATCH') && path.includes('/Appointment')) return said;
      return isSlotRead(path) ? shownSlot(path, status) : undefined;
    },
    means,
  };
}

const isSlotRead = (path: PlayedRequest['path']): boolean => path.includes('/Slot?_id=');

function shownSlot(path: string, status: string): VendorWords {
  const id = new URLSearchParams(path.slice(path.indexOf('?'))).get('_id');
  const resource = { resourceType: 'Slot', id, meta: { versionId: '410v795030969834' }, status };
  return {
    status: 200,
    headers: FHIR,
    body: JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: [{ resource }] }),
  };
}

const tokenRefusal: PlayedAnswer = {
  ...row(
    'invalid_client',
    'book',
    { status: 400, headers: { 'content-type': 'application/json' }, body: '{"error":"invalid_client"}' },
    'auth invalid-client',
  ),
  instead: 'credentials',
};

const answers: readonly PlayedAnswer[] = [
  whileSlotIs('busy', 'book', 'conflict slot-taken'),
  whileSlotIs('busy', 'reschedule', 'conflict slot-taken'),
  whileSlotIs('free', 'book', 'invalid business-rule'),
  whileSlotIs('free', 'reschedule', 'invalid business-rule'),
  row('422 extension on booking', 'book', issue(422, 'extension'), 'invalid unsupported-extension'),
  row('422 not-supported on booking', 'book', issue(422, 'not-supported'), 'invalid unsupported-element'),
  row('422 of an illegal transition on cancelling', 'cancel', issue(422, 'business-rule'), 'invalid business-rule'),
  row('409 on every try to cancel', 'cancel', issue(409, 'conflict'), 'conflict stale-version'),
  row('409 on every try to reschedule', 'reschedule', empty(409), 'conflict stale-version'),
  row('412 on cancelling', 'cancel', empty(412), 'invalid if-match'),
  row('400 in plain text on booking', 'book', { status: 400, headers: TEXT, body: 'no' }, 'invalid parameter'),
  row(
    '400 in plain text on a search of slots',
    'find-slots',
    { status: 400, headers: TEXT, body: 'no supported search parameters provided' },
    'invalid parameter',
  ),
  row('406 on booking', 'book', empty(406), 'invalid media-type'),
  row('423 on cancelling', 'cancel', issue(423, 'lock-error'), 'transient locked'),
  row('423 on booking', 'book', issue(423, 'lock-error'), 'transient locked'),
  row('424 on booking', 'book', empty(424), 'unknown dependency-failed'),
  row('424 on rescheduling', 'reschedule', empty(424), 'unknown dependency-failed'),
  row('429 on booking', 'book', issue(429, 'throttled'), 'throttled rate-limit'),
  row('429 on a search of slots', 'find-slots', issue(429, 'throttled'), 'transient rate-limit'),
  row('500 required on booking', 'book', issue(500, 'required', 'fatal'), 'invalid record-incomplete'),
  row('500 required on a search of slots', 'find-slots', issue(500, 'required', 'fatal'), 'invalid record-incomplete'),
  row('500 on booking', 'book', issue(500, 'exception'), 'unknown server-error'),
  row('502 of a gateway, on booking', 'book', gateway(502), 'unknown gateway'),
  row('503 that this domain has proven not to be processed, on booking', 'book', gateway(503), 'transient unavailable'),
  row('504 of a gateway, on booking', 'book', gateway(504), 'unknown gateway-timeout'),
  row('500 on a search of slots', 'find-slots', issue(500, 'exception'), 'transient server-error'),
  row('502 of a gateway, on a search of slots', 'find-slots', gateway(502), 'transient gateway'),
  row('a connection that ends instead of an answer, on booking', 'book', 'cut', 'unknown connection-lost'),
  { ...row('no answer, on booking', 'book', 'silence', 'unknown deadline'), deadlineMs: NO_ANSWER_MS },
  { ...row('no answer, on cancelling', 'cancel', 'silence', 'unknown deadline'), deadlineMs: NO_ANSWER_MS },
  row('404 on booking', 'book', empty(404), 'not-found unknown-id'),
  row(
    '403 in plain text, of another tenant',
    'book',
    { status: 403, headers: TEXT, body: 'Tenant not valid or accessible' },
    'auth not-authorised',
  ),
  row('401 also with a new token', 'book', empty(401), 'auth token-refused'),
  tokenRefusal,
  row('500 on the search of appointments', 'lookup', issue(500, 'exception'), 'inconclusive server-error'),
  row('a status that is not listed, on booking', 'book', empty(418), 'uncategorised unlisted-status'),
  row('201 without a Location, on booking', 'book', empty(201), 'unknown no-location-in-reply'),
  row('200 without an ETag, on cancelling', 'cancel', empty(200), 'unknown no-version-in-reply'),
];

export default answers;
