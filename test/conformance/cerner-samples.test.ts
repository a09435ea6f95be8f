/** Every sample of the corpus through the adapter, or through its table where no operation of the adapter asks that question. */
import { describe, expect, test } from '@jest/globals';
import type { BookRequest, Connector, Finding, FoundSlot, RescheduleRequest, SlotAtHis } from '#adapter-kit';
import adapter from '../../adapters/cerner/index.ts';
import { classify } from '../../adapters/cerner/classify.ts';
import { answering, type Asked, type Reply } from '../support/answering-server.ts';
import { collect, testCall, type TestCall } from '../support/call.ts';
import {
  classOf,
  classOfError,
  expectedClass,
  openCorpus,
  replyOf,
  type HttpSample,
  type SampleEntry,
} from '../support/samples.ts';
import { wantedOf } from './samples/disagreements.ts';

const corpus = openCorpus('oracle');

const FHIR_HOST = 'https://fhir-ehr-code.cerner.com';
const TENANT = 'ec2458f2-1e24-41c8-b71b-0e701af7583d';
const TOKEN_PATH = `/tenants/${TENANT}/protocols/oauth2/profiles/smart-v1/token`;
const SLOT = '24477854-21304876-62852027-0';
const OTHER_SLOT = '24477854-21304876-62852027-15';
const CANCELLATION = { system: `https://fhir.cerner.com/${TENANT}/codeSet/14229`, code: '2191414701' };

interface Site {
  readonly connector: Connector;
  readonly call: TestCall;
  readonly asked: readonly Asked[];
  /** What the sample asks, as it was asked here. */
  question(): Asked | undefined;
}

interface Surroundings {
  /** What a slot is when it is read by its id. */
  readonly slotStatus?: 'free' | 'busy';
  /** Version of the appointment before it is changed. */
  readonly version?: string;
  /** The sample that a search for free slots begins with. */
  readonly firstPage?: string;
}

/** A domain that answers the question of `file` as the sample says, and all others so that the adapter comes to ask it. */
async function atSite<T>(file: string, around: Surroundings, work: (site: Site) => Promise<T>): Promise<T> {
  const sample = sampleOf(file);
  const isQuestion = asksLike(sample);
  await using site = await answering((asked, url) => {
    if (isQuestion(asked, url)) return replyOf(sample, FHIR_HOST, url);
    return surrounding(asked, url, around);
  });
  const connector = adapter.connect({
    config: {
      baseUrl: `${site.url}/r4/${TENANT}`,
      tokenUrl: `${site.url}${TOKEN_PATH}`,
      clientId: 'client',
      serviceTypes: [
        { system: `https://fhir.cerner.com/${TENANT}/codeSet/14249`, code: '24477854', mode: 'in-person' },
      ],
      practitionerIds: ['593923'],
      locationIds: ['21304876'],
      organizationId: '675844',
      cancellationReason: CANCELLATION,
      defaultTimeZone: 'America/Chicago',
    },
    secrets: { clientSecret: 'secret' },
  });
  const isSilent = 'transport' in sample.response && sample.response.transport === 'timeout';
  const call = testCall({
    adapter: 'cerner',
    urls: [site.url],
    transactionId: '01HZX3',
    ...(isSilent ? { signal: AbortSignal.timeout(300) } : {}),
  });
  const question = (): Asked | undefined => site.asked.find((asked) => isQuestion(asked, site.url));
  return await work({ connector, call, asked: site.asked, question });
}

/** A search is like another when it is for the same kind of thing in the same way: by id, by page, or by what is wanted. */
function asksLike({ request }: HttpSample): (asked: Asked, url: string) => boolean {
  const kindOf = (method: string, { pathname, searchParams }: URL): string => {
    const how = ['_id', '-pageContext', 'service-type', 'patient', 'identifier'].find((name) => searchParams.has(name));
    return `${method} ${pathname} ${how ?? ''}`;
  };
  const wanted = kindOf(request.method, new URL(request.url));
  return ({ method, path }, url) => kindOf(method, new URL(path, url)) === wanted;
}

