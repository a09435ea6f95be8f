/**
 * What Epic says, and what the hub makes of it: each row is played over a real socket by the conformance suite.
 * Source: the error code table of fhir.epic.com (read 2026-10); texts of the services from Penn-Medicine-CHCI/cobalt-api@6c76970.
 */
import type { PlayedAnswer, VendorWords } from '#adapter-kit';

const JSON_TYPE = { 'content-type': 'application/fhir+json' };

function outcome(status: number, code: string, expression?: string): VendorWords {
  const coding = [{ system: 'urn:oid:1.2.840.114350.1.13.55.3.7.2.657369', code }];
  const issue = {
    severity: 'fatal',
    code: 'x',
    details: { coding },
    ...(expression ? { expression: [expression] } : {}),
  };
  return { status, headers: JSON_TYPE, body: JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] }) };
}

/** A searchset of nothing but the outcome entry, with status 200. */
function remark(code: string, diagnostics = ''): VendorWords {
  const coding = [{ system: 'urn:oid:1.2.840.114350.1.13.55.3.7.2.657369', code }];
  const issue = [{ severity: 'warning', code: 'processing', details: { coding }, diagnostics }];
  const resource = { resourceType: 'OperationOutcome', issue };
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    total: 0,
    entry: [{ search: { mode: 'outcome' }, resource }],
  };
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(bundle) };
}

const service = (details: string): VendorWords => ({
  status: 400,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ Message: `An error occurred while executing the command: ${details}` }),
});

const gateway = (status: number, body = '<html><body>Gateway</body></html>'): VendorWords => ({
  status,
  headers: { 'content-type': 'text/html' },
  body,
});

const row = (signal: string, during: PlayedAnswer['during'], answer: VendorWords, means: string): PlayedAnswer => ({
  signal,
  during,
  answer,
  means,
});

/** The search of appointments, at a site without the services: there, it is all that there is to see. */
const lookedUp = (signal: string, answer: VendorWords, means: string): PlayedAnswer => ({
  signal: `${signal}, on the search of appointments`,
  during: 'lookup',
  answer: ({ path }) => {
    if (path.includes('/api/epic/')) return gateway(404);
    return path.includes('/Appointment?') ? answer : undefined;
  },
  means,
});

const answers: readonly PlayedAnswer[] = [
  row('59144 of the offer, on $book', 'book', outcome(404, '59144', 'appointment'), 'conflict slot-taken'),
  row('59144 of the patient, on $book', 'book', outcome(404, '59144', 'patient'), 'not-found unknown-id'),
  row('59159 on $book', 'book', outcome(400, '59159'), 'invalid business-rule'),
  row('59141 on $book', 'book', outcome(400, '59141'), 'conflict patient-already-booked'),
  row('59177 on $book', 'book', outcome(500, '59177'), 'unknown internal-error'),
  row('59177 with status 200, on $book', 'book', outcome(200, '59177'), 'unknown internal-error'),
  row('59188 on $book', 'book', outcome(500, '59188'), 'unknown processing-failure'),
  row('4118 on $book', 'book', outcome(403, '4118'), 'auth not-authorised'),
  row('59204 on $book', 'book', outcome(403, '59204'), 'auth not-authorised'),
  row('59205 on $book', 'book', outcome(403, '59205'), 'auth not-authorised'),
  row('4130 on $book', 'book', outcome(403, '4130'), 'auth break-the-glass'),
  row('4131 on $book', 'book', outcome(403, '4131'), 'auth break-the-glass'),
  row('4135 on $book', 'book', outcome(429, '4135'), 'throttled daily-limit'),
  row('403 without a code, on $book', 'book', gateway(403), 'auth not-authorised'),
  row('500 without a code, on $book', 'book', gateway(500), 'unknown server-error'),
  row('502 of a gateway, on $book', 'book', gateway(502), 'unknown gateway'),
  row('504 of a gateway, on $book', 'book', gateway(504), 'unknown gateway-timeout'),
  row('429 that this site has proven not to be processed, on $book', 'book', gateway(429), 'throttled rate-limit'),
  row('a code that is not listed, on $book', 'book', outcome(400, '77777'), 'uncategorised unlisted-code'),
  row('an empty searchset, on $book', 'book', remark('4101'), 'unknown no-appointment-in-reply'),
  row(
    'APTWARN 25 on the cancelling service',
    'cancel',
    service('MAKE-FAIL details: code:APTWARN ERROR Details:25.'),
    'conflict slot-taken',
  ),
  row(
    'APTWARN 27, 34 on the cancelling service',
    'cancel',
    service('MAKE-FAIL details: code:APTWARN ERROR Details:27, 34.'),
    'conflict pick-different-time',
  ),
  row(
    'slottaken on the cancelling service',
    'cancel',
    service('MAKE-FAIL details: code:CADENCE CHECK(S) FAILED: slottaken Details:20.'),
    'conflict slot-taken',
  ),
  row('a service that is not there', 'cancel', gateway(404), 'unsupported service-not-licensed'),
  row('4101, nothing found', 'find-slots', remark('4101'), 'done'),
  row('59200 with status 200, on $find', 'find-slots', remark('59200'), 'invalid configuration'),
  row('59109 on a needed parameter of $find', 'find-slots', remark('59109', 'serviceType'), 'invalid configuration'),
  row('59177 on $find', 'find-slots', outcome(500, '59177'), 'transient internal-error'),
  row('4113 on every page of $find', 'find-slots', outcome(400, '4113'), 'transient paging-expired'),
  row('502 of a gateway, on $find', 'find-slots', gateway(502), 'transient gateway'),
  row('503 of a gateway, on $find', 'find-slots', gateway(503), 'transient unavailable'),
  row('4127 on a patient search', 'match-patient', outcome(400, '4127'), 'many'),
  row('4101 on a patient search', 'match-patient', remark('4101'), 'none'),
  lookedUp('4119, partial data', remark('4119'), 'inconclusive partial-data'),
  lookedUp('59177', outcome(500, '59177'), 'inconclusive internal-error'),
  lookedUp('4101, nothing found', remark('4101'), 'absent'),
  {
    ...row(
      'invalid_client',
      'book',
      { status: 400, headers: JSON_TYPE, body: '{"error":"invalid_client"}' },
      'auth invalid-client',
    ),
    instead: 'credentials',
  },
];

export default answers;
