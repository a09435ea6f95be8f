import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@jest/globals';
import type { Connector, Outcome } from '../../src/adapter-kit/index.ts';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import { draftVersion, publishVersion } from '../../src/commands/mapping-versions.ts';
import type { MappingTexts } from '../../src/commands/mapping-tools.ts';
import { replayTransaction } from '../../src/commands/replay.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { testKeys } from '../support/keys.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MappingBench, VISIT } from '../support/mapping-bench.ts';
import { scriptedHis, type ScriptedHis } from '../support/scripted-his.ts';

let database: TestDatabase;
let ledger: Ledger;
let bench: MappingBench;
let clinic: Clinic;
let connectionId: string;
let his: ScriptedHis;
/** What the HIS was sent, in order; and what it answers, in order, then always success. */
const persons: unknown[] = [];
const answers: Outcome[] = [];

const connector: Omit<Connector, 'close'> = {
  book(call) {
    persons.push(Object(call.map('visit', { key: call.transactionId, kind: 'A', person: 'ada' })).person);
    return Promise.resolve(answers.shift() ?? { class: 'success', externalId: call.transactionId });
  },
  cancel: () => Promise.resolve({ class: 'success', externalId: 'gone' }),
  lookup: () => Promise.resolve({ kind: 'absent' }),
};

beforeAll(async () => {
  database = await createTestDatabase();
  const queue = { send: () => Promise.resolve(), begin: () => {}, work: () => {}, stop: () => Promise.resolve() };
  ledger = { db: database.db, seal: createSeal(randomBytes(32)), keys: testKeys(database.db), queue };
  bench = new MappingBench(ledger);
});
afterAll(async () => {
  await bench.close();
  await database.drop();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
  connectionId = await clinic.addConnection('his');
  his = scriptedHis(ledger, [], connector, bench.sources);
  persons.length = 0;
  answers.length = 0;
});
afterEach(() => his.connections.close());

const saying = (word: string): MappingTexts => ({
  ...VISIT,
  'visit.yaml': VISIT['visit.yaml']?.replace('{ path: person, default', `{ text: '${word} {person}', default`) ?? '',
});
async function publish(word: string): Promise<void> {
  const engineer = clinic.caller('engineer');
  const files = saying(word);
  const number = await draftVersion(bench.parts, engineer, 'any.visit', { connectionId, files, announced: ['person'] });
  await publishVersion(bench.parts, engineer, 'any.visit', { connectionId, number });
}
async function ask(): Promise<string> {
  const slotId = await clinic.addSlot({ connectionId, hubManaged: false, externalId: randomUUID() });
  const patientId = await clinic.addPatient();
  const app = clinic.caller('app');
  const asked = await database.db.transaction((tx) =>
    bookAppointment(tx, ledger, app, randomUUID(), { slotId, patientId }),
  );
  return asked.transactionId;
}
async function dispatch(id: string): Promise<Record<string, unknown>> {
  await database.db.query('update transaction set due_at = now() where id = $1', [id]);
  await his.dispatcher.dispatch(id);
  const found = await database.db.query('select state, mapping_version from transaction where id = $1', [id]);
  return found.rows[0] ?? {};
}

test('a retry is written with the mappings of the first attempt, what begins later with the new ones', async () => {
  await publish('one');
  const id = await ask();
  answers.push({ class: 'transient', reason: 'busy' });
  const first = await dispatch(id);
  expect(first).toMatchObject({ state: 'retrying' });
  await publish('two');
  expect(await dispatch(id)).toEqual({ state: 'succeeded', mapping_version: first['mapping_version'] });
  const later = await dispatch(await ask());
  expect(later['mapping_version']).not.toBe(first['mapping_version']);
  expect(persons).toEqual(['one ada', 'one ada', 'two ada']);
});

test('what failed is replayed with the mappings that it began with, and remapped with the present ones', async () => {
  await publish('one');
  const [same, remapped] = [await ask(), await ask()];
  answers.push({ class: 'invalid', reason: 'bad-name' }, { class: 'invalid', reason: 'bad-name' });
  for (const id of [same, remapped]) expect(await dispatch(id)).toMatchObject({ state: 'failed' });
  await publish('two');
  const support = clinic.caller('support');
  await replayTransaction(ledger, support, same, { mode: 'same' });
  await replayTransaction(ledger, support, remapped, { mode: 'remap' });
  for (const id of [same, remapped]) expect(await dispatch(id)).toMatchObject({ state: 'succeeded' });
  expect(persons).toEqual(['one ada', 'one ada', 'one ada', 'two ada']);
});

test('after an upgrade of the built-in mappings a retry goes on with the present ones, and its story says so', async () => {
  await publish('one');
  const id = await ask();
  answers.push({ class: 'transient', reason: 'busy' });
  const first = await dispatch(id);
  await his.connections.close();
  const upgraded = new MappingBench(ledger, saying('built in'));
  his = scriptedHis(ledger, [], connector, upgraded.sources);
  const second = await dispatch(id);
  expect(second).toMatchObject({
    state: 'succeeded',
    mapping_version: expect.not.stringMatching(String(first['mapping_version'])),
  });
  const told = await database.db.query(
    `select data from event where transaction_id = $1 and type = 'mapping.version_gone'`,
    [id],
  );
  expect(told.rows).toEqual([{ data: { began: first['mapping_version'], now: second['mapping_version'] } }]);
  await upgraded.close();
});
