/** A patient's changed data at the hospitals that take updates, from outside: the API, and what the hospital holds. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startTestHub, type TestHub } from '../support/hub.ts';

interface Patient {
  readonly updates: readonly {
    readonly connectionId: string;
    readonly state: string;
    readonly errorCode: string | null;
  }[];
}
interface World {
  readonly patients: readonly {
    readonly name: { readonly family: string };
    readonly address?: { readonly city?: string };
  }[];
}

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterAll(() => hub.stop());
afterEach(() => hub.control('hl7v2', 'DELETE', '/faults'));

const change = (id: string, family: string) =>
  hub.request<Patient>('PUT', `/v1/patients/${id}`, {
    body: {
      name: { given: ['Test'], family },
      birthDate: '1990-05-17',
      address: { line: ['7 Oak Ave'], city: 'Newark', postalCode: '07102', country: 'US' },
    },
  });
const updateAt = (key: string, { updates }: Patient) =>
  updates.find(({ connectionId }) => connectionId === hub.connection(key).id);
const sent = (id: string, key: string) =>
  hub.until<Patient>(`/v1/patients/${id}`, (body) => updateAt(key, body)?.state === 'sent', 30_000, 'app');
const cityOf = async (family: string): Promise<string | undefined> =>
  (await hub.control<World>('hl7v2', 'GET', '/world')).patients.find(({ name }) => name.family === family)?.address
    ?.city;

test('a change reaches each hospital that knows the patient and takes updates, and shows how far it is', async () => {
  const id = await hub.newPatient();
  expect((await change(id, 'Unbooked')).body.updates).toEqual([]);
  for (const key of ['hl7v2', 'native', 'epic']) {
    expect((await hub.book((await hub.slot(key, 3)).id, id, `update-${key}`)).status).toBe(201);
  }
  const changed = await change(id, 'Changed-Once');
  expect(changed.status).toBe(200);
  expect(updateAt('hl7v2', changed.body)).toMatchObject({ state: 'pending', errorCode: null });
  expect(updateAt('epic', changed.body)).toBeUndefined();
  await sent(id, 'hl7v2');
  await sent(id, 'native');
  expect(await cityOf('Changed-Once')).toBe('Newark');
}, 60_000);

test('a hospital that is away gets the last of the changes when it is back', async () => {
  const id = await hub.newPatient();
  expect((await hub.book((await hub.slot('hl7v2', 5)).id, id, 'update-away')).status).toBe(201);
  await hub.control('hl7v2', 'POST', '/faults', { on: 'any', fault: 'down' });
  await change(id, 'Changed-Before');
  await hub.until<Patient>(`/v1/patients/${id}`, (body) => Boolean(updateAt('hl7v2', body)?.errorCode), 30_000, 'app');
  await change(id, 'Changed-Last');
  await hub.control('hl7v2', 'DELETE', '/faults');
  await sent(id, 'hl7v2');
  expect(await cityOf('Changed-Last')).toBe('Newark');
  expect(await cityOf('Changed-Before')).toBeUndefined();
}, 60_000);