function surrounding(
  { method, path }: Asked,
  url: string,
  { slotStatus = 'busy', version = '0', firstPage }: Surroundings,
): Reply {
  const { pathname, searchParams } = new URL(path, url);
  if (firstPage !== undefined && searchParams.has('service-type')) return replyOf(sampleOf(firstPage), FHIR_HOST, url);
  if (pathname === TOKEN_PATH)
    return { status: 200, body: '{"access_token":"t","token_type":"Bearer","expires_in":570}' };
  const entries = (...resources: readonly object[]): Reply => ({
    status: 200,
    body: JSON.stringify({ resourceType: 'Bundle', entry: resources.map((resource) => ({ resource })) }),
  });
  if (method === 'GET' && pathname.endsWith('/Slot') && searchParams.has('_id')) {
    const meta = { versionId: '410v795030969834' };
    return entries({ resourceType: 'Slot', id: searchParams.get('_id'), meta, status: slotStatus });
  }
  if (method === 'GET' && pathname.endsWith('/Appointment/20465903')) {
    const slot = [{ reference: `Slot/${SLOT}` }];
    const start = '2027-03-08T15:00:00Z';
    const body = {
      resourceType: 'Appointment',
      id: '20465903',
      meta: { versionId: version },
      status: 'booked',
      start,
      slot,
    };
    return { status: 200, headers: { etag: `W/"${version}"` }, body: JSON.stringify(body) };
  }
  if (method === 'GET' && pathname.includes('/Patient/'))
    return { status: 200, body: JSON.stringify({ resourceType: 'Patient', id: '12724066', active: true }) };
  return method === 'GET' ? entries() : { status: 404 };
}

function sampleOf(file: string): HttpSample {
  if (corpus === undefined) throw new Error('no corpus');
  return corpus.http(file);
}

