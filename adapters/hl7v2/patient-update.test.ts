/** ADT^A08 over real sockets: what a hospital is told of a patient who has changed, and what its answers mean. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { PatientAtHis } from '#adapter-kit';
import type { SimulatedPatient } from '#adapter-kit/simulator';
import { comesTo, startHospital, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

/** Of two changes, both after those of the other tests: when a change was made stands in its id. */
const [EARLIER, LATER] = [3, 4].map((hours) => uuidv7({ msecs: Date.now() + hours * 3_600_000 }));

let hospital: SimulatedHospital;
let patient: PatientAtHis;
beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
  const [known] = await world();
  if (!known) throw new Error('the hospital has no patient');
  patient = {
    externalId: known.id,
    name: { given: ['Erika', 'Anna'], family: 'Test|^&~\\er' },
    birthDate: '1980-02-29',
    email: 'erika@example.com',
    phone: '+4930123456',
    address: { line: ['Lindenstraße 1'], city: 'Berlin', postalCode: '10969', country: 'DE' },
    identifiers: [],
  };
});
afterAll(() => hospital.close());
afterEach(() => hospital.clearFaults());

async function world(): Promise<SimulatedPatient[]> {
  const response = await fetch(`${hospital.simulator.controlUrl}/world`);
  return ((await response.json()) as { patients: SimulatedPatient[] }).patients;
}
const record = async () => (await world()).find(({ id }) => id === patient.externalId);

const update = (changes: Partial<PatientAtHis> = {}, transactionId?: string) =>
  hospital.connector.updatePatient?.(hospital.call(transactionId === undefined ? {} : { transactionId }), {
    ...patient,
    ...changes,
  }) ?? Promise.reject(new Error('the adapter has no updatePatient'));

test('a changed patient is changed at the hospital in every field, and what was emptied is taken away', async () => {
  expect(await update()).toEqual({ class: 'success', externalId: patient.externalId });
  const { externalId: _key, identifiers: _keys, ...told } = patient;
  expect(await record()).toMatchObject(told);
  expect(await update({ email: null, address: null })).toMatchObject({ class: 'success' });
  const emptied = await record();
  expect(emptied).toMatchObject({ phone: patient.phone });
  expect([emptied?.email, emptied?.address]).toEqual([undefined, undefined]);
  await update({ phone: null, email: null });
  expect((await record())?.phone).toBeUndefined();
});

test('the message is an ADT^A08, marked as a write, and the same to the byte when it is sent again', async () => {
  const transactionId = uuidv7();
  const calls = [1, 2].map((attempt) => hospital.call({ transactionId, attempt }));
  for (const call of calls) await hospital.connector.updatePatient?.(call, patient);
  const [sent, again] = calls.map(({ recorder }) => recorder.exchanges[0]);
  expect(sent).toMatchObject({ write: true, requestBody: expect.stringContaining('|ADT^A08^ADT_A01|') });
  expect(again?.requestBody).toBe(sent?.requestBody);
});

test('an older change that comes after a newer one changes nothing', async () => {
  await update({ name: { given: ['New'], family: 'Newer' } }, LATER);
  await update({ name: { given: ['Old'], family: 'Older' } }, EARLIER);
  expect((await record())?.name.family).toBe('Newer');
});

test.each([
  ['500', 'transient application-error'],
  ['429-retry-after', 'transient application-error'],
  ['token-expired', 'auth credentials-refused'],
  ['error-in-200', 'unknown error-in-accepted-reply'],
  ['reset-after-commit', 'thrown protocol answer-lost'],
] as const)('under %s it comes to %s', async (fault, expected) => {
  await hospital.fault({ on: 'any', fault, times: 1 });
  expect(await comesTo(update())).toBe(expected);
});

test('somebody whom the hospital does not know is refused, and not registered', async () => {
  const { length } = await world();
  expect(await comesTo(update({ externalId: 'nobody' }))).toBe('not-found patient-unknown');
  expect(await world()).toHaveLength(length);
});
