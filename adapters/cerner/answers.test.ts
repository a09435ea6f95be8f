/** What each answer of a domain comes to, over a socket, besides the rows of conformance.ts: in the other operations, and where no simulator gives it. */
import { describe, expect, test } from '@jest/globals';
import type { BookRequest, Connector, Outcome, SlotAtHis } from '#adapter-kit';
import { answering, type Asked, type Reply } from '../../test/support/answering-server.ts';
import { testCall, type TestCall } from '../../test/support/call.ts';
import { comesTo } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';

const slot = (externalId: string): SlotAtHis => ({
  externalId,
  providerExternalId: '593923',
  locationExternalId: '21304876',
  start: '2027-03-08T15:00:00Z',
  end: '2027-03-08T15:15:00Z',
  timeZone: 'America/Chicago',
  mode: 'in-person',
  seat: 1,
  details: {},
});
const booking: BookRequest = {
  slot: slot('A'),
  patient: {
    externalId: '12724066',
    name: { given: ['Nancy'], family: 'Smart' },
    birthDate: '1990-09-15',
    email: null,
    phone: null,
    address: null,
    identifiers: [],
  },
  mode: 'in-person',
  reason: null,
};
const existing = { ...booking, externalId: '20465903', identifiers: [] };

const issue = (code: string): string =>
  JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] });
const resource = (type: string, id: string, more: object): object => ({
  resourceType: type,
  id,
  meta: { versionId: '0' },
  ...more,
});
const bundle = (...resources: object[]): Reply => ({
  status: 200,
  body: JSON.stringify({ resourceType: 'Bundle', entry: resources.map((each) => ({ resource: each })) }),
});
const appointment = (more: object = {}): object =>
  resource('Appointment', '20465903', {
    status: 'booked',
    start: booking.slot.start,
    slot: [{ reference: 'Slot/A' }],
    ...more,
  });

interface Domain {
  /** What a create or change is answered with; `nth` from 0. */
  readonly write: (asked: Asked, nth: number) => Reply;
  /** By how many writes came before. */
  readonly slotStatus?: (writes: number) => string;
  readonly appointment?: (nth: number) => object;
  /** What a search for appointments finds. */
  readonly found?: readonly object[];
}

async function atDomain<T>(
  { write, slotStatus = () => 'free', appointment: shown = () => appointment(), found = [] }: Domain,
  work: (connector: Connector, call: TestCall, asked: readonly Asked[]) => Promise<T>,
): Promise<T> {
  let [writes, reads] = [0, 0];
  await using site = await answering((asked) => {
    const { method, path } = asked;
    if (path.startsWith('/token')) return { status: 200, body: '{"access_token":"t","expires_in":570}' };
    if (method !== 'GET') return write(asked, writes++);
    if (path.startsWith('/r4/t/Slot?_id=')) {
      const id = path.slice('/r4/t/Slot?_id='.length);
      return bundle(resource('Slot', id, { status: slotStatus(writes) }));
    }
    if (path.startsWith('/r4/t/Appointment/')) return { status: 200, body: JSON.stringify(shown(reads++)) };
    if (path.startsWith('/r4/t/Appointment?')) return bundle(...found);
    return { status: 200, body: JSON.stringify(resource('Patient', '12724066', { active: true })) };
  });
  const connector = adapter.connect({
    config: {
      baseUrl: `${site.url}/r4/t/`,
      tokenUrl: `${site.url}/token`,
      clientId: 'client',
      serviceTypes: [{ code: '24477854', mode: 'in-person' }],
      locationIds: ['21304876'],
      organizationId: '675844',
      defaultTimeZone: 'America/Chicago',
    },
    secrets: { clientSecret: 'secret' },
  });
  return await work(connector, testCall({ adapter: 'cerner', urls: [site.url] }), site.asked);
}

const OPERATIONS: Readonly<Record<string, (connector: Connector, call: TestCall) => Promise<Outcome>>> = {
  book: (connector, call) => connector.book(call, booking),
  cancel: (connector, call) => connector.cancel(call, existing),
  reschedule: (connector, call) =>
    connector.reschedule?.(call, { ...existing, to: slot('B') }) ?? Promise.reject(new Error('cannot')),
  hold: (connector, call) =>
    connector.hold?.(call, { slot: slot('A'), release: false }) ?? Promise.reject(new Error('cannot')),
  createPatient: (connector, call) =>
    connector.createPatient?.(call, booking.patient) ?? Promise.reject(new Error('cannot')),
};