const slotOf = (externalId: string): SlotAtHis => ({
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
  slot: slotOf(SLOT),
  patient: {
    externalId: '12724066',
    name: { given: ['Nancy'], family: 'Smart' },
    birthDate: '1990-09-15',
    email: null,
    phone: null,
    address: null,
    identifiers: [{ system: 'urn:oid:2.16.840.1.113883.6.1000', value: '6931' }],
  },
  mode: 'in-person',
  reason: 'Follow-up',
};
const moving: RescheduleRequest = { ...booking, externalId: '20465903', identifiers: [], to: slotOf(OTHER_SLOT) };

type Replay = (site: Site, file: string) => Promise<string>;

const find = ({ connector, call }: Site): Promise<FoundSlot[]> =>
  collect(connector.findSlots?.(call, { from: '2027-03-08T00:00:00Z', to: '2027-03-15T00:00:00Z' }));
const findFails: Replay = async (site) => {
  const error: unknown = await find(site).catch((thrown: unknown) => thrown);
  return classOfError(error, site.call);
};
const book: Replay = ({ connector, call }) => classOf(call, connector.book(call, booking));
const lookUp = ({ connector, call }: Site): Promise<Finding> =>
  connector.lookup(call, { kind: 'book', ...booking, knownExternalIds: [] });
const cancel: Replay = ({ connector, call }) => classOf(call, connector.cancel(call, moving));
const reschedule: Replay = ({ connector, call }) =>
  classOf(call, connector.reschedule?.(call, moving) ?? Promise.reject(new Error('cannot reschedule')));
const hold: Replay = ({ connector, call }) =>
  classOf(
    call,
    connector.hold?.(call, { slot: booking.slot, release: false }) ?? Promise.reject(new Error('cannot hold')),
  );

/** The meaning of an answer to a question that the adapter asks in other words. */
const meaning: Replay = (_, file) => {
  const { response } = sampleOf(file);
  if ('transport' in response) throw new Error(`${file} is no answer`);
  const answer = { status: response.status, headers: new Headers(response.headers), body: response.body };
  return Promise.resolve(classify(answer, 'read', { notProcessedStatuses: [], nowMs: 0 }).class);
};

/** What was sent is what the sample sends. */
function expectSent({ question }: Site, file: string): void {
  expect(JSON.parse(question()?.body ?? '')).toEqual(sampleOf(file).request.body);
}

/** The slots of one page, as many as the manifest says. */
const page = (site: Site, file: string): FoundSlot[] => {
  const { response } = sampleOf(file);
  const slots = site.call.map('slot', {
    bundle: 'body' in response ? response.body : undefined,
    practitionerId: '593923',
    serviceType: { code: '24477854', mode: 'in-person' },
  }) as FoundSlot[];
  expect(slots).toHaveLength(Number(expectOf(file)['slots']));
  return slots;
};

/** What each sample comes to: its class, after everything else that the manifest promises of it has been checked. */
const REPLAYS: Readonly<Record<string, Replay>> = {
  'any-401-token-expired': meaning,
  'any-403-tenant': meaning,
  'any-406': meaning,
  'any-429': async (site, file) => {
    expect(await findFails(site, file)).toBe('transient');
    return meaning(site, file);
  },
  'any-500-required': meaning,
  'appointment-read-200': async ({ connector, call }) => {
    // Where it is already is where it is to go, so nothing is sent.
    const outcome = await connector.reschedule?.(call, { ...moving, slot: slotOf(OTHER_SLOT), to: booking.slot });
    expect(outcome).toEqual({ class: 'success', externalId: '20465903', version: '0' });
    expect(call.recorder.writeSent).toBe(false);
    return 'success';
  },
  'appointment-read-404': async ({ connector, call }) => {
    const unknown = { ...moving, externalId: '1' };
    expect(await connector.lookup(call, { kind: 'cancel', ...unknown })).toMatchObject({ kind: 'found' });
    return classOf(call, connector.cancel(call, unknown));
  },
  'appointment-search-200-resolve': async (site, file) => {
    expect(await lookUp(site)).toEqual({ kind: 'found', externalId: expectOf(file)['resolvesTo'] });
    const sent = new URL(site.question()?.path ?? '', FHIR_HOST).searchParams;
    expect([...sent]).toEqual([...new URL(sampleOf(file).request.url).searchParams]);
    return 'success';
  },
  'book-201': async (site, file) => {
    const outcome = await site.connector.book(site.call, booking);
    const { appointmentId, version } = expectOf(file);
    expect(outcome).toEqual({ class: 'success', externalId: appointmentId, version });
    expectSent(site, file);
    expect(site.asked.at(-1)).toMatchObject({ method: 'GET', path: expect.stringMatching(/\/Appointment\/20465903$/) });
    return outcome.class;
  },
  'book-400-reason-too-long': book,
  'book-422-slot-taken': book,
  'book-422-unsupported-field': book,
  'book-503-retry-after': book,
  'book-reset-before-commit': book,
  'book-timeout-after-commit': book,
  'bundle-422-batch': meaning,
  'cancel-200': async (site, file) => {
    const outcome = await site.connector.cancel(site.call, moving);
    expect(outcome).toEqual({ class: 'success', externalId: '20465903', version: '2' });
    expectSent(site, file);
    expect(site.question()?.headers['if-match']).toBe('W/"1"');
    return outcome.class;
  },
  'cancel-412-missing-if-match': cancel,
  'cancel-423-locked': cancel,
  'patient-search-200': async ({ connector, call }) => {
    const match = await connector.matchPatient?.(call, booking.patient);
    expect(match).toMatchObject({ kind: 'one', evidence: { externalId: '12724066' } });
    return 'success';
  },
  'reschedule-200': async (site, file) => {
    const outcome = await site.connector.reschedule?.(site.call, moving);
    expect(outcome).toEqual({ class: 'success', externalId: '20465903', version: expectOf(file)['version'] });
    expectSent(site, file);
    return 'success';
  },
  'reschedule-409-stale': async (site, file) => {
    const outcome = await reschedule(site, file);
    expect(site.asked.filter(({ method }) => method === 'PATCH')).toHaveLength(3);
    return outcome;
  },
  'reschedule-422-target-taken': reschedule,
  'slot-hold-200': async (site, file) => {
    const outcome = await site.connector.hold?.(site.call, { slot: booking.slot, release: false });
    expect(outcome).toEqual({ class: 'success', externalId: SLOT, version: expectOf(file)['newVersion'] });
    expectSent(site, file);
    expect(site.question()?.headers['if-match']).toBe('W/"410v795030969834"');
    return 'success';
  },
  'slot-hold-409': hold,
  'slot-read-200-busy': async (site) => {
    expect(await lookUp(site)).toEqual({ kind: 'taken' });
    return 'success';
  },
  'slot-search-200-empty': async (site) => {
    expect(await find(site)).toEqual([]);
    return 'success';
  },
  'slot-search-200-page1': async (site, file) => {
    expect(await find(site)).toEqual(page(site, file));
    const { next } = expectOf(file);
    expect(site.asked.at(-1)?.path).toBe(String(next).replace(FHIR_HOST, ''));
    return 'success';
  },
  'slot-search-200-page2-dup': async (site, file) => {
    const found = (await find(site)).map(({ externalId }) => externalId);
    const second = page(site, file).map(({ externalId }) => externalId);
    expect(second).toContain(expectOf(file)['dedupe']);
    expect(found).toEqual([...new Set([SLOT, OTHER_SLOT, ...second])]);
    return 'success';
  },
  'slot-search-400-no-start': findFails,
  'token-200': async (site) => {
    await find(site);
    // Narrower than asked for: reading works, and a booking is stopped before it is sent.
    const error: unknown = await site.connector.book(site.call, booking).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'unauthorised', reason: 'scope-missing' });
    expect(site.call.recorder.writeSent).toBe(false);
    const sent = new URLSearchParams(site.question()?.body);
    expect(sent.get('grant_type')).toBe('client_credentials');
    expect(sent.get('scope')).toContain('system/Appointment.write system/');
    expect(site.question()?.headers['authorization']).toBe(`Basic ${Buffer.from('client:secret').toString('base64')}`);
    return 'success';
  },
  'token-400-invalid-client': async (site, file) => {
    const outcome = await findFails(site, file);
    expect(site.asked).toHaveLength(1);
    return outcome;
  },
};

