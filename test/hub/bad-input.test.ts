/** Bad input gets a clear error and leaves nothing behind; never a 5xx, never a hang. Against the real hub. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestHub, type RequestOptions, type TestHub } from '../support/hub.ts';

interface Problem {
  type: string;
  detail: string;
  transactionId: string;
  errors?: { pointer: string; detail: string }[];
}

let hub: TestHub;
let slotId: string;
let otherMode: string;
let patientId: string;
beforeAll(async () => {
  hub = await startTestHub();
  const slot = await hub.slot('native', 0);
  slotId = slot.id;
  otherMode = slot.mode === 'in-person' ? 'telemedicine' : 'in-person';
  patientId = await hub.newPatient();
}, 60_000);
afterAll(() => hub.stop());

const UNKNOWN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const PERSON = {
  name: { given: ['A'], family: 'B' },
  birthDate: '1990-01-01',
  email: 'a@example.com',
  phone: '+12125550123',
};

const rowsWritten = async (): Promise<unknown> =>
  (
    await hub.database.db.query(
      `select (select count(*) from appointment) as appointments, (select count(*) from transaction) as transactions,
         (select count(*) from patient) as patients, (select count(*) from slot_claim) as claims, (select count(*) from event) as events`,
    )
  ).rows[0];

/** Name, body (or raw text), status, and the pointer that the problem must name. */
const BOOKINGS: [string, () => RequestOptions, number, string | undefined][] = [
  ['malformed JSON', () => ({ raw: `{"slotId": "${slotId}", ` }), 400, undefined],
  ['no JSON at all', () => ({ raw: '<xml/>' }), 400, undefined],
  ['invalid UTF-8', () => ({ raw: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }), 400, undefined],
  ['a wrong type', () => ({ body: { slotId: 7, patientId } }), 400, '/slotId'],
  ['a missing member', () => ({ body: { slotId } }), 400, '/patientId'],
  ['an unknown member', () => ({ body: { slotId, patientId, status: 'booked' } }), 400, '/status'],
  ['a list instead of an object', () => ({ body: [slotId, patientId] }), 400, ''],
  [
    'a member twice',
    () => ({ raw: `{"slotId": "x", "slotId": "${slotId}", "patientId": "${patientId}"}` }),
    400,
    '/slotId',
  ],
  [
    '__proto__',
    () => ({ raw: `{"slotId": "${slotId}", "patientId": "${patientId}", "__proto__": {"role": "admin"}}` }),
    400,
    '/__proto__',
  ],
  ['a body of 2 MB', () => ({ body: { slotId, patientId, reason: 'x'.repeat(2_000_000) } }), 413, undefined],
  ['a reason that is too long', () => ({ body: { slotId, patientId, reason: 'x'.repeat(501) } }), 400, '/reason'],
  ['a NUL in text', () => ({ body: { slotId, patientId, reason: 'a\u0000b' } }), 400, '/reason'],
  ['an unknown slot', () => ({ body: { slotId: UNKNOWN_ID, patientId } }), 404, '/slotId'],
  ['a slot id that is none', () => ({ body: { slotId: "'; drop table slot; --", patientId } }), 404, '/slotId'],
  ['an unknown patient', () => ({ body: { slotId, patientId: UNKNOWN_ID } }), 404, '/patientId'],
  ['a mode that the slot has not', () => ({ body: { slotId, patientId, mode: otherMode } }), 400, '/mode'],
  ['an unknown hold', () => ({ body: { slotId, patientId, holdId: UNKNOWN_ID } }), 409, undefined],
];

describe('POST /v1/appointments refuses', () => {
  test.each(BOOKINGS)('%s', async (name, options, status, pointer) => {
    const before = await rowsWritten();
    const reply = await hub.request<Problem>('POST', '/v1/appointments', {
      ...options(),
      headers: { 'idempotency-key': `bad ${name}` },
    });
    // A hold that is unknown does not keep anybody from booking a free slot.
    if (name === 'an unknown hold') {
      expect([201, 409]).toContain(reply.status);
      return;
    }
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.body.transactionId).toBe(reply.headers.get('x-transaction-id'));
    if (pointer !== undefined) expect(reply.body.errors?.map((each) => each.pointer)).toContain(pointer);
    expect(await rowsWritten()).toEqual(before);
  });
});

