/** A patient's new data on its way to a HIS: the last change arrives, whatever happens on the way, and one can see how far it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Outcome, PatientAtHis } from '../../src/adapter-kit/index.ts';
import { updatePatient } from '../../src/commands/patients.ts';
import { sendDueUpdates } from '../../src/dispatch/patient-updates.ts';
import type { PatientUpdate } from '../../src/domain/index.ts';
import type { PatientKeys } from '../../src/ledger/keyring.ts';
import { HIS_KEY } from '../../src/ledger/work-order.ts';
import { readPatient } from '../../src/queries/patients.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertIdentifier } from '../support/keys.ts';
import { ReplayBench, type Asked } from '../support/replay-bench.ts';
import { scriptedHis, silent, type ScriptedHis } from '../support/scripted-his.ts';

const DONE: Outcome = { class: 'success', externalId: 'done' };

let database: TestDatabase;
let bench: ReplayBench;
let his: ScriptedHis;
let answers: Outcome[];
/** What the HIS was sent, in order. */
let told: PatientAtHis[];
/** Runs while an update is under way. */
let meanwhile: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
  // What is to be sent again is not due again before `send` has ended, however long that takes.
  await database.db.query(`update connection set policy = policy || '{"retryBaseMs": 60000}' where id = $1`, [
    bench.clinic.connectionId,
  ]);
  [answers, told, meanwhile] = [[], [], () => Promise.resolve()];
  his = scriptedHis(bench.ledger, ['UpdatesPatients'], connector());
});
afterEach(() => his.connections.close());
afterAll(() => database.drop());

const none = (): Promise<never> => Promise.reject(new Error('not asked for here'));
const connector = () => ({
  book: none,
  cancel: none,
  lookup: none,
  updatePatient: async (_call: unknown, patient: PatientAtHis) => {
    told.push(patient);
    await meanwhile();
    return answers.shift() ?? DONE;
  },
});

/** A patient whom the HIS knows by an appointment. */
async function known(): Promise<string> {
  return patientOf(await bench.booked());
}

async function patientOf({ appointmentId }: Asked): Promise<string> {
  const found = await database.db.query<{ patient_id: string }>('select patient_id from appointment where id = $1', [
    appointmentId,
  ]);
  return found.rows[0]?.patient_id ?? '';
}

const change = (id: string, family: string): Promise<void> =>
  updatePatient({ ...bench.ledger, updating: ['any'] }, bench.app, id, {
    name: { given: ['Ada'], family },
    birthDate: '1984-05-23',
  });

/** Sends what is due; everything that waits is due. */
async function send(): Promise<void> {
  await database.db.query('update patient_update set due_at = now() where lease_token is null');
  await sendDueUpdates({ ...bench.ledger, connections: his.connections, log: silent }, bench.clinic.connectionId);
}

const updates = async (id: string): Promise<readonly PatientUpdate[]> =>
  (await readPatient(bench.ledger, bench.app, id)).updates;
const families = (): string[] => told.map(({ name }) => name.family);

test('a change reaches the HIS, under the key that it knows the patient by', async () => {
  const id = await known();
  expect(await updates(id)).toEqual([]);
  await change(id, 'Cole');
  const at = expect.stringMatching(/^20\d\d-.*Z$/);
  const connectionId = bench.clinic.connectionId;
  expect(await updates(id)).toEqual([{ connectionId, state: 'pending', errorCode: null, at }]);
  await send();
  expect(told).toMatchObject([{ externalId: id, name: { given: ['Ada'], family: 'Cole' }, birthDate: '1984-05-23' }]);
  expect(await updates(id)).toEqual([{ connectionId, state: 'sent', errorCode: null, at }]);
  await send();
  expect(told).toHaveLength(1);
});

test('a change that is refused with the rest of its request is not sent', async () => {
  const id = await known();
  await expect(
    updatePatient(
      { ...bench.ledger, updating: ['any'] },
      bench.app,
      id,
      { name: { given: ['Ada'], family: 'Cole' }, birthDate: '1984-05-23' },
      99,
    ),
  ).rejects.toMatchObject({ code: 'stale-version' });
  expect(await updates(id)).toEqual([]);
});

test.each<[string, Outcome]>([
  ['is away', { class: 'transient', reason: 'not-reached' }],
  ['asks to wait', { class: 'throttled', reason: 'busy', retryAfterMs: 1 }],
  ['loses its answer', { class: 'unknown', reason: 'connection-lost' }],
])('a HIS that %s gets the change later, and of two changes the last one only', async (_name, outcome) => {
  const id = await known();
  answers = [outcome, outcome];
  await change(id, 'First');
  await send();
  expect(await updates(id)).toMatchObject([
    { state: 'pending', errorCode: outcome.class === 'success' ? '' : outcome.reason },
  ]);
  await send();
  await change(id, 'Second');
  await send();
  expect(families()).toEqual(['First', 'First', 'Second']);
  expect(await updates(id)).toMatchObject([{ state: 'sent', errorCode: null }]);
});