/** What stands around a sample: without it, the slot is busy and the appointment at version 0. */
const SURROUNDINGS: Readonly<Record<string, Surroundings>> = {
  'book-422-unsupported-field': { slotStatus: 'free' },
  'cancel-200': { version: '1' },
  'slot-hold-200': { slotStatus: 'free' },
  'slot-hold-409': { slotStatus: 'free' },
  'slot-search-200-page2-dup': { firstPage: 'oracle/slot-search-200-page1.http.json' },
};

function expectOf(file: string): SampleEntry['expect'] {
  return corpus?.entries.find((entry) => entry.file === file)?.expect ?? {};
}

const nameOf = (file: string): string => file.replace('oracle/', '').replace('.http.json', '');

if (corpus === undefined) {
  test('the sample corpus is not on this machine: set TESSERA_SAMPLES to its directory to replay it', () => {
    expect(process.env['TESSERA_SAMPLES']).toBeUndefined();
  });
} else {
  const files = corpus.entries.map(({ file }) => file);

  test('every sample is replayed', () => {
    expect(files.filter((file) => REPLAYS[nameOf(file)] === undefined)).toEqual([]);
  });

  describe('each sample comes to what the corpus expects', () => {
    test.each(files)('%s', async (file) => {
      const replay = REPLAYS[nameOf(file)];
      const came = await atSite(file, SURROUNDINGS[nameOf(file)] ?? {}, async (site) => replay?.(site, file));
      expect(came).toBe(wantedOf(file, expectedClass(expectOf(file))));
    });
  });
}
