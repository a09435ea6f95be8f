/** Every sample of the corpus through the adapter, or through its table where no operation of the adapter asks that question. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { BookRequest, Connector, Finding } from '#adapter-kit';
import adapter from '../../adapters/epic/index.ts';
import { classify, classifyService } from '../../adapters/epic/classify.ts';
import { answering, type Asked } from '../support/answering-server.ts';
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
import { notAskedIn, wantedOf } from './samples/disagreements.ts';

const corpus = openCorpus('epic');

const HOST = 'https://fhir.epic.com/interconnect-fhir-oauth';
const CSN_SYSTEM = 'urn:oid:1.2.840.114350.1.13.861.1.7.3.698084.8';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

interface Site {
  readonly connector: Connector;
  readonly call: TestCall;
  readonly asked: readonly Asked[];
}

/** A site that answers the question of `file` as the sample says, and all others so that the adapter comes to ask it. */
async function atSite<T>(file: string, work: (site: Site) => Promise<T>): Promise<T> {
  const sample = sampleOf(file);
  // Searches of appointments are asked in R4, whichever version the sample was taken from.
  const versionless = (path: string): string => path.replace('/FHIR/STU3/Appointment', '/FHIR/R4/Appointment');
  const question = versionless(new URL(sample.request.url).pathname.replace('/interconnect-fhir-oauth', ''));
  const offered = sampleOf('epic/find-200-again-new-ids.http.json');
  await using site = await answering(({ path }, url) => {
    const { pathname, searchParams } = new URL(path, url);
    if (searchParams.has('sessionID') || searchParams.has('identifier')) return { status: 200, body: EMPTY };
    if (versionless(pathname) === question) return replyOf(sample, HOST, url);
    if (pathname === '/oauth2/token')
      return { status: 200, body: '{"access_token":"t","token_type":"bearer","expires_in":3600}' };
    if (pathname.endsWith('/$find')) return replyOf(offered, HOST, url);
    return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>Not Found</html>' };
  });
  const connector = adapter.connect({
    config: {
      baseUrl: site.url,
      clientId: 'client',
      keyId: 'key',
      csnSystem: CSN_SYSTEM,
      visitTypes: [{ system: 'urn:oid:1.2.840.114350.1.13.861.1.7.3.808267.11', code: '40111223', mode: 'in-person' }],
      specialties: [{ system: 'urn:x', code: '1' }],
      probePatientId: PATIENT,
      defaultTimeZone: 'America/New_York',
      interconnect: { user: 'HUBUSER', patientIdType: 'External', patientIdSystem: 'urn:external' },
    },
    secrets: { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), interconnectPassword: 'p' },
  });
  const isSilent = 'transport' in sample.response && sample.response.transport === 'timeout';
  const call = testCall({
    adapter: 'epic',
    urls: [site.url],
    transactionId: '01HZX3',
    ...(isSilent ? { signal: AbortSignal.timeout(300) } : {}),
  });
  return await work({ connector, call, asked: site.asked });
}

const EMPTY = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: 0, entry: [] });
const PATIENT = 'erXuFYUfucBZaryVksYEcMg3';

function sampleOf(file: string): HttpSample {
  if (corpus === undefined) throw new Error('no corpus');
  return corpus.http(file);
}

function booking(start = '2027-03-08T15:00:00Z'): BookRequest {
  return {
    slot: {
      externalId: 'eSlot.A',
      providerExternalId: 'eM5CWtq15N0WJeuCet5bJlQ3',
      locationExternalId: 'eULujY-VWnFz-tbLqZ39RjA3',
      start,
      end: new Date(Date.parse(start) + 1_800_000).toISOString(),
      timeZone: 'America/New_York',
      mode: 'in-person',
      seat: 1,
      details: {},
    },
    patient: {
      externalId: PATIENT,
      name: { given: ['Camila'], family: 'Lopez' },
      birthDate: '1987-09-12',
      email: null,
      phone: null,
      address: null,
      identifiers: [{ system: 'urn:external', value: 'Z17120' }],
    },
    mode: 'in-person',
    reason: null,
  };
}

