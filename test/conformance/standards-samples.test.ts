/**
 * Samples of standards that no connection speaks: answers are played to the adapter whose contract is the nearest, what they show is
 * read by its mappings, and the rest goes through the codec. What each comes to is in docs/samples.md.
 */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  fhirClient,
  readFhirNotification,
  type BookRequest,
  type Connector,
  type Outcome,
  type PushedChange,
} from '#adapter-kit';
import cerner from '../../adapters/cerner/index.ts';
import epic from '../../adapters/epic/index.ts';
import { answering, type Reply } from '../support/answering-server.ts';
import { collect, testCall, type TestCall } from '../support/call.ts';
import { classOf, classOfError, expectedClass, openCorpus, replyOf, type HttpSample } from '../support/samples.ts';
import { wantedOf } from './samples/disagreements.ts';

const bars = openCorpus('bars');
const DIRECTORIES = [
  bars,
  openCorpus('fhir-core'),
  openCorpus('gpconnect'),
  openCorpus('ihe'),
  openCorpus('push'),
  openCorpus('standards'),
];
const entries = DIRECTORIES.flatMap((corpus) => corpus?.entries ?? []);

const bytesOf = (file: string): string => bars?.bytes(file).toString('utf8') ?? '';
const httpOf = (file: string): HttpSample => JSON.parse(bytesOf(file)) as HttpSample;
const expectOf = (file: string) => entries.find((entry) => entry.file === file)?.expect ?? {};

