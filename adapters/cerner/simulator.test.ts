/** What the simulator promises beside faults: quirks that can be switched, and strict mode. Asked directly, without the adapter. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { runSimulator } from '#adapter-kit/simulator';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import { HOSPITAL } from './simulator/hospital.ts';
import { QUIRKS } from './simulator/quirks.ts';
import startSimulator from './simulator.ts';

let hospital: SimulatedHospital;
let authorization: string;

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  const { config, secrets } = hospital.simulator.connection;
  const response = await fetch(String(config['tokenUrl']), {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${String(config['clientId'])}:${secrets['clientSecret']}`).toString('base64')}`,
    },
    body: 'grant_type=client_credentials&scope=system%2FSlot.read%20system%2FSlot.write%20system%2FAppointment.read%20system%2FAppointment.write%20system%2FPatient.read',
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  authorization = `Bearer ${token}`;
});
afterEach(async () => {
  await hospital.strict(false);
  await hospital.quirks(Object.fromEntries(QUIRKS.map((each) => [each.id, each.default])));
});
afterAll(() => hospital.close());

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${String(hospital.simulator.connection.config['baseUrl'])}/${path}`, {
    method,
    headers: { accept: 'application/fhir+json', authorization, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const control = async (path: string, body: unknown): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${hospital.simulator.controlUrl}/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
};
async function bookedId(): Promise<string> {
  const [slot] = await hospital.slots();
  const { vendorId = '' } = await hospital.edit({ op: 'book-outside', externalId: slot?.externalId ?? '' });
  return vendorId;
}
const PATCH_TYPE = { 'content-type': 'application/json-patch+json' };
const CANCEL = [{ op: 'replace', path: '/status', value: 'cancelled' }];

describe('quirks', () => {
  test('each is listed with what it does, what it is by default and what it is now', async () => {
    await hospital.quirks({ O11: 'date' });
    const response = await fetch(`${hospital.simulator.controlUrl}/quirks`);
    const { quirks } = (await response.json()) as { quirks: { id: string; default: unknown; value: unknown }[] };
    const ids = (letter: string, length: number): string[] => Array.from({ length }, (_, nth) => `${letter}${nth + 1}`);
    expect(quirks.map(({ id }) => id)).toEqual([...ids('O', 17), ...ids('G', 5)]);
    expect(quirks.find(({ id }) => id === 'O11')).toMatchObject({ default: false, value: 'date' });
  });

  test.each([
    [{ O99: true }, 'no quirk O99'],
    [{ O11: 'weekly' }, 'quirk O11 takes true, false, none, seconds, date'],
    [{ O1: 1 }, 'quirk O1 takes true, false'],
    ['O1', 'JSON object'],
  ])('%j is refused with 400, saying what was expected', async (body, message) => {
    expect(await control('quirks', body)).toEqual({ status: 400, text: expect.stringContaining(message) });
  });

  test('when one of several is unknown, none is set', async () => {
    await control('quirks', { O12: true, O99: true });
    const response = await fetch(`${hospital.simulator.controlUrl}/quirks`);
    const { quirks } = (await response.json()) as { quirks: { id: string; value: unknown }[] };
    expect(quirks.find(({ id }) => id === 'O12')?.value).toBe(false);
  });

  test('a simulator that declares none has the generic ones only', async () => {
    const port = { port: 1, open: () => Promise.resolve(), close: () => Promise.resolve() };
    const bare = await runSimulator(
      { world: HOSPITAL, open: () => Promise.resolve(port), connection: () => ({ name: '', config: {}, secrets: {} }) },
      { directory: `${hospital.directory}/bare` },
    );
    const response = await fetch(`${bare.controlUrl}/quirks`, { method: 'POST', body: '{"O1":true}' });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('there are G1, G2, G3, G4, G5'),
    ]);
    await bare.stop();
  });

  test('O1: 409 stale and 412 missing, or as HTTP has it', async () => {
    const path = `Appointment/${await bookedId()}`;
    const statuses = async (): Promise<number[]> => [
      (await ask('PATCH', path, CANCEL, { ...PATCH_TYPE, 'if-match': 'W/"7"' })).status,
      (await ask('PATCH', path, CANCEL, PATCH_TYPE)).status,
    ];
    expect(await statuses()).toEqual([409, 412]);
    await hospital.quirks({ O1: false });
    expect(await statuses()).toEqual([412, 428]);
  });

  test('O3: a change is answered with nothing, with gzip of nothing, or with the resource', async () => {
    const cancel = async (): Promise<[number, string | null, string | null, boolean]> => {
      const id = await bookedId();
      const version = (await ask('GET', `Appointment/${id}`)).headers.get('etag') ?? '';
      const { status, headers, text } = await ask('PATCH', `Appointment/${id}`, CANCEL, {
        ...PATCH_TYPE,
        'if-match': version,
      });
      return [status, headers.get('content-length'), headers.get('content-encoding'), text === ''];
    };
    expect(await cancel()).toEqual([200, '0', null, true]);
    await hospital.quirks({ O3: 'gzip' });
    expect(await cancel()).toEqual([200, '20', 'gzip', true]);
    await hospital.quirks({ O3: false });
    expect((await cancel())[3]).toBe(false);
  });

  test('O4: a slot that is taken and content that is not supported have the same code, or not', async () => {
    const [slot] = await hospital.slots();
    await hospital.edit({ op: 'book-outside', externalId: slot?.externalId ?? '' });
    const codes = async (): Promise<string[]> => {
      const body = {
        resourceType: 'Appointment',
        status: 'booked',
        slot: [{ reference: `Slot/${slot?.externalId}` }],
        participant: [{ actor: { reference: 'Patient/12724066' }, status: 'accepted' }],
      };
      const answers = [
        await ask('POST', 'Appointment', body),
        await ask('POST', 'Appointment', { ...body, identifier: [] }),
      ];
      return answers.map(({ text }) => (JSON.parse(text) as { issue: { code: string }[] }).issue[0]?.code ?? '');
    };
    expect(await codes()).toEqual(['business-rule', 'business-rule']);
    await hospital.quirks({ O4: false });
    expect(await codes()).toEqual(['conflict', 'business-rule']);
  });

  test('O14: a hold outlives a restart of the simulator', async () => {
    const [slot] = await hospital.slots();
    if (slot === undefined || !hospital.connector.hold) throw new Error('no slots');
    const request = { slot: slotAtHis(slot, 'America/Chicago'), release: false };
    expect(await comesTo(hospital.connector.hold(hospital.call(), request))).toBe('success');
    const restarted = await startSimulator({ directory: hospital.directory, seed: 7 });
    const { config, secrets } = restarted.connection;
    const connector = adapter.connect({ config, secrets });
    const call = hospital.call({ urls: [restarted.url] });
    expect(await comesTo(connector.hold?.(call, request) ?? Promise.reject(new Error('cannot hold')))).toBe(
      'conflict slot-taken',
    );
    expect(await comesTo(connector.hold?.(call, { ...request, release: true }) ?? Promise.reject(new Error('')))).toBe(
      'success',
    );
    await restarted.stop();
  });
});

describe('a search that lacks what it needs, or has it twice, is refused', () => {
  test.each([
    'Slot?start=ge2027-03-08T00:00:00Z&start=lt2027-03-09T00:00:00Z',
    'Slot?service-type=24477854',
    'Slot?service-type=24477854&start=ge2027-03-08&start=lt2027-03-09',
    'Slot?service-type=24477854&service-type=1&start=ge2027-03-08T00:00:00Z&start=lt2027-03-09T00:00:00Z',
    'Appointment?patient=12724066',
    'Appointment?date=ge2027-03-08T00:00:00Z&date=lt2027-03-09T00:00:00Z',
    'Appointment?patient=1&practitioner=2&date=ge2027-03-08T00:00:00Z&date=lt2027-03-09T00:00:00Z',
    'Patient?gender=female',
  ])('%s', async (path) => {
    const { status, headers, text } = await ask('GET', path);
    expect([status, headers.get('content-type'), text]).toEqual([
      400,
      'text/plain',
      'no supported search parameters provided',
    ]);
  });
});

test.each([
  ['another media type', 406, { accept: 'application/fhir+xml' }],
  ['no token', 401, { authorization: 'Bearer none' }],
] as const)('%s is refused with %i and no body', async (_, status, headers) => {
  const answer = await ask('GET', 'Patient/12724066', undefined, headers);
  expect([answer.status, answer.text]).toEqual([status, '']);
});

describe('strict mode', () => {
  const rules = async (): Promise<string[]> => (await hospital.violations()).map(({ rule }) => rule);
  const create = (slotId: string, transactionId: string) =>
    ask(
      'POST',
      'Appointment',
      {
        resourceType: 'Appointment',
        status: 'booked',
        slot: [{ reference: `Slot/${slotId}` }],
        participant: [{ actor: { reference: 'Patient/12724066' }, status: 'accepted' }],
      },
      { 'x-correlation-id': transactionId },
    );

  test('notes a change without If-Match and a page link that was never given', async () => {
    await hospital.strict(true);
    await ask('PATCH', `Appointment/${await bookedId()}`, CANCEL, PATCH_TYPE);
    await ask('GET', 'Slot?-pageContext=5cafd537-be28-45ad-80ed-c5bc2a266678&-pageDirection=NEXT');
    expect(await rules()).toEqual(['if-match-missing', 'page-link-constructed']);
  });

  test('notes a create that is sent again without a look, also when the first was cut before it was processed', async () => {
    const [slot] = await hospital.slots();
    await hospital.strict(true);
    await hospital.fault({ on: 'book', fault: 'reset-before', times: 1 });
    await create(slot?.externalId ?? '', 't-1').catch(() => undefined);
    await create(slot?.externalId ?? '', 't-1');
    expect(await rules()).toEqual(['create-without-look-up']);
    await hospital.clearFaults();
  });

  test('notes nothing while it is off, and forgets when it is turned', async () => {
    const path = `Appointment/${await bookedId()}`;
    await ask('PATCH', path, CANCEL, PATCH_TYPE);
    expect(await rules()).toEqual([]);
    await hospital.strict(true);
    await ask('PATCH', path, CANCEL, PATCH_TYPE);
    expect(await rules()).toEqual(['if-match-missing']);
    await hospital.strict(true);
    expect(await rules()).toEqual([]);
  });

  test.each([[{ on: 'yes' }], [{}], [{ on: true, hard: true }]])('%j is refused with 400', async (body) => {
    expect((await control('strict', body)).status).toBe(400);
  });
});
