import { retryAfterMs } from '#adapter-kit';
import { describe, expect, test } from '@jest/globals';
import { asError, classify, classifyService, type Answer, type Intent } from './classify.ts';

const profile = { notProcessedStatuses: [], nowMs: Date.parse('2027-03-08T15:00:00Z') };

function outcome(status: number, code: string, expression?: string, headers: Record<string, string> = {}): Answer {
  const coding = [{ system: 'urn:oid:1.2.840.114350.1.13.55.3.7.2.657369', code }];
  const issue = [
    { severity: 'fatal', code: 'x', details: { coding }, ...(expression ? { expression: [expression] } : {}) },
  ];
  return { status, headers: new Headers(headers), body: { resourceType: 'OperationOutcome', issue } };
}
const plain = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Headers(headers),
  body: undefined,
});
const means = (answer: Answer, intent: Intent): string => {
  const { class: kind, reason } = classify(answer, intent, profile);
  return `${kind} ${reason}`;
};

describe('a code means the same at every site, and depends on what was asked', () => {
  test.each([
    ['59144', 'book', 'conflict slot-taken'],
    ['59144', 'read', 'not-found unknown-id'],
    ['4102', 'write', 'not-found unknown-id'],
    ['59159', 'book', 'invalid business-rule'],
    ['59141', 'book', 'conflict patient-already-booked'],
    ['59177', 'book', 'unknown internal-error'],
    ['59177', 'read', 'transient internal-error'],
    ['59188', 'write', 'unknown processing-failure'],
    ['4113', 'read', 'transient paging-expired'],
    ['4118', 'book', 'auth not-authorised'],
    ['4131', 'read', 'auth break-the-glass'],
    ['4127', 'read', 'invalid too-many-results'],
    ['4135', 'book', 'throttled daily-limit'],
    ['59200', 'read', 'invalid configuration'],
    ['4107', 'book', 'not-found patient-merged'],
    ['59111', 'write', 'invalid parameter'],
  ] as const)('%s on a %s is %s', (code, intent, expected) => {
    expect(means(outcome(400, code), intent)).toBe(expected);
  });

  test('an unknown id in a booking is a taken slot, unless it is the patient', () => {
    expect(means(outcome(404, '59144', 'appointment'), 'book')).toBe('conflict slot-taken');
    expect(means(outcome(404, '59144', 'patient'), 'book')).toBe('not-found unknown-id');
  });

  test.each(['read', 'write', 'book'] as const)(
    'a code that the table does not list is uncategorised on a %s, also with status 200',
    (intent) => {
      for (const status of [200, 400, 500]) {
        expect(classify(outcome(status, '77777'), intent, profile)).toEqual({
          class: 'uncategorised',
          reason: 'unlisted-code',
          vendorCode: '77777',
        });
      }
    },
  );
});

describe('a status without a code', () => {
  test.each([
    [401, 'read', 'auth token-refused'],
    [403, 'book', 'auth not-authorised'],
    [404, 'read', 'not-found unknown-id'],
    [429, 'read', 'throttled rate-limit'],
    [429, 'book', 'unknown rate-limit'],
    [500, 'read', 'transient server-error'],
    [500, 'book', 'unknown server-error'],
    [502, 'write', 'unknown gateway'],
    [503, 'read', 'transient unavailable'],
    [504, 'book', 'unknown gateway-timeout'],
    [418, 'read', 'uncategorised unlisted-status'],
    [400, 'book', 'uncategorised unlisted-status'],
  ] as const)('%i on a %s is %s', (status, intent, expected) => {
    expect(means(plain(status), intent)).toBe(expected);
  });

  test('whoever says how long to wait is busy, not broken', () => {
    const answer = plain(503, { 'retry-after': '30' });
    expect(classify(answer, 'read', profile)).toEqual({
      class: 'throttled',
      reason: 'unavailable',
      vendorCode: 'http-503',
      retryAfterMs: 30_000,
    });
    expect(classify(answer, 'book', profile)).toMatchObject({ class: 'unknown', retryAfterMs: 30_000 });
  });

  test('a write is not processed only where the site has proven it', () => {
    const proven = { ...profile, notProcessedStatuses: [429] };
    expect(classify(plain(429), 'book', proven)).toMatchObject({ class: 'throttled' });
    expect(classify(plain(503), 'book', proven)).toMatchObject({ class: 'unknown' });
  });
});

describe('Retry-After', () => {
  const asks = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), profile.nowMs);
  test.each([
    ['in seconds', { 'retry-after': '7' }, 7_000],
    ['as a date, from now', { 'retry-after': 'Mon, 08 Mar 2027 15:00:20 GMT' }, 20_000],
    [
      'as a date, from the clock of the site',
      { 'retry-after': 'Mon, 08 Mar 2027 15:05:20 GMT', date: 'Mon, 08 Mar 2027 15:05:00 GMT' },
      20_000,
    ],
    ['in the past', { 'retry-after': 'Mon, 08 Mar 2027 14:00:00 GMT' }, 0],
    ['of a day, cut to ten minutes', { 'retry-after': '86400' }, 600_000],
    ['that cannot be read', { 'retry-after': 'soon' }, undefined],
    ['that is not there', {}, undefined],
  ])('%s', (_, headers, expected) => {
    expect(asks(headers)).toBe(expected);
  });
});

describe('the services say everything with 400 and a text', () => {
  const said = (details: string): Answer => ({
    status: 400,
    headers: new Headers(),
    body: {
      Message: 'An error has occurred.',
      InnerException: { ExceptionMessage: `An error occurred while executing the command: ${details}` },
    },
  });
  test.each([
    ['MAKE-FAIL details: code:APTWARN ERROR Details:25.', 'conflict slot-taken'],
    ['MAKE-FAIL details: code:APTWARN ERROR Details:34, 25.', 'conflict slot-taken'],
    ['MAKE-FAIL details: code:APTWARN ERROR Details:27.', 'conflict pick-different-time'],
    ['MAKE-FAIL details: code:APTWARN ERROR Details:27, 34.', 'conflict pick-different-time'],
    ['MAKE-FAIL details: code:CADENCE CHECK(S) FAILED: slottaken Details:20.', 'conflict slot-taken'],
    ['NO-DATE-OF-BIRTH details: Date of birth is required.', 'invalid date-of-birth-missing'],
    ['MAKE-FAIL details: code:APTWARN ERROR Details:251.', 'uncategorised unlisted-status'],
    ['SOMETHING NEW', 'uncategorised unlisted-status'],
  ])('%s is %s', (text, expected) => {
    const { class: kind, reason } = classifyService(said(text), 'book', profile);
    expect(`${kind} ${reason}`).toBe(expected);
  });

  test('a service that is not there is not licensed', () => {
    expect(classifyService(plain(404), 'write', profile)).toMatchObject({
      class: 'unsupported',
      reason: 'service-not-licensed',
    });
  });
});

test('what is thrown of a refused read says what the site answered, and what kind of trouble it is', () => {
  expect(asError({ class: 'throttled', reason: 'rate-limit', vendorCode: 'http-429' })).toMatchObject({
    kind: 'unavailable',
    reason: 'rate-limit',
  });
  expect(asError({ class: 'auth', reason: 'not-authorised' })).toMatchObject({ kind: 'unauthorised' });
  expect(asError({ class: 'invalid', reason: 'configuration' })).toMatchObject({ kind: 'misconfigured' });
  expect(asError({ class: 'uncategorised', reason: 'unlisted-code' })).toMatchObject({ kind: 'protocol' });
});