const SLOT = {
  externalId: 'A',
  providerExternalId: '593923',
  locationExternalId: '21304876',
  start: '2027-03-08T15:00:00Z',
  end: '2027-03-08T15:15:00Z',
  timeZone: 'America/Chicago',
  mode: 'in-person',
  seat: 1,
  details: {},
} as const;
const booking: BookRequest = {
  slot: SLOT,
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
const existing = { ...booking, externalId: '9', identifiers: [] };

const FHIR = { 'content-type': 'application/fhir+json' };
const ok = (body: object): Reply => ({ status: 200, headers: FHIR, body: JSON.stringify(body) });
const TOKEN: Reply = { status: 200, body: '{"access_token":"t","token_type":"Bearer","expires_in":570}' };

interface Domain {
  /** Answers every change. */
  readonly write?: Reply;
  /** Answers a search of slots. */
  readonly search?: Reply;
}

/** A domain with one free slot and one appointment, that answers as a sample says where it is asked like that. */
async function atDomain<T>(
  { write = 'reset', search = 'reset' }: Domain,
  work: (connector: Connector, call: TestCall) => Promise<T>,
): Promise<T> {
  await using site = await answering(({ method, path }) => {
    if (path.startsWith('/token')) return TOKEN;
    if (method !== 'GET') return write;
    if (path.startsWith('/r4/t/Slot?service-type')) return search;
    const meta = { versionId: '0' };
    if (path.startsWith('/r4/t/Slot?'))
      return ok({
        resourceType: 'Bundle',
        entry: [{ resource: { resourceType: 'Slot', id: 'A', meta, status: 'free' } }],
      });
    if (path.startsWith('/r4/t/Patient/')) return ok({ resourceType: 'Patient', id: '12724066', active: true });
    const appointment = {
      resourceType: 'Appointment',
      id: '9',
      meta,
      status: 'booked',
      slot: [{ reference: 'Slot/A' }],
    };
    return path.startsWith('/r4/t/Appointment/') ? ok(appointment) : ok({ resourceType: 'Bundle', entry: [] });
  });
  const connector = cerner.connect({
    config: {
      baseUrl: `${site.url}/r4/t/`,
      tokenUrl: `${site.url}/token`,
      clientId: 'client',
      serviceTypes: [{ code: '24477854', mode: 'in-person' }],
      practitionerIds: ['593923'],
      locationIds: ['21304876'],
      organizationId: '675844',
      defaultTimeZone: 'America/Chicago',
    },
    secrets: { clientSecret: 'secret' },
  });
  return await work(connector, testCall({ adapter: 'cerner', urls: [site.url] }));
}

type Write = (connector: Connector, call: TestCall) => Promise<Outcome>;
const book: Write = (connector, call) => connector.book(call, booking);
const cancel: Write = (connector, call) => connector.cancel(call, existing);
const hold: Write = (connector, call) =>
  connector.hold?.(call, { slot: SLOT, release: false }) ?? Promise.reject(new Error('cannot hold'));

/** A status and a body, as the answer to a change. */
const toWrite =
  (write: Write, status: number, headers: Readonly<Record<string, string>> = {}) =>
  (file: string): Promise<string> =>
    atDomain({ write: { status, headers: { ...FHIR, ...headers }, body: bytesOf(file) } }, (connector, call) =>
      classOf(call, write(connector, call)),
    );

/** The same, as the answer to a search. */
const toSearch =
  (status: number) =>
  (file: string): Promise<string> =>
    atDomain({ search: { status, headers: FHIR, body: bytesOf(file) } }, async (connector, call) => {
      const window = { from: '2027-03-08T00:00:00Z', to: '2027-03-09T00:00:00Z' };
      return collect(connector.findSlots?.(call, window)).then(
        () => 'success',
        (error: unknown) => classOfError(error, call),
      );
    });

/** A whole exchange, as the answer to a change. */
const exchanged =
  (write: Write) =>
  (file: string): Promise<string> =>
    atDomain({ write: replyOf(httpOf(file), 'https://nowhere.example', '') }, (connector, call) =>
      classOf(call, write(connector, call)),
    );

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A whole exchange, as the answer to $book. */
async function toBookOperation(file: string): Promise<string> {
  const contained = [{ resourceType: 'Slot', id: 'A', status: 'free', start: SLOT.start, end: SLOT.end }];
  const offer = {
    resourceType: 'Appointment',
    id: 'token',
    status: 'proposed',
    start: SLOT.start,
    end: SLOT.end,
    contained,
    slot: [{ reference: '#A' }],
  };
  await using site = await answering(({ path }, url) => {
    if (path.endsWith('/token')) return TOKEN;
    if (path.endsWith('$find')) return ok({ resourceType: 'Bundle', type: 'searchset', entry: [{ resource: offer }] });
    if (path.endsWith('$book')) return replyOf(httpOf(file), 'https://nowhere.example', url);
    return ok({ resourceType: 'Bundle', type: 'searchset', total: 0, entry: [] });
  });
  const connector = epic.connect({
    config: {
      baseUrl: site.url,
      clientId: 'client',
      keyId: 'key',
      csnSystem: 'urn:oid:1.2.840.114350.1.13.861.1.7.3.698084.8',
      visitTypes: [{ system: 'urn:x', code: '1', mode: 'in-person' }],
      specialties: [{ system: 'urn:x', code: '1' }],
      probePatientId: 'x',
      defaultTimeZone: 'America/New_York',
    },
    secrets: { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
  });
  const call = testCall({ adapter: 'epic', urls: [site.url] });
  return await classOf(call, connector.book(call, booking));
}

/** What a mapping reads in a resource, or in a bundle of them, that came over the FHIR codec. */
const readBy =
  (adapter: 'epic' | 'cerner', mapping: string, wanted: readonly object[]) =>
  async (file: string): Promise<string> => {
    const body = await overTheCodec(file);
    const bundle = body['resourceType'] === 'Bundle' ? body : { resourceType: 'Bundle', entry: [{ resource: body }] };
    expect(testCall({ adapter, urls: [] }).map(mapping, bundle)).toMatchObject(wanted);
    return 'success';
  };

/** As the FHIR client reads it. */
async function overTheCodec(file: string): Promise<Record<string, unknown>> {
  await using site = await answering(() => ({ status: 200, headers: FHIR, body: bytesOf(file) }));
  const call = testCall({ adapter: 'cerner', urls: [site.url] });
  return { ...(await fhirClient(call, { baseUrl: site.url, bearerToken: 't' }).request('x', { method: 'GET' })) };
}

/** Of what the hub neither asks nor is told: it is well-formed, and no mapping takes it for something else. */
const codecOnly =
  (resourceType: string | undefined, comes: string) =>
  async (file: string): Promise<string> => {
    const body = await overTheCodec(file);
    expect(body['resourceType']).toBe(resourceType);
    return comes;
  };

const pushed =
  (changes: readonly PushedChange[], numbers?: readonly number[]) =>
  async (file: string): Promise<string> => {
    const body = openCorpus('push')?.bytes(file) ?? Buffer.alloc(0);
    const read = readFhirNotification({ contentType: 'application/fhir+json', body });
    expect([read.changes, read.counted?.numbers]).toEqual([changes, numbers]);
    return 'success';
  };

const located = (id: string): Record<string, string> => ({ location: `https://nowhere.example/Appointment/${id}` });
const appointment = (externalId: string, status: string): object => ({ externalId, status });

const REPLAYS: Readonly<Record<string, (file: string) => Promise<string>>> = {
  'bars/401-SEND_UNAUTHORIZED-expired-operationoutcome.json': toWrite(book, 401),
  'bars/404-REC_NOT_FOUND-not-found-operationoutcome.json': toWrite(book, 404),
  'bars/408-REC_TIMEOUT-timeout-operationoutcome.json': async (file) => {
    expect(await toSearch(408)(file)).toBe('transient');
    return toWrite(book, 408)(file);
  },
  'bars/409-REC_CONFLICT-conflict-operationoutcome.json': toWrite(book, 409),
  'bars/422-REC_UNPROCESSABLE_ENTITY-too-costly-operationoutcome.json': toSearch(422),
  'bars/429-SEND_TOO_MANY_REQUESTS-throttled-operationoutcome.json': toWrite(book, 429),
  'bars/500-REC_SERVER_ERROR-transient-operationoutcome.json': async (file) => {
    expect(await toWrite(book, 500)(file)).toBe('unknown');
    return toSearch(500)(file);
  },
  'bars/501-REC_NOT_IMPLEMENTED-not-supported-operationoutcome.json': toWrite(book, 501),
  'bars/503-REC_SERVICE_UNAVAILABLE-transient-operationoutcome.json': async (file) => {
    expect(await toWrite(book, 503)(file)).toBe('unknown');
    return toSearch(503)(file);
  },
  'bars/GET-success-appointment.json': readBy('epic', 'appointment', [
    appointment('c3f6145e-1a26-4345-b3f2-dccbcba62049', 'booked'),
    appointment('91607239-b002-470a-8709-6b25bd50fdd1', 'booked'),
  ]),
  'fhir-core/r4-appointment-example.json': readBy('epic', 'appointment', [appointment('example', 'booked')]),
  'fhir-core/r4-operationoutcome-example.json': async (file) => {
    expect(await toWrite(book, 400)(file)).toBe('invalid');
    return 'success';
  },
  'fhir-core/r4-schedule-example.json': codecOnly('Schedule', 'success'),
  'fhir-core/r4-slot-example.json': codecOnly('Slot', 'success'),
  // A change is answered with the version of now, whatever the body shows.
  'gpconnect/amend_appt_response_example.json': async (file) => {
    await readBy('cerner', 'appointment', [{ ...appointment('9', 'booked'), version: '6360688180953112345' }])(file);
    return toWrite(cancel, 200, { etag: 'W/"6360688180953112345"' })(file);
  },
  'gpconnect/book_appt_request_example.json': codecOnly('Appointment', 'success'),
  // 201, Location and a body: the Location says what was made.
  'gpconnect/book_appt_response_example.json': toWrite(book, 201, located('9')),
  'gpconnect/cancel_appt_request_example.json': codecOnly('Appointment', 'success'),
  'gpconnect/cancel_appt_response_example.json': async (file) => {
    await readBy('cerner', 'appointment', [appointment('9', 'cancelled')])(file);
    return toWrite(cancel, 200, { etag: 'W/"2"' })(file);
  },
  'gpconnect/read_appt_response_example.json': readBy('cerner', 'appointment', [
    { ...appointment('148', 'booked'), slotExternalId: '544', patientExternalId: '2', providerExternalId: '2' },
  ]),
  'gpconnect/search_for_free_slots_response_example.json': async (file) => {
    await readBy('epic', 'provider', [{ externalId: '2', name: { family: 'Black' } }])(file);
    return readBy('cerner', 'slot-state', [
      { externalId: '1584', status: 'free' },
      { externalId: '1644', status: 'free' },
    ])(file);
  },
  'ihe/example-appointment.json': readBy('epic', 'appointment', [appointment('appt1-1', 'booked')]),
  'ihe/example-iti-scheduling-bundle.json': readBy('epic', 'appointment', [
    appointment('proposed-appt1a-1', 'proposed'),
    appointment('proposed-appt1a-2', 'proposed'),
    { status: 'proposed' },
  ]),
  'ihe/example-practitioner.json': readBy('epic', 'provider', [{ externalId: 'dr-y', name: { family: 'Y' } }]),
  // The endpoint's own answers to them: test/integration/push.test.ts.
  'push/r4-backport-event.json': pushed([{ kind: 'slot', externalId: '1' }], [7]),
  'push/r4-backport-heartbeat.json': pushed([], []),
  'push/r4-plain-resthook-empty.json': pushed([{ kind: 'anything' }]),
  'push/smart-links-bulk-publish.json': codecOnly(undefined, 'success'),
  'standards/argonaut-book-200-cancelled.http.json': async (file) => {
    expect(await toBookOperation(file)).not.toBe('success');
    return exchanged(book)(file);
  },
  'standards/argonaut-hold-200-pending.http.json': exchanged(hold),
  'standards/gpconnect-book-409-duplicate.http.json': exchanged(book),
  'standards/gpconnect-patient-404.http.json': exchanged(book),
  'standards/gpconnect-ssp-502.http.json': exchanged(book),
  'standards/ihe-book-200-outcome-only.http.json': async (file) => {
    expect(await toBookOperation(file)).not.toBe('success');
    return exchanged(book)(file);
  },
};

if (bars === undefined) {
  test('the sample corpus is not on this machine: set TESSERA_SAMPLES to its directory to replay it', () => {
    expect(process.env['TESSERA_SAMPLES']).toBeUndefined();
  });
} else {
  test('every sample is replayed', () => {
    expect(entries.map(({ file }) => file).toSorted()).toEqual(Object.keys(REPLAYS).toSorted());
  });

  describe('each sample comes to what the corpus expects, or to what docs/samples.md says', () => {
    test.each(entries.map(({ file }) => file))('%s', async (file) => {
      // Of what is no answer, that it can be read is all that is expected.
      const expected = expectedClass(expectOf(file)) || 'success';
      expect(await REPLAYS[file]?.(file)).toBe(wantedOf(file, expected));
    });
  });
}
