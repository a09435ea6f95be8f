/** The way in from HTTP: what is sent and answered fits the contract, with its headers. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { problemReply } from '../../src/api/problem.ts';
import { holdRoutes } from '../../src/api/routes/holds.ts';
import { locationRoutes } from '../../src/api/routes/locations.ts';
import { patientRoutes } from '../../src/api/routes/patients.ts';
import { providerRoutes } from '../../src/api/routes/providers.ts';
import { scheduleRoutes } from '../../src/api/routes/schedules.ts';
import { slotRoutes } from '../../src/api/routes/slots.ts';
import type { HubError } from '../../src/domain/index.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKeys } from '../support/keys.ts';
import { codeOf, contracts, echoHandlers, startStubApi, type Answer, type StubApi } from '../unit/api/stub-api.ts';

let database: TestDatabase;
let clinic: Clinic;
let api: StubApi;
beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  clinic = await createClinic(db);
  const routes = [locationRoutes, providerRoutes, scheduleRoutes, slotRoutes];
  const changes = {
    db,
    seal: createSeal(randomBytes(32)),
    settled: () => Promise.resolve(true),
    holdAtHis: () => Promise.resolve('not-held' as const),
    problem: (error: HubError, transactionId: string) => problemReply(error, contracts.errors, transactionId),
  };
  const handlers = Object.assign(
    {},
    echoHandlers,
    holdRoutes(changes),
    patientRoutes({ db, seal: changes.seal, keys: testKeys(db), updating: [] }),
    ...routes.map((each) => each(db)),
  ) as typeof echoHandlers;
  const admin = clinic.caller('admin');
  api = await startStubApi({ handlers, authenticate: () => Promise.resolve(admin) });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await database.drop();
});

const expectToFit = (schema: string, value: unknown): void => {
  const validate = contracts.validator(schema);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
};
const idOf = (answer: Answer): string => String(answer.body['id']);
const itemsOf = (answer: Answer): readonly Readonly<Record<string, unknown>>[] => {
  const { items } = answer.body;
  if (!Array.isArray(items)) throw new Error(`expected a list, got ${answer.text}`);
  return items as readonly Readonly<Record<string, unknown>>[];
};

const name = { given: ['Ada'], family: 'Bauer' };

test.each<[string, string, () => object]>([
  ['locations', 'location', () => ({ name: 'Elm', timeZone: 'Europe/Berlin', connectionId: clinic.connectionId })],
  ['providers', 'provider', () => ({ name, locations: [clinic.locationId], phone: '+49301234567' })],
  ['patients', 'patient', () => ({ name, birthDate: '1984-05-23', email: 'ada@example.org' })],
])('%s are created, read, sent back as they were read, and refused when stale', async (collection, schema, json) => {
  const created = await api.send('POST', `/v1/${collection}`, { json: json() });
  expect([created.status, codeOf(created)]).toEqual([201, undefined]);
  const path = `/v1/${collection}/${idOf(created)}`;
  expect(created.headers.get('location')).toBe(path);
  const read = await api.send('GET', path);
  expect([read.status, read.headers.get('etag'), read.body]).toEqual([200, '"1"', created.body]);
  expectToFit(schema, read.body);
  const change = { json: read.body, headers: { 'if-match': '"1"' } };
  const changed = await api.send('PUT', path, change);
  expect([changed.status, changed.headers.get('etag'), changed.body]).toEqual([
    200,
    '"2"',
    { ...read.body, version: 2 },
  ]);
  const late = await api.send('PUT', path, change);
  expect([late.status, codeOf(late)]).toEqual([412, 'stale-version']);
});

test('a schedule makes slots, which are listed page by page, held, and let go', async () => {
  const path = `/v1/providers/${clinic.providerId}`;
  const rule = {
    start: '09:00',
    end: '12:00',
    slotMinutes: 30,
    mode: 'in-person',
    capacity: 2,
    locationId: clinic.locationId,
  };
  const schedule = { rules: [{ rrule: 'FREQ=DAILY', ...rule }], exceptions: [] };
  const put = await api.send('PUT', `${path}/schedule`, { json: schedule, headers: { 'if-match': '"1"' } });
  expect([put.status, put.headers.get('etag'), put.body]).toEqual([200, '"2"', schedule]);

  const first = await api.send('GET', `${path}/availability?limit=3`);
  const second = await api.send('GET', `${path}/availability?limit=3&cursor=${String(first.body['nextCursor'])}`);
  for (const start of ['0000-01-01', '2026-02-31', '2026-13-01', '+10000-01-01']) {
    const forged = Buffer.from(JSON.stringify([`${start}T00:00:00.000000Z`, clinic.providerId])).toString('base64url');
    // Beside others that are asked at the same time, and have no part in it.
    const [bad, ...good] = await Promise.all(
      [`?cursor=${forged}`, '', '?limit=3', '?limit=4'].map((query) => api.send('GET', `${path}/availability${query}`)),
    );
    expect([bad?.status, bad && codeOf(bad)]).toEqual([400, 'validation']);
    expect(good.map(({ status }) => status)).toEqual([200, 200, 200]);
  }
  const slots = [...itemsOf(first), ...itemsOf(second)];
  for (const slot of slots) expectToFit('slot', slot);
  expect(new Set(slots.map((slot) => slot['start'])).size).toBe(6);
  expect(itemsOf(await api.send('GET', '/v1/slots?limit=6'))).toEqual(slots);

  const slotId = slots[0]?.['id'];
  const held = await api.send('POST', '/v1/holds', { json: { slotId } });
  expect(held.status).toBe(201);
  expectToFit('hold', held.body);
  const blocked = await api.send('PATCH', `/v1/slots/${String(slotId)}`, { json: { status: 'blocked' } });
  expect([blocked.status, codeOf(blocked)]).toEqual([409, 'state-conflict']);
  const gone = await api.send('DELETE', `/v1/holds/${idOf(held)}`);
  expect([gone.status, gone.text]).toEqual([204, '']);
  const changed = await api.send('PATCH', `/v1/slots/${String(slotId)}`, { json: { status: 'blocked' } });
  expect([changed.status, changed.body['status']]).toEqual([200, 'blocked']);

  const taken = await api.send('POST', '/v1/holds', { json: { slotId } });
  expect([taken.status, codeOf(taken), taken.body['conflicts']]).toEqual([
    409,
    'slot-taken',
    [{ kind: 'blocked', slotId }],
  ]);
  const alternatives = taken.body['alternatives'];
  expect(alternatives).toHaveLength(5);
  for (const slot of Array.isArray(alternatives) ? alternatives : []) expectToFit('slot', slot);
});

test('a cursor of one list is refused by another', async () => {
  const page = await api.send('GET', '/v1/providers?limit=1');
  const cursor = String(page.body['nextCursor']);
  for (const path of [
    '/v1/slots',
    '/v1/locations',
    `/v1/providers/${clinic.providerId}/availability`,
    '/v1/providers?sort=rating&',
  ]) {
    const answer = await api.send('GET', `${path}${path.endsWith('&') ? '' : '?'}cursor=${cursor}`);
    expect([path, answer.status, codeOf(answer)]).toEqual([path, 400, 'validation']);
  }
});