test('a change that comes while an older one is under way goes after it, never beside it', async () => {
  const id = await known();
  const order: string[] = [];
  meanwhile = async () => {
    const { length } = told;
    order.push(`begin ${length}`);
    if (length === 1) {
      await change(id, 'Newer');
      // Another process looks for work.
      await sendDueUpdates({ ...bench.ledger, connections: his.connections, log: silent }, bench.clinic.connectionId);
    }
    order.push(`end ${length}`);
  };
  await change(id, 'Older');
  await send();
  expect(families()).toEqual(['Older', 'Newer']);
  expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  expect(await updates(id)).toMatchObject([{ state: 'sent' }]);
});

test('two processes send each change once', async () => {
  const ids = await Promise.all([known(), known(), known(), known()]);
  for (const id of ids) await change(id, 'Cole');
  await Promise.all([send(), send(), send()]);
  expect(told.map(({ externalId }) => externalId).toSorted()).toEqual(ids.toSorted());
});

test('a worker that dies with a change in hand loses nothing', async () => {
  const id = await known();
  await change(id, 'Cole');
  await database.db.query(
    `update patient_update set lease_token = gen_random_uuid(), due_at = now() - interval '1 second' where patient_id = $1`,
    [id],
  );
  await sendDueUpdates({ ...bench.ledger, connections: his.connections, log: silent }, bench.clinic.connectionId);
  expect(families()).toEqual(['Cole']);
  expect(await updates(id)).toMatchObject([{ state: 'sent' }]);
});

test('a worker that was stopped with an older change in hand does not send it after the newer one', async () => {
  const deadlineMs = 1_000;
  await database.db.query('update connection set policy = policy || $2::jsonb where id = $1', [
    bench.clinic.connectionId,
    JSON.stringify({ writeDeadlineMs: deadlineMs }),
  ]);
  const id = await known();
  await change(id, 'Older');
  const [stopped, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  // It has read the older one when it stops.
  const { keys: ring } = bench.ledger;
  const keys: PatientKeys = {
    make: (...of) => ring.make(...of),
    indexOf: (organizationId) => ring.indexOf(organizationId),
    async sealOf(...of) {
      stopped.resolve();
      await resumed.promise;
      return ring.sealOf(...of);
    },
  };
  const parts = { ...bench.ledger, connections: his.connections, log: silent };
  const late = sendDueUpdates({ ...parts, keys }, bench.clinic.connectionId);
  await stopped.promise;
  await change(id, 'Newer');
  await delay(deadlineMs);
  // Its lease is over.
  await database.db.query('update patient_update set due_at = now() where patient_id = $1', [id]);
  await sendDueUpdates(parts, bench.clinic.connectionId);
  resumed.resolve();
  await late;
  expect(families()).toEqual(['Newer']);
  expect(await updates(id)).toMatchObject([{ state: 'sent' }]);
});

test('a refusal is shown with its reason, and the next change is tried anew', async () => {
  const id = await known();
  answers = [{ class: 'invalid', reason: 'birth-date-contradicts' }];
  await change(id, 'Refused');
  await send();
  expect(await updates(id)).toMatchObject([{ state: 'refused', errorCode: 'birth-date-contradicts' }]);
  await send();
  expect(told).toHaveLength(1);
  await change(id, 'Accepted');
  await send();
  expect(await updates(id)).toMatchObject([{ state: 'sent', errorCode: null }]);
});

test('refused credentials park the connection: nothing more is sent, and nothing is lost, until it works again', async () => {
  const [id, other] = [await known(), await known()];
  answers = [{ class: 'auth', reason: 'credentials-refused' }];
  await change(id, 'Cole');
  await change(other, 'Hill');
  await send();
  expect(told).toHaveLength(1);
  expect((await his.connections.get(bench.clinic.connectionId)).state).toBe('parked');
  await database.db.query(`update connection set state = 'active', state_reason = null where id = $1`, [
    bench.clinic.connectionId,
  ]);
  await send();
  expect(families().toSorted()).toEqual(['Cole', 'Cole', 'Hill'].toSorted());
});

test('a HIS that is just being told of the patient by a booking is told the change after it; one that never was, not at all', async () => {
  const booking = await bench.book();
  const id = await patientOf(booking);
  await change(id, 'Cole');
  await send();
  expect(await updates(id)).toMatchObject([{ state: 'pending', errorCode: 'patient-not-known-yet' }]);
  await bench.end(booking, 'confirmed');
  await send();
  expect(families()).toEqual(['Cole']);

  const failed = await bench.book();
  const unknown = await patientOf(failed);
  await change(unknown, 'Hill');
  await bench.end(failed, 'refused');
  await send();
  expect(families()).toEqual(['Cole']);
  expect(await updates(unknown)).toEqual([]);
});

test('at a HIS with a register only a patient with a key there is updated, under that key', async () => {
  await his.connections.close();
  his = scriptedHis(bench.ledger, ['UpdatesPatients', 'MatchesPatients'], { ...connector(), matchPatient: none });
  const id = await known();
  await change(id, 'Nameless');
  await send();
  expect(told).toEqual([]);
  await insertIdentifier(database.db, id, bench.clinic.connectionId, HIS_KEY, 'K-9');
  await change(id, 'Cole');
  await send();
  expect(told).toMatchObject([{ externalId: 'K-9', name: { family: 'Cole' } }]);
});
