/** The sandbox's answers have the members and headers that the corpus's samples have, no more and no fewer. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FoundSlot } from '#adapter-kit';
import adapter from '../../adapters/cerner/index.ts';
import startSimulator from '../../adapters/cerner/simulator.ts';
import { members, openCorpus } from '../support/samples.ts';
import { startHospital, type SimulatedHospital } from '../support/simulated-hospital.ts';

const corpus = openCorpus('oracle');
const PATIENT = '12724066';
const SCOPES = ['Slot', 'Appointment', 'Patient'].flatMap((type) => [`system/${type}.read`, `system/${type}.write`]);

let hospital: SimulatedHospital;
let bearer = '';
let slots: FoundSlot[];

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  slots = (await hospital.slots()).filter(({ mode }) => mode === 'in-person');
  const { access_token: token } = JSON.parse((await askForToken()).text) as { access_token: string };
  bearer = token;
});
afterAll(() => hospital.close());

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function askForToken(secret?: string): Promise<Reply> {
  const { config, secrets } = hospital.simulator.connection;
  const client = `${String(config['clientId'])}:${secret ?? secrets['clientSecret'] ?? ''}`;
  return send(String(config['tokenUrl']), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(client).toString('base64')}` },
    body: `grant_type=client_credentials&scope=${encodeURIComponent(SCOPES.join(' '))}`,
  });
}

function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return send(`${String(hospital.simulator.connection.config['baseUrl'])}/${path}`, {
    method,
    headers: { accept: 'application/fhir+json', authorization: `Bearer ${bearer}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function nextSlot(): FoundSlot {
  const slot = slots.pop();
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return slot;
}

const create = (slotId: string, more: Readonly<Record<string, unknown>> = {}): Promise<Reply> =>
  ask('POST', 'Appointment', {
    resourceType: 'Appointment',
    status: 'booked',
    slot: [{ reference: `Slot/${slotId}` }],
    participant: [{ actor: { reference: `Patient/${PATIENT}` }, status: 'accepted' }],
    reasonCode: [{ text: 'Follow-up' }],
    ...more,
  });
const bookedPath = async (): Promise<string> => {
  const { headers } = await create(nextSlot().externalId);
  return `Appointment/${/Appointment\/(\d+)$/.exec(headers.get('location') ?? '')?.[1]}`;
};
const patch = (path: string, operations: unknown, version?: string): Promise<Reply> =>
  ask('PATCH', path, operations, {
    'content-type': 'application/json-patch+json',
    ...(version === undefined ? {} : { 'if-match': version }),
  });

const cancelling = [{ op: 'replace', path: '/status', value: 'cancelled' }];
const moving = (slotId: string) => [{ op: 'replace', path: '/slot', value: [{ reference: `Slot/${slotId}` }] }];
const holding = [{ op: 'replace', path: '/status', value: 'busy-tentative' }];
const search = (from: string, more = ''): Promise<Reply> =>
  ask(
    'GET',
    `Slot?service-type=24477854&-location=Location/21304876&start=ge${from}&start=lt2099-03-15T00:00:00Z&_count=2${more}`,
  );
const versionOf = async (slotId: string): Promise<string> => {
  const { entry } = JSON.parse((await ask('GET', `Slot?_id=${slotId}`)).text) as {
    entry: { resource: { meta: { versionId: string } } }[];
  };
  return `W/"${entry[0]?.resource.meta.versionId}"`;
};

/** How each sample's question is asked here. `more`, `fewer`: members in which the sandbox differs on purpose. */
const QUESTIONS: Readonly<
  Record<
    string,
    { readonly ask: () => Promise<Reply>; readonly more?: readonly string[]; readonly fewer?: readonly string[] }
  >
