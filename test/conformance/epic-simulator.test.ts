/** The sandbox's answers have the members that the corpus's samples have, no more and no fewer. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { importPKCS8, SignJWT } from 'jose';
import type { FoundSlot } from '#adapter-kit';
import adapter from '../../adapters/epic/index.ts';
import startSimulator from '../../adapters/epic/simulator.ts';
import { members, openCorpus } from '../support/samples.ts';
import { startHospital, type SimulatedHospital } from '../support/simulated-hospital.ts';

const corpus = openCorpus('epic');
const PATIENT = 'erXuFYUfucBZaryVksYEcMg3';
const VISIT_TYPE = 'urn:oid:1.2.840.114350.1.13.861.1.7.3.808267.11';
const SERVICE = '2014/PatientAccess/External/ScheduleAppointmentWithInsurance/Scheduling/Open/ScheduleWithInsurance';

let hospital: SimulatedHospital;
let bearer = '';
let slots: FoundSlot[];

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  slots = (await hospital.slots()).filter(({ mode }) => mode === 'in-person');
  bearer = String((await token()).body['access_token']);
});
afterAll(() => hospital.close());

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(`${String(hospital.simulator.connection.config['baseUrl'])}/${path}`, {
    headers: { accept: 'application/fhir+json', authorization: `Bearer ${bearer}`, ...headers },
    ...(body === undefined
      ? {}
      : { method: 'POST', body: body instanceof URLSearchParams ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}

async function token(claims: { readonly aud?: string } = {}): Promise<Reply> {
  const { config, secrets } = hospital.simulator.connection;
  const client = String(config['clientId']);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'RS384', typ: 'JWT', kid: String(config['keyId']) })
    .setIssuer(client)
    .setSubject(client)
    .setAudience(claims.aud ?? `${String(config['baseUrl'])}/oauth2/token`)
    .setJti(randomUUID())
    .setExpirationTime('2 minutes')
    .sign(await importPKCS8(secrets['privateKey'] ?? '', 'RS384'));
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
  return ask('oauth2/token', new URLSearchParams(form));
}

function find(from: string, to: string, code = '40111223', more: readonly unknown[] = []): Promise<Reply> {
  return ask('api/FHIR/STU3/Appointment/$find', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'patient', resource: { resourceType: 'Patient', identifier: [{ value: PATIENT }] } },
      { name: 'startTime', valueDateTime: from },
      { name: 'endTime', valueDateTime: to },
      { name: 'serviceType', valueCodeableConcept: { coding: [{ system: VISIT_TYPE, code }] } },
      ...more,
    ],
  });
}

function book(appointment: string): Promise<Reply> {
  return ask('api/FHIR/STU3/Appointment/$book', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'patient', valueIdentifier: { value: PATIENT } },
      { name: 'appointment', valueIdentifier: { value: appointment } },
      { name: 'appointmentNote', valueString: 'hub:01HZX3' },
    ],
  });
}

function service(path: string, body: unknown): Promise<Reply> {
  const { config, secrets } = hospital.simulator.connection;
  const basic = Buffer.from(`emp$HUBUSER:${secrets['interconnectPassword'] ?? ''}`).toString('base64');
  const headers = {
    authorization: `Basic ${basic}`,
    'epic-client-id': String(config['clientId']),
    accept: 'application/json',
  };
  return ask(`api/epic/${path}`, body, headers);
}

function nextSlot(): FoundSlot {
  const slot = slots.pop();
  if (slot === undefined) throw new Error('the sandbox has run out of slots');
  return slot;
}

async function bookSome(): Promise<Reply> {
  const { start, end, externalId } = nextSlot();
  const { body } = await find(start, end);
  const entries = body['entry'] as { resource: { id: string; contained?: { id: string }[] } }[];
  return book(entries.find(({ resource }) => resource.contained?.[0]?.id === externalId)?.resource.id ?? '');
}

/** ScheduleWithInsurance names a slot by its local time. */
function schedule({ providerExternalId, locationExternalId, start }: FoundSlot): Promise<Reply> {
  const zone = locationExternalId.startsWith('eULuj') ? 'America/New_York' : 'America/Chicago';
  const [Date_, Time] = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
    .format(new Date(start))
    .split(' ');
  return service(SERVICE, {
    PatientID: 'Z6129',
    PatientIDType: 'External',
    ProviderID: providerExternalId,
    ProviderIDType: 'External',
    Date: Date_,
    Time,
    IsReviewOnly: false,
    Comments: ['hub:01HZX3'],
  });
}