async function meaning(operation: string, domain: Domain): Promise<string> {
  return atDomain(domain, (connector, call) =>
    comesTo(OPERATIONS[operation]?.(connector, call) ?? Promise.reject(new Error(operation))),
  );
}

describe('an answer to a write', () => {
  const EVERY = ['book', 'cancel', 'reschedule', 'hold', 'createPatient'];
  const without = (...played: readonly string[]): readonly string[] => EVERY.filter((each) => !played.includes(each));
  const rows: readonly (readonly [string, Reply, string, readonly string[]])[] = [
    ['422 extension', { status: 422, body: issue('extension') }, 'invalid unsupported-extension', without('book')],
    [
      '422 not-supported',
      { status: 422, body: issue('not-supported') },
      'invalid unsupported-element',
      without('book'),
    ],
    [
      '422 while the slot is free',
      { status: 422, body: issue('business-rule') },
      'invalid business-rule',
      ['hold', 'createPatient'],
    ],
    ['422 without a body while the slot is free', { status: 422 }, 'invalid business-rule', EVERY],
    ['412', { status: 412 }, 'invalid if-match', without('cancel')],
    [
      '400',
      { status: 400, headers: { 'content-type': 'text/plain' }, body: 'no' },
      'invalid parameter',
      without('book'),
    ],
    ['406', { status: 406 }, 'invalid media-type', without('book')],
    ['423', { status: 423 }, 'transient locked', without('book', 'cancel')],
    ['424', { status: 424 }, 'unknown dependency-failed', without('book', 'reschedule')],
    ['429', { status: 429, body: issue('throttled') }, 'throttled rate-limit', without('book')],
    ['500 required', { status: 500, body: issue('required') }, 'invalid record-incomplete', without('book')],
    ['500', { status: 500, body: issue('exception') }, 'unknown server-error', without('book')],
    ['502 in HTML', { status: 502, body: '<html></html>' }, 'unknown gateway', without('book')],
    ['503 in HTML', { status: 503, body: '<html></html>' }, 'unknown unavailable', EVERY],
    ['504', { status: 504 }, 'unknown gateway-timeout', without('book')],
    [
      '403 in plain text',
      { status: 403, body: 'Tenant not valid or accessible' },
      'auth not-authorised',
      without('book'),
    ],
    ['404', { status: 404 }, 'not-found unknown-id', without('book')],
    ['an unlisted status', { status: 418 }, 'uncategorised unlisted-status', without('book')],
    ['a redirect', { status: 307, headers: { location: '/elsewhere' } }, 'uncategorised unlisted-status', EVERY],
    ['a cut connection', 'reset', 'thrown protocol connection-lost', without('book')],
    ['201 without a Location', { status: 201 }, 'unknown no-location-in-reply', ['createPatient']],
    ['200 without an ETag', { status: 200 }, 'unknown no-version-in-reply', ['reschedule', 'hold']],
    [
      '200 with an error in it',
      { status: 200, body: issue('exception'), headers: { etag: 'W/"1"' } },
      'unknown no-version-in-reply',
      ['cancel', 'reschedule', 'hold'],
    ],
    ['409 each time', { status: 409 }, 'conflict stale-version', without('cancel', 'reschedule')],
  ];
  test.each(
    rows.flatMap(([name, reply, outcome, operations]) =>
      operations.map((each) => [each, name, outcome, reply] as const),
    ),
  )('%s: %s is %s', async (operation, _, outcome, reply) => {
    expect(await meaning(operation, { write: () => reply })).toBe(outcome);
  });

  test('hold: 422 and the slot is busy then: conflict slot-taken', async () => {
    const write = (): Reply => ({ status: 422, body: issue('business-rule') });
    const slotStatus = (writes: number): string => (writes === 0 ? 'free' : 'busy');
    expect(await meaning('hold', { write, slotStatus })).toBe('conflict slot-taken');
  });
});