> = {
  'token-200': { ask: () => askForToken() },
  'token-400-invalid-client': { ask: () => askForToken('wrong') },
  'any-401-token-expired': { ask: () => ask('GET', 'Slot/1', undefined, { authorization: 'Bearer old' }) },
  'any-403-tenant': {
    ask: () =>
      send(`${hospital.simulator.url}/r4/00000000-0000-0000-0000-000000000000/Slot/1`, {
        headers: { accept: 'application/fhir+json', authorization: `Bearer ${bearer}` },
      }),
  },
  'any-406': { ask: () => ask('GET', 'Slot/1', undefined, { accept: 'application/fhir+xml' }) },
  'any-429': {
    ask: async () => {
      await hospital.quirks({ O11: 'none' });
      const reply = await search('2020-03-08T00:00:00Z');
      await hospital.quirks({ O11: false });
      return reply;
    },
  },
  'any-500-required': {
    ask: async () => {
      await hospital.quirks({ O9: 'slots' });
      const reply = await search('2020-03-08T00:00:00Z');
      await hospital.quirks({ O9: false });
      return reply;
    },
  },
  'appointment-read-200': { ask: async () => ask('GET', await bookedPath()) },
  'appointment-read-404': { ask: () => ask('GET', 'Appointment/1') },
  'appointment-search-200-resolve': {
    ask: async () => {
      const { externalId, start, end } = nextSlot();
      await create(externalId);
      return ask('GET', `Appointment?patient=${PATIENT}&date=ge${start}&date=lt${end}&_count=50`);
    },
  },
  'book-201': { ask: () => create(nextSlot().externalId) },
  'book-400-reason-too-long': {
    ask: () => create(nextSlot().externalId, { reasonCode: [{ text: 'x'.repeat(256) }] }),
  },
  'book-422-slot-taken': {
    ask: async () => {
      const { externalId } = nextSlot();
      await create(externalId);
      return create(externalId);
    },
  },
  'book-422-unsupported-field': {
    ask: () =>
      create(nextSlot().externalId, {
        participant: [{ type: [], actor: { reference: `Patient/${PATIENT}` }, status: 'accepted' }],
      }),
  },
  'bundle-422-batch': { ask: () => ask('POST', '', { resourceType: 'Bundle', type: 'batch', entry: [] }) },
  'cancel-200': { ask: async () => patch(await bookedPath(), cancelling, 'W/"0"') },
  'cancel-412-missing-if-match': { ask: async () => patch(await bookedPath(), cancelling) },
  'cancel-423-locked': {
    ask: async () => {
      await hospital.quirks({ O2: 'locked' });
      const reply = await patch(await bookedPath(), cancelling, 'W/"0"');
      await hospital.quirks({ O2: false });
      return reply;
    },
  },
  'patient-search-200': {
    ask: () => ask('GET', `Patient?identifier=urn:oid:2.16.840.1.113883.6.1000%7C6931&birthdate=1990-09-15`),
  },
  'reschedule-200': { ask: async () => patch(await bookedPath(), moving(nextSlot().externalId), 'W/"0"') },
  'reschedule-409-stale': { ask: async () => patch(await bookedPath(), moving(nextSlot().externalId), 'W/"7"') },
  'reschedule-422-target-taken': {
    ask: async () => {
      const { externalId } = nextSlot();
      await create(externalId);
      return patch(await bookedPath(), moving(externalId), 'W/"0"');
    },
    // The text is that of a booking; this sample leaves it out.
    more: ['issue[].details.coding[].system', 'issue[].details.coding[].code', 'issue[].details.text'],
  },
  'slot-hold-200': {
    ask: async () => {
      const { externalId } = nextSlot();
      return patch(`Slot/${externalId}`, holding, await versionOf(externalId));
    },
  },
  'slot-hold-409': { ask: () => patch(`Slot/${nextSlot().externalId}`, holding, 'W/"1v1"') },
  'slot-read-200-busy': {
    ask: async () => {
      const { externalId } = nextSlot();
      await create(externalId);
      return ask('GET', `Slot?_id=${externalId}`);
    },
  },
  'slot-search-200-empty': { ask: () => search('2098-03-08T00:00:00Z') },
  'slot-search-200-page1': { ask: () => search('2020-03-08T00:00:00Z') },
  'slot-search-200-page2-dup': {
    ask: async () => {
      const { link } = JSON.parse((await search('2020-03-08T00:00:00Z')).text) as {
        link: { relation: string; url: string }[];
      };
      const next = link.find(({ relation }) => relation === 'next')?.url ?? '';
      return send(next, { headers: { accept: 'application/fhir+json', authorization: `Bearer ${bearer}` } });
    },
  },
  'slot-search-400-no-start': { ask: () => ask('GET', 'Slot?service-type=24477854') },
};

/** Said by the server itself, or different with every reply. */
const OWN_HEADERS = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding', 'content-length']);

const namesOf = (headers: Headers): string[] => [...headers.keys()].filter((name) => !OWN_HEADERS.has(name)).toSorted();

if (corpus === undefined) {
  test('the sample corpus is not on this machine: set TESSERA_SAMPLES to its directory to compare with it', () => {
    expect(process.env['TESSERA_SAMPLES']).toBeUndefined();
  });
} else {
  test('every sample that is an answer is compared, but the page of a gateway', () => {
    const answers = corpus.entries.filter(({ file }) => 'status' in corpus.http(file).response);
    const asked = new Set(Object.keys(QUESTIONS).map((name) => `oracle/${name}.http.json`));
    expect(answers.map(({ file }) => file).filter((file) => !asked.has(file))).toEqual([
      'oracle/book-503-retry-after.http.json',
    ]);
  });

  test.each(Object.entries(QUESTIONS))('%s', async (name, { ask: question, more = [], fewer = [] }) => {
    const { response } = corpus.http(`oracle/${name}.http.json`);
    if ('transport' in response) throw new Error('expected an answer');
    const reply = await question();
    expect(reply.status).toBe(response.status);
    expect(namesOf(reply.headers)).toEqual(namesOf(new Headers(response.headers)));
    if (typeof response.body !== 'object' || response.body === null) {
      expect(reply.text).toBe(response.body ?? '');
      return;
    }
    const theirs = new Set(members(response.body));
    const ours = new Set(members(JSON.parse(reply.text)));
    const without = (some: Set<string>, others: Set<string>) =>
      [...some].filter((each) => !others.has(each)).toSorted();
    expect(without(theirs, ours)).toEqual([...fewer]);
    expect(without(ours, theirs)).toEqual([...more].toSorted());
  });
}