/** The question of each sample, asked of the sandbox; and the members in which the sandbox differs on purpose. */
const QUESTIONS: Readonly<
  Record<
    string,
    { readonly ask: () => Promise<Reply>; readonly more?: readonly string[]; readonly fewer?: readonly string[] }
  >
> = {
  'token-200': { ask: () => token() },
  'token-400-invalid-client': { ask: () => token({ aud: 'https://elsewhere.example' }) },
  'find-200-page1': {
    ask: () =>
      find(new Date().toISOString(), new Date(Date.now() + 20 * 86_400_000).toISOString(), '40111223', [
        { name: 'service-type' },
      ]),
  },
  'find-200-none': { ask: () => find('2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z') },
  'find-200-decision-tree': { ask: () => find('2027-03-08T06:00:00Z', '2027-03-09T06:00:00Z', '0') },
  'book-200': { ask: bookSome },
  'book-404-59144': { ask: () => book('eNever.issued') },
  'appointment-search-200-csn': {
    ask: async () => {
      await bookSome();
      return ask(`api/FHIR/R4/Appointment?patient=${PATIENT}&status=booked`);
    },
  },
  'appointment-search-200-empty': {
    ask: () => ask(`api/FHIR/STU3/Appointment?patient=${PATIENT}&date=2020-03-08&status=booked`),
  },
  'patient-read-404-59144': { ask: () => ask('api/FHIR/R4/Patient/eNope') },
  'patient-search-200-many': {
    ask: () => ask('api/FHIR/R4/Patient?family=Novak&birthdate=1990-02-02'),
    // A patient's numbers are what matching needs; the sample leaves them out.
    more: ['entry[].resource.active', 'entry[].resource.identifier[].system', 'entry[].resource.identifier[].value'],
  },
  'interconnect-patient-appointments-200': {
    ask: async () => {
      await schedule(nextSlot());
      const today = (days: number): string => new Intl.DateTimeFormat('en-US').format(Date.now() + days * 86_400_000);
      return service('2013/Scheduling/Patient/GETPATIENTAPPOINTMENTS/GetPatientAppointments', {
        PatientID: 'Z6129',
        PatientIDType: 'External',
        StartDate: today(0),
        EndDate: today(27),
      });
    },
  },
  // The sandbox has no instructions for patients.
  'interconnect-schedule-200': { ask: () => schedule(nextSlot()), fewer: ['Appointment.PatientInstructions[]'] },
  'interconnect-schedule-400-aptwarn-25': {
    ask: async () => {
      const slot = nextSlot();
      await schedule(slot);
      return schedule(slot);
    },
  },
};

if (corpus === undefined) {
  test('the sample corpus is not on this machine: set TESSERA_SAMPLES to its directory to compare with it', () => {
    expect(process.env['TESSERA_SAMPLES']).toBeUndefined();
  });
} else {
  test.each(Object.entries(QUESTIONS))('%s', async (name, { ask: question, more = [], fewer = [] }) => {
    const { response } = corpus.http(`epic/${name}.http.json`);
    if ('transport' in response) throw new Error('expected an answer');
    const reply = await question();
    expect(reply.status).toBe(response.status);
    const theirs = new Set(members(response.body));
    const ours = new Set(members(reply.body));
    const without = (some: Set<string>, others: Set<string>) =>
      [...some].filter((each) => !others.has(each)).toSorted();
    expect(without(theirs, ours)).toEqual([...fewer]);
    expect(without(ours, theirs)).toEqual([...more]);
  });
}