const PATIENTS: [string, object, string][] = [
  ['a birth date in the future', { birthDate: '2999-01-01' }, '/birthDate'],
  ['a birth date that does not exist', { birthDate: '1990-02-30' }, '/birthDate'],
  ['an e-mail that is none', { email: 'nobody' }, '/email'],
  ['a phone number that is none', { phone: '+1' }, '/phone'],
  ['a blank family name', { name: { given: ['A'], family: '  ' } }, '/name/family'],
];

test.each(PATIENTS)('POST /v1/patients refuses %s', async (_, fields, pointer) => {
  const before = await rowsWritten();
  const reply = await hub.request<Problem>('POST', '/v1/patients', { body: { ...PERSON, ...fields } });
  expect(reply.status).toBe(400);
  expect(reply.body.errors?.map((each) => each.pointer)).toContain(pointer);
  expect(await rowsWritten()).toEqual(before);
});

test('a second patient with the same e-mail is refused, whatever the case of its letters', async () => {
  await hub.newPatient({ email: 'Same.Person@example.com' });
  const reply = await hub.request<Problem>('POST', '/v1/patients', {
    body: { ...PERSON, email: 'same.person@EXAMPLE.com' },
  });
  expect(reply.status).toBe(409);
  expect(reply.body.errors?.map((each) => each.pointer)).toContain('/email');
});

test('a hold id that is no id is a hold that has ended', async () => {
  const taken = await hub.slot('native', 20);
  expect((await hub.book(taken.id, patientId, 'before the hold')).status).toBe(201);
  const reply = await hub.request<Problem>('POST', '/v1/appointments', {
    body: { slotId: taken.id, patientId, holdId: 'abc' },
    headers: { 'idempotency-key': 'a hold id that is none' },
  });
  expect(reply).toMatchObject({ status: 409, body: { type: expect.stringMatching(/hold-expired$/) } });
});

test('a slot in the past cannot be booked', async () => {
  const past = await hub.slot('native', 49);
  await hub.database.db.query(
    `update slot set start_at = start_at - interval '1 year', end_at = end_at - interval '1 year' where id = $1`,
    [past.id],
  );
  const reply = await hub.book<Problem & { conflicts: { kind: string }[] }>(past.id, patientId, 'past');
  expect(reply.status).toBe(409);
  expect(reply.body.conflicts).toEqual([{ kind: 'past', slotId: past.id }]);
});

test.each([
  ['GET', '/v1/appointments?limit=0'],
  ['GET', '/v1/appointments?limit=201'],
  ['GET', '/v1/appointments?limit=1e309'],
  ['GET', '/v1/appointments?cursor=garbage'],
  ['GET', '/v1/appointments?from=yesterday'],
  ['GET', '/v1/appointments?nonsense=1'],
  ['GET', '/v1/slots?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z'],
])('%s %s is refused with the pointer to the parameter', async (method, path) => {
  const reply = await hub.request<Problem>(method, path);
  expect(reply.status).toBe(400);
  expect(reply.body.errors?.[0]?.pointer).toMatch(/^#\/query\//);
});

test.each([
  '/v1/nonsense',
  '/v1/appointments/nonsense',
  `/v1/appointments/${UNKNOWN_ID}`,
  `/v1/transactions/${UNKNOWN_ID}`,
  '/v1/providers/%00',
])('GET %s is not found, or not understood', async (path) => {
  expect([400, 404]).toContain((await hub.request('GET', path)).status);
});

test.each([
  ['no token', null],
  ['a token of nobody', 'abc'],
  ['a token without a signature', 'eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ.'],
])('%s is refused everywhere but where none is needed', async (_, token) => {
  for (const path of [
    '/v1/slots',
    '/v1/appointments',
    '/v1/patients/x',
    '/v1/transactions',
    '/v1/connections',
    '/v1/requests',
  ]) {
    const reply = await hub.request('GET', path, { token });
    expect([path, reply.status]).toEqual([path, 401]);
  }
  for (const path of ['/livez', '/readyz', '/docs', '/openapi.json']) {
    expect([path, (await hub.request('GET', path, { token })).status]).toEqual([path, 200]);
  }
});

test('a patient sees and books for itself only', async () => {
  expect((await hub.request('GET', `/v1/patients/${patientId}`, { role: 'patient' })).status).toBe(404);
  const foreign = await hub.request('POST', '/v1/appointments', {
    role: 'patient',
    body: { slotId, patientId },
    headers: { 'idempotency-key': 'foreign' },
  });
  expect(foreign.status).toBe(404);
  expect((await hub.request('GET', '/v1/transactions', { role: 'patient' })).status).toBe(403);
});
