/** Strict mode: clients that break the contract are noted, each by its rule; the adapter is not. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { importPKCS8, SignJWT } from 'jose';
import type { BookRequest, FoundSlot } from '#adapter-kit';
import { comesTo, slotAtHis, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';
import { VISIT_TYPES, VISIT_TYPE_SYSTEM } from './simulator/hospital.ts';

const PATIENT = 'erXuFYUfucBZaryVksYEcMg3';
const FIND = 'api/FHIR/STU3/Appointment/$find';

let hospital: SimulatedHospital;
let slots: FoundSlot[];
let bearer = '';
beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  slots = await hospital.slots();
  bearer = String((await token()).body['access_token']);
});
beforeEach(() => hospital.strict(true));
afterEach(async () => {
  await hospital.clearFaults();
  await hospital.profile('by-tag');
});
afterAll(() => hospital.close());

const rules = async (): Promise<string[]> => (await hospital.violations()).map(({ rule }) => rule);

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const base = `${String(hospital.simulator.connection.config['baseUrl'])}/`;
  const response = await fetch(new URL(path, base), {
    headers: { accept: 'application/fhir+json', authorization: `Bearer ${bearer}`, ...headers },
    ...(body === undefined
      ? {}
      : { method: 'POST', body: body instanceof URLSearchParams ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}

async function token(claims: { aud?: string; exp?: number; iss?: string; jti?: string } = {}): Promise<Reply> {
  const { config, secrets } = hospital.simulator.connection;
  const client = claims.iss ?? String(config['clientId']);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: 'RS384', typ: 'JWT', kid: String(config['keyId']) })
    .setIssuer(client)
    .setSubject(client)
    .setAudience(claims.aud ?? `${String(config['baseUrl'])}/oauth2/token`)
    .setJti(claims.jti ?? randomUUID())
    .setExpirationTime(Math.floor(Date.now() / 1000) + (claims.exp ?? 120))
    .sign(await importPKCS8(secrets['privateKey'] ?? '', 'RS384'));
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
  return ask('oauth2/token', new URLSearchParams(form));
}

describe('an assertion', () => {
  test.each([
    ['with an audience that is not this token URL', { aud: 'https://elsewhere.example/oauth2/token' }, []],
    ['of a client id of another environment', { iss: 'other' }, []],
    ['with more than five minutes of life', { exp: 600 }, ['assertion-too-long']],
  ] as const)('%s is refused', async (_, wrong, noted) => {
    expect(await token(wrong)).toEqual({ status: 400, body: { error: 'invalid_client', error_description: null } });
    expect(await rules()).toEqual(noted);
  });

  test('that was used before is refused, and noted', async () => {
    expect((await token({ jti: 'once' })).status).toBe(200);
    expect(await rules()).toEqual([]);
    expect((await token({ jti: 'once' })).status).toBe(400);
    expect(await rules()).toEqual(['assertion-reused']);
  });
});

const findBody = (from: string, to: string): unknown => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'patient', resource: { resourceType: 'Patient', identifier: [{ value: PATIENT }] } },
    { name: 'startTime', valueDateTime: from },
    { name: 'endTime', valueDateTime: to },
    {
      name: 'serviceType',
      valueCodeableConcept: { coding: [{ system: VISIT_TYPE_SYSTEM, code: VISIT_TYPES[0].code }] },
    },
  ],
});

test('a page link that was made by hand is noted; the one that was given is not', async () => {
  const body = findBody(new Date().toISOString(), new Date(Date.now() + 10 * 86_400_000).toISOString());
  const links = (await ask(FIND, body)).body['link'] as { relation: string; url: string }[];
  const next = links.find(({ relation }) => relation === 'next')?.url ?? '';
  expect((await ask(next, body)).status).toBe(200);
  expect(await rules()).toEqual([]);
  expect((await ask(next.replace('page=2', 'page=4'), body)).status).toBe(400);
  expect((await ask(`${FIND}?sessionID=34-00000000&page=2`, body)).status).toBe(400);
  expect(await rules()).toEqual(['page-link-constructed', 'page-link-constructed']);
});

describe('a second $book of one transaction', () => {
  const offers = async (): Promise<string> => {
    const slot = slots.findLast(({ mode }) => mode === 'in-person');
    if (slot === undefined) throw new Error('the sandbox has run out of slots');
    slots = slots.filter((each) => each !== slot);
    const { body } = await ask(FIND, findBody(slot.start, slot.end));
    const entries = body['entry'] as { resource: { id: string; contained?: { id: string }[] } }[];
    return entries.find(({ resource }) => resource.contained?.[0]?.id === slot.externalId)?.resource.id ?? '';
  };
  const book = (appointment: string, transactionId: string): Promise<Reply> =>
    ask(
      'api/FHIR/STU3/Appointment/$book',
      {
        resourceType: 'Parameters',
        parameter: [
          { name: 'patient', valueIdentifier: { value: PATIENT } },
          { name: 'appointment', valueIdentifier: { value: appointment } },
        ],
      },
      { 'x-correlation-id': transactionId },
    );

  test.each(['reset-before', 'reset-after-commit', '500'] as const)(
    'after one whose answer was lost (%s) is noted, without a look in between',
    async (fault) => {
      const offer = await offers();
      await hospital.fault({ on: 'book', fault, times: 1 });
      await book(offer, `blind-${fault}`).catch(() => undefined);
      await book(offer, `blind-${fault}`);
      expect(await hospital.violations()).toEqual([
        expect.objectContaining({
          rule: 'book-without-look-up',
          detail: expect.stringMatching(new RegExp(`blind-${fault}$`)),
        }),
      ]);
    },
  );

  test('after a look is not, nor after a refusal, nor where the same request has the same answer', async () => {
    await hospital.fault({ on: 'book', fault: 'reset-before', times: 1 });
    await book(await offers(), 'looked').catch(() => undefined);
    await ask(`api/FHIR/R4/Appointment?patient=${PATIENT}`, undefined, { 'x-correlation-id': 'looked' });
    expect((await book(await offers(), 'looked')).status).toBe(200);
    expect((await book('eNever.issued', 'refused')).status).toBe(404);
    expect((await book(await offers(), 'refused')).status).toBe(200);
    await hospital.profile('idempotency-key');
    const offer = await offers();
    expect([(await book(offer, 'key')).status, (await book(offer, 'key')).status]).toEqual([200, 200]);
    expect(await rules()).toEqual([]);
  });

  test('is what the adapter never sends blindly: lost, looked for, and sent again', async () => {
    const slot = slots.pop();
    if (slot === undefined) throw new Error('the sandbox has run out of slots');
    const request: BookRequest = {
      slot: slotAtHis(slot, 'America/New_York'),
      patient: {
        externalId: PATIENT,
        name: { given: ['Camila'], family: 'Lopez' },
        birthDate: '1987-09-12',
        email: null,
        phone: null,
        address: null,
        identifiers: [],
      },
      mode: slot.mode ?? 'in-person',
      reason: null,
    };
    const call = hospital.call();
    await hospital.fault({ on: 'book', fault: 'reset-before', times: 1 });
    expect(await comesTo(hospital.connector.book(call, request))).toBe('thrown protocol connection-lost');
    expect(await hospital.connector.lookup(call, { kind: 'book', ...request, knownExternalIds: [] })).toEqual({
      kind: 'absent',
    });
    expect(await comesTo(hospital.connector.book(call, request))).toBe('success');
    expect(await rules()).toEqual([]);
  });
});

test('while it is off nothing is noted', async () => {
  await hospital.strict(false);
  await token({ exp: 600 });
  expect(await rules()).toEqual([]);
});