const find = ({ connector, call }: Site) =>
  collect(connector.findSlots?.(call, { from: '2027-03-08T06:00:00Z', to: '2027-03-09T06:00:00Z' }));
const findFails = async (site: Site): Promise<string> => {
  const error: unknown = await find(site).catch((thrown: unknown) => thrown);
  return classOfError(error, site.call);
};
const book = async (site: Site): Promise<string> => classOf(site.call, site.connector.book(site.call, booking()));
const lookup = ({ connector, call }: Site, start?: string): Promise<Finding> =>
  connector.lookup(call, { kind: 'book', ...booking(start), knownExternalIds: [] });
const match = ({ connector, call }: Site) => connector.matchPatient?.(call, { ...booking().patient, identifiers: [] });

function meaning(file: string, table: typeof classify, intent: 'read' | 'book'): string {
  const { response } = sampleOf(file);
  if ('transport' in response) throw new Error(`${file} is no answer`);
  const answer = { status: response.status, headers: new Headers(response.headers), body: response.body };
  return table(answer, intent, { notProcessedStatuses: [], nowMs: 0 }).class;
}

/** What each sample comes to: its class, after everything else that the manifest promises of it has been checked. */
const REPLAYS: Readonly<Record<string, (site: Site, file: string) => Promise<string>>> = {
  'appointment-search-200-csn': async (site) => {
    const identifiers = [{ system: CSN_SYSTEM, value: '27702' }];
    expect(await lookup(site)).toEqual({ kind: 'found', externalId: 'eAppt.Booked-1', identifiers });
    return 'success';
  },
  'appointment-search-200-empty': async (site) => {
    expect(await lookup(site)).toEqual({ kind: 'absent' });
    return 'success';
  },
  'book-200': async ({ connector, call }) => {
    const outcome = await connector.book(call, booking());
    const identifiers = [{ system: CSN_SYSTEM, value: '27702' }];
    expect(outcome).toEqual({ class: 'success', externalId: 'eAppt.Booked-1', identifiers });
    return outcome.class;
  },
  'book-400-59159': book,
  'book-404-59144': async (site) => {
    const outcome = await book(site);
    expect(site.asked.filter(({ path }) => path.endsWith('$find'))).toHaveLength(2);
    return outcome;
  },
  'book-timeout-after-commit': book,
  'find-200-again-new-ids': async (site) => {
    expect((await find(site)).map(({ externalId }) => externalId)).toEqual(['eSlot.A']);
    return 'success';
  },
  'find-200-decision-tree': findFails,
  'find-200-none': async (site) => {
    expect(await find(site)).toEqual([]);
    return 'success';
  },
  'find-200-page1': async (site, file) => {
    expect((await find(site)).map(({ externalId }) => externalId)).toEqual(['eSlot.A', 'eSlot.B']);
    const [, first, next] = site.asked;
    expect([first?.method, next?.method, next?.path]).toEqual([
      'POST',
      'POST',
      expect.stringContaining('sessionID=34-3B2C&page=2'),
    ]);
    expect(next?.body).toBe(first?.body);
    expect(JSON.parse(first?.body ?? '')).toEqual(sampleOf(file).request.body);
    const { response } = sampleOf(file);
    const offers = site.call.map('offer', { bundle: 'body' in response ? response.body : undefined }) as {
      bookToken: string;
    }[];
    expect(offers.map(({ bookToken }) => bookToken)).toEqual(expectOf(file)['bookToken']);
    return 'success';
  },
  'find-reset': async (site) => {
    const outcome = await findFails(site);
    expect(site.asked.filter(({ path }) => path.endsWith('$find'))).toHaveLength(2);
    return outcome;
  },
  'gateway-503-html': findFails,
  'interconnect-patient-appointments-200': async (site, file) => {
    const found = await lookup(site, '2027-03-08T19:00:00Z');
    expect(found).toMatchObject({ kind: 'found', identifiers: [{ system: CSN_SYSTEM, value: '27703' }] });
    const asked = site.asked.find(({ path }) => path.includes('GETPATIENTAPPOINTMENTS'));
    expect(JSON.parse(asked?.body ?? '')).toEqual(sampleOf(file).request.body);
    return 'success';
  },
  'interconnect-schedule-400-aptwarn-25': (_, file) => Promise.resolve(meaning(file, classifyService, 'book')),
  'interconnect-schedule-400-aptwarn-27-34': (_, file) => Promise.resolve(meaning(file, classifyService, 'book')),
  'interconnect-schedule-400-slottaken': (_, file) => Promise.resolve(meaning(file, classifyService, 'book')),
  'patient-read-404-59144': (_, file) => Promise.resolve(meaning(file, classify, 'read')),
  'patient-search-200-many': async (site) => {
    // "many" is what the hub refuses as invalid, ambiguous-patient.
    expect(await match(site)).toEqual({ kind: 'many' });
    return 'invalid';
  },
  'patient-search-400-4127': async (site, file) => {
    expect(await match(site)).toEqual({ kind: 'many' });
    return meaning(file, classify, 'read');
  },
  'search-200-4119-partial': async (site) => {
    expect(await lookup(site)).toEqual({ kind: 'inconclusive', reason: 'partial-data' });
    return 'success';
  },
  'search-200-xml-default': async ({ call }, file) => {
    // The adapter always says what it accepts, and asks R4; whatever it asks is refused when it comes in XML.
    const { response } = sampleOf(file);
    return atXmlSite(response, call);
  },
  'token-200': async (site) => {
    await find(site);
    expect(site.asked.filter(({ path }) => path.endsWith('/token'))).toHaveLength(1);
    return 'success';
  },
  'token-400-invalid-client': async (site) => {
    const outcome = await findFails(site);
    expect(site.asked.filter(({ path }) => path.endsWith('/token'))).toHaveLength(2);
    return outcome;
  },
};