describe('a version that is stale', () => {
  const stale: Reply = { status: 409 };
  const done: Reply = { status: 200, headers: { etag: 'W/"3"', 'content-type': 'text/html' } };

  test('is read again and the change sent at the version of now', async () => {
    const domain: Domain = {
      write: (_, nth) => (nth === 0 ? stale : done),
      appointment: (nth) => appointment({ meta: { versionId: `${nth}-1` } }),
    };
    await atDomain(domain, async (connector, call, asked) => {
      expect(await connector.cancel(call, existing)).toEqual({
        class: 'success',
        externalId: '20465903',
        version: '3',
      });
      const sent = asked.filter(({ method }) => method === 'PATCH').map(({ headers }) => headers['if-match']);
      expect(sent).toEqual(['W/"0-1"', 'W/"1-1"']);
    });
  });

  test.each([
    ['cancel', 'cancelled', 'A', 'success'],
    ['reschedule', 'booked', 'B', 'success'],
    ['reschedule', 'cancelled', 'A', 'conflict appointment-cancelled'],
    ['reschedule', 'booked', 'C', 'conflict moved-elsewhere'],
  ])('%s: once the appointment is %s at slot %s the intent is void: %s', async (operation, status, at, outcome) => {
    const domain: Domain = {
      write: () => stale,
      appointment: (nth) => appointment(nth === 0 ? {} : { status, slot: [{ reference: `Slot/${at}` }] }),
    };
    expect(await meaning(operation, domain)).toBe(outcome);
  });

  test.each(['cancel', 'reschedule', 'hold'])('%s gives up after two more tries', async (operation) => {
    await atDomain({ write: () => stale }, async (connector, call, asked) => {
      await OPERATIONS[operation]?.(connector, call);
      expect(asked.filter(({ method }) => method === 'PATCH')).toHaveLength(3);
    });
  });
});

test.each([
  ['cancel', 'is-cancelable', 'invalid not-cancelable'],
  ['reschedule', 'is-reschedulable', 'invalid not-reschedulable'],
])('%s is not sent where the domain says %s: false', async (operation, name, outcome) => {
  const extension = [{ url: `https://fhir-ehr.cerner.com/r4/StructureDefinition/${name}`, valueBoolean: false }];
  const domain: Domain = { write: () => ({ status: 500 }), appointment: () => appointment({ extension }) };
  expect(await meaning(operation, domain)).toBe(outcome);
});

test('every change carries If-Match and the patch media type, every request our reference', async () => {
  await atDomain({ write: () => ({ status: 200, headers: { etag: 'W/"1"' } }) }, async (connector, call, asked) => {
    for (const operation of ['cancel', 'reschedule', 'hold']) await OPERATIONS[operation]?.(connector, call);
    const patches = asked.filter(({ method }) => method === 'PATCH');
    expect(patches).toHaveLength(3);
    for (const { headers } of patches) {
      expect(headers).toMatchObject({ 'if-match': 'W/"0"', 'content-type': 'application/json-patch+json' });
    }
    for (const { headers } of asked) expect(headers['x-correlation-id']).toBe(call.transactionId);
  });
});

describe('an appointment that does not name its slot is ours', () => {
  const shownAt = (start: string, practitionerId: string): object =>
    appointment({ start, slot: undefined, participant: [{ actor: { reference: `Practitioner/${practitionerId}` } }] });
  test.each([
    [
      'by start and practitioner',
      [shownAt('2027-03-08T09:00:00-06:00', '593923')],
      { kind: 'found', externalId: '20465903' },
    ],
    ['not when it only ends then', [shownAt('2027-03-08T14:45:00Z', '593923')], { kind: 'absent' }],
    ['not with somebody else', [shownAt('2027-03-08T15:00:00Z', '1')], { kind: 'absent' }],
  ])('%s', async (_, found, finding) => {
    await atDomain({ write: () => 'reset', found }, async (connector, call) => {
      expect(await connector.lookup(call, { kind: 'book', ...booking, knownExternalIds: [] })).toEqual(finding);
    });
  });

  test('unless there are two of them', async () => {
    const found = [
      shownAt('2027-03-08T15:00:00Z', '593923'),
      { ...shownAt('2027-03-08T15:00:00Z', '593923'), id: '2' },
    ];
    await atDomain({ write: () => 'reset', found }, async (connector, call) => {
      const finding = await connector.lookup(call, { kind: 'book', ...booking, knownExternalIds: [] });
      expect(finding).toEqual({ kind: 'inconclusive', reason: 'several-appointments' });
    });
  });
});