async function atXmlSite(response: HttpSample['response'], { transactionId }: TestCall): Promise<string> {
  if ('transport' in response) throw new Error('expected an answer');
  await using site = await answering(({ path }) =>
    path.endsWith('/token')
      ? { status: 200, body: '{"access_token":"t","token_type":"bearer","expires_in":3600}' }
      : { status: response.status, headers: response.headers, body: String(response.body) },
  );
  const connector = adapter.connect({
    config: {
      baseUrl: site.url,
      clientId: 'client',
      keyId: 'key',
      csnSystem: CSN_SYSTEM,
      visitTypes: [{ system: 'urn:x', code: '1', mode: 'in-person' }],
      specialties: [{ system: 'urn:x', code: '1' }],
      probePatientId: PATIENT,
      defaultTimeZone: 'America/New_York',
    },
    secrets: { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
  });
  const call = testCall({ adapter: 'epic', urls: [site.url], transactionId });
  const error: unknown = await lookup({ connector, call, asked: [] }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ reason: 'xml-reply', message: expect.stringContaining('application/fhir+xml') });
  return classOfError(error, call);
}

function expectOf(file: string): SampleEntry['expect'] {
  return corpus?.entries.find((entry) => entry.file === file)?.expect ?? {};
}

const nameOf = (file: string): string => file.replace('epic/', '').replace('.http.json', '');

if (corpus === undefined) {
  test('the sample corpus is not on this machine: set TESSERA_SAMPLES to its directory to replay it', () => {
    expect(process.env['TESSERA_SAMPLES']).toBeUndefined();
  });
} else {
  const files = corpus.entries.map(({ file }) => file);

  test('every sample is replayed, but those of services that are not called', () => {
    expect(files.filter((file) => REPLAYS[nameOf(file)] === undefined)).toEqual(notAskedIn('epic'));
  });

  describe('each sample comes to what the corpus expects', () => {
    test.each(files.filter((file) => !notAskedIn('epic').includes(file)))('%s', async (file) => {
      const replay = REPLAYS[nameOf(file)];
      const came = await atSite(file, async (site) => replay?.(site, file));
      expect(came).toBe(wantedOf(file, expectedClass(expectOf(file))));
    });
  });
}
