import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { BookRequest, Call, Connector, Outcome } from '../../src/adapter-kit/index.ts';
import { bookAppointment } from '../../src/commands/book-appointment.ts';
import { cancelAppointment } from '../../src/commands/change-appointment.ts';
import { draftVersion, publishVersion, rollBack, type Publication } from '../../src/commands/mapping-versions.ts';
import { mapCode } from '../../src/commands/unmapped-codes.ts';
import type { Caller } from '../../src/domain/index.ts';
import { resumeConnection } from '../../src/ledger/connection-state.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { listUnmappedCodes } from '../../src/queries/mappings.ts';
import { SANDBOX_POLICY } from '../../src/domain/index.ts';
import { synchronise } from '../../src/reconcile/synchronise.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { testKeys } from '../support/keys.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { MappingBench, VISIT } from '../support/mapping-bench.ts';
import { scriptedHis, silent, type ScriptedHis } from '../support/scripted-his.ts';
import { thrown } from '../support/thrown.ts';

let database: TestDatabase;
let ledger: Ledger;
let bench: MappingBench;
let clinic: Clinic;
let connectionId: string;
let engineer: Caller;
let his: ScriptedHis;
/** Transactions that were handed to the queue. */
const sent: string[] = [];
/** What the HIS was sent, by transaction. */
const arrived = new Map<string, unknown>();
/** The kind of visit that a booking names, by transaction. */
const kinds = new Map<string, string>();

/** What happens before the mapping, by transaction; and what the HIS answers, once, if not that all is well. */
const during = new Map<string, () => Promise<unknown>>();
const answers = new Map<string, Outcome>();

async function book(call: Call, { patient }: BookRequest): Promise<Outcome> {
  const happens = during.get(call.transactionId);
  during.delete(call.transactionId);
  const answer = answers.get(call.transactionId);
  answers.delete(call.transactionId);
  await happens?.();
  const kind = kinds.get(call.transactionId) ?? 'A';
  const body = call.map('visit', { key: call.transactionId, kind, person: patient.name.family });
  arrived.set(call.transactionId, body);
  return answer ?? { class: 'success', externalId: `at-his-${call.transactionId}` };
}

const connector: Omit<Connector, 'close'> = {
  book,
  cancel: () => Promise.resolve({ class: 'success', externalId: 'gone' }),
  lookup: (call) => {
    call.map('visit', { key: 'k', kind: kinds.get(call.transactionId) ?? 'A' });
    return Promise.resolve({ kind: 'found', externalId: `found-${call.transactionId}` });
  },
  async *findSlots(call) {
    await Promise.resolve();
    const days = [
      { key: 'd1', kind: 'A' },
      { key: 'd2', kind: 'C' },
      { key: 'd3', kind: 'B' },
    ];
    offered = call.map('days', { days });
    yield [];
  },
};
let offered: unknown;

beforeAll(async () => {
  database = await createTestDatabase();
  const send = (_tx: unknown, { transactionId }: { transactionId: string }) =>
    Promise.resolve(void sent.push(transactionId));
  ledger = {
    db: database.db,
    seal: createSeal(randomBytes(32)),
    keys: testKeys(database.db),
    queue: { send, begin: () => {}, work: () => {}, stop: () => Promise.resolve() },
  };
  bench = new MappingBench(ledger);
});
afterAll(async () => {
  await bench.close();
  await database.drop();
});
beforeEach(async () => {
  clinic = await createClinic(database.db);
  // One page: what the HIS offers is then asked for once.
  connectionId = await clinic.addConnection('his', { ...SANDBOX_POLICY, poll: { pageDays: 30 } });
  engineer = clinic.caller('engineer');
  his = scriptedHis(ledger, ['FindsSlots'], connector, bench.sources);
  sent.length = 0;
  arrived.clear();
  kinds.clear();
});
afterEach(() => his.connections.close());

interface Asked {
  readonly appointmentId: string;
  readonly transactionId: string;
}

let hour = 24;
async function ask(kind: string): Promise<Asked> {
  const slotId = await clinic.addSlot({ connectionId, hubManaged: false, inHours: ++hour, externalId: randomUUID() });
  const patientId = await clinic.addPatient();
  const asked = await database.db.transaction((tx) =>
    bookAppointment(tx, ledger, clinic.caller('app'), randomUUID(), { slotId, patientId }),
  );
  kinds.set(asked.transactionId, kind);
  return asked;
}
const dispatch = ({ transactionId }: Asked): Promise<void> => his.dispatcher.dispatch(transactionId);
const codes = async () => (await listUnmappedCodes(database.db, engineer, connectionId, { limit: 50 })).items;
const map = async (value: string) =>
  mapCode({ ...bench.parts, queue: ledger.queue }, engineer, String((await codes())[0]?.['id']), value);
async function row({ transactionId }: Asked): Promise<Record<string, unknown>> {
  const found = await database.db.query(
    'select state, attempts, retries, error_class, error_code, mapping_version from transaction where id = $1',
    [transactionId],
  );
  return found.rows[0] ?? {};
}

test('a booking with an unmapped code waits, visibly; once it is mapped exactly those that waited go on by themselves', async () => {
  const [first, second, other] = [await ask('C'), await ask('C'), await ask('D')];
  for (const asked of [first, second, other]) await dispatch(asked);
  for (const asked of [first, second, other]) {
    expect(await row(asked)).toMatchObject({ state: 'parked', retries: 0, error_code: 'unmapped-code' });
  }
  expect(arrived.size).toBe(0);
  expect(await codes()).toMatchObject([
    { code: 'C', table: 'codes/kinds.csv', side: 'vendor', waiting: 2, skipped: 0, mappings: ['any.visit'] },
    { code: 'D', waiting: 1 },
  ]);

  sent.length = 0;
  expect(await map('telemedicine')).toMatchObject({ resumed: 2 });
  expect(sent.toSorted()).toEqual([first.transactionId, second.transactionId].toSorted());
  for (const asked of [first, second]) {
    await dispatch(asked);
    expect(await row(asked)).toMatchObject({ state: 'succeeded', error_code: null });
    expect(arrived.get(asked.transactionId)).toMatchObject({ kind: 'telemedicine' });
  }
  expect(await row(other)).toMatchObject({ state: 'parked' });
  expect(await codes()).toMatchObject([{ code: 'D', waiting: 1 }]);
  const events = await database.db.query<{ type: string }>(
    `select type from event where connection_id = $1 and type not like 'transaction.%' and type not like 'appointment.%'
     order by sequence`,
    [connectionId],
  );
  expect(events.rows.map(({ type }) => type)).toEqual([
    'unmapped_code.found',
    'unmapped_code.found',
    // The table is read by two mappings.
    'mapping.published',
    'mapping.published',
    'unmapped_code.mapped',
  ]);
});

test('one that waits for a code burns no attempt, however often it is called, and whoever starts the connection again', async () => {
  const asked = await ask('C');
  await dispatch(asked);
  const { attempts } = await row(asked);
  await database.db.transaction((tx) => resumeConnection(tx, ledger.queue, connectionId));
  for (let time = 0; time < 3; time++) await dispatch(asked);
  expect(await row(asked)).toMatchObject({ state: 'parked', attempts, retries: 0 });
});

test('one that began before the code was mapped, and is retried after, goes on with the newest mappings', async () => {
  const [late, early] = [await ask('C'), await ask('C')];
  answers.set(late.transactionId, { class: 'transient', reason: 'busy' });
  kinds.set(late.transactionId, 'A');
  await dispatch(late);
  expect(await row(late)).toMatchObject({ state: 'retrying' });
  kinds.set(late.transactionId, 'C');
  await dispatch(early);
  await map('telemedicine');
  for (let time = 0; time < 2; time++) {
    await database.db.query('update transaction set due_at = now() where id = $1', [late.transactionId]);
    await dispatch(late);
  }
  expect(await row(late)).toMatchObject({ state: 'succeeded' });
  expect(await codes()).toEqual([]);
});

test('a code that is mapped while a call with it is under way is not asked for again', async () => {
  const [first, second] = [await ask('C'), await ask('C')];
  await dispatch(first);
  during.set(second.transactionId, () => map('telemedicine'));
  await dispatch(second);
  expect(await row(second)).toMatchObject({ state: 'parked' });
  expect(await codes()).toEqual([]);
  for (const asked of [first, second]) {
    await database.db.query('update transaction set due_at = now() where id = $1', [asked.transactionId]);
    await dispatch(asked);
    expect(await row(asked)).toMatchObject({ state: 'succeeded' });
  }
});

test('what waits for a code can be withdrawn: its cancellation takes it away', async () => {
  const asked = await ask('C');
  await dispatch(asked);
  await database.db.transaction((tx) =>
    cancelAppointment(tx, ledger, clinic.caller('app'), randomUUID(), { id: asked.appointmentId }),
  );
  await dispatch(asked);
  expect(await row(asked)).toMatchObject({ state: 'superseded' });
  expect(await codes()).toMatchObject([{ code: 'C', waiting: 0 }]);
});

test('an outcome that nobody knows is looked up once the code in the answer is mapped, and not again and again before', async () => {
  const asked = await ask('A');
  await database.db.query(
    `update transaction set state = 'unknown', step = 'book', unknown_since = now(), attempts = 1 where id = $1`,
    [asked.transactionId],
  );
  kinds.set(asked.transactionId, 'C');
  for (let time = 0; time < 3; time++) await dispatch(asked);
  expect(await row(asked)).toMatchObject({ state: 'unknown', attempts: 2 });
  expect(await codes()).toMatchObject([{ code: 'C', waiting: 1 }]);
  await map('in-person');
  await dispatch(asked);
  expect(await row(asked)).toMatchObject({ state: 'succeeded' });
});

test('an item of what the HIS offers is left out for its code, and counted; all others are read', async () => {
  await synchronise({ db: database.db, connections: his.connections, log: silent }, connectionId);
  expect(offered).toEqual([
    { key: 'd1', kind: 'in-person' },
    { key: 'd3', kind: 'telemedicine' },
  ]);
  await bench.traffic.flush();
  expect(await codes()).toMatchObject([{ code: 'C', skipped: 1, waiting: 0, mappings: ['any.days'] }]);
  expect(await map('in-person')).toMatchObject({ wasSkipped: true, resumed: 0 });
  await synchronise({ db: database.db, connections: his.connections, log: silent }, connectionId);
  expect(offered).toContainEqual({ key: 'd2', kind: 'in-person' });
  expect(await codes()).toEqual([]);
});

describe('beside versions of the connection’s own', () => {
  const publish = async (canary?: Publication['canary']): Promise<number> => {
    const number = await draftVersion(bench.parts, engineer, 'any.visit', { connectionId, files: VISIT });
    await publishVersion(bench.parts, engineer, 'any.visit', { connectionId, number, ...(canary && { canary }) });
    return number;
  };
  const versions = async () =>
    (
      await database.db.query<{ number: number; state: string; share: number | null }>(
        `select number, state, canary_share as share from mapping_version
         where connection_id = $1 and name = 'visit' and state in ('active', 'canary') order by state`,
        [connectionId],
      )
    ).rows;
  const takeBack = () => rollBack(bench.parts, engineer, 'any.visit', { connectionId });

  test('a code is mapped in the canary, too, which stays the canary that it was', async () => {
    await publish({ share: 100 });
    const asked = await ask('C');
    await dispatch(asked);
    expect(await row(asked)).toMatchObject({ state: 'parked', error_code: 'unmapped-code' });
    expect(await map('telemedicine')).toMatchObject({ resumed: 1 });
    await dispatch(asked);
    expect(await row(asked)).toMatchObject({ state: 'succeeded' });
    expect(await codes()).toEqual([]);
    expect(await versions()).toEqual([
      { number: 2, state: 'active', share: null },
      { number: 3, state: 'canary', share: 100 },
    ]);
  });

  test('a mapped code is no publication to take back: what was published last is', async () => {
    await publish();
    await publish();
    await dispatch(await ask('C'));
    await map('telemedicine');
    expect(await versions()).toMatchObject([{ number: 3, state: 'active' }]);
    await takeBack();
    expect(await versions()).toMatchObject([{ number: 1, state: 'active' }]);
  });

  test('a version is taken back while the examples with the code run, and the code is mapped in what is in use then', async () => {
    await publish();
    await dispatch(await ask('C'));
    let times = 0;
    const tools: typeof bench.parts.tools = {
      ...bench.parts.tools,
      problems: async (of, texts) => {
        if ((times += 1) === 1) await takeBack();
        return bench.parts.tools.problems(of, texts);
      },
    };
    const [code] = await codes();
    const parts = { ...bench.parts, tools, queue: ledger.queue };
    expect(await mapCode(parts, engineer, String(code?.['id']), 'telemedicine')).toMatchObject({ resumed: 1 });
    expect(await versions()).toMatchObject([{ number: 2, state: 'active' }]);
    await takeBack();
    expect(await versions()).toEqual([]);
  }, 30_000);
});

test('a version that lists the code, published by hand, ends the wait for it; a canary, and one that does not list it, end none', async () => {
  const asked = await ask('C');
  await dispatch(asked);
  const publish = async (files: Readonly<Record<string, string>>, canary?: Publication['canary']): Promise<void> => {
    const number = await draftVersion(bench.parts, engineer, 'any.visit', { connectionId, files });
    await publishVersion(bench.parts, engineer, 'any.visit', { connectionId, number, ...(canary && { canary }) });
  };
  const listed = { ...VISIT, 'codes/kinds.csv': `${VISIT['codes/kinds.csv']}C,telemedicine,made up,2026-11-02\n` };
  sent.length = 0;
  await publish({ ...VISIT, 'visit.yaml': `${VISIT['visit.yaml']}# The same.\n` });
  await publish(listed, { share: 100, shadow: true });
  expect([await codes(), sent]).toMatchObject([[{ code: 'C', waiting: 1 }], []]);

  await publish(listed);
  expect([await codes(), sent]).toEqual([[], [asked.transactionId]]);
  await dispatch(asked);
  expect(await row(asked)).toMatchObject({ state: 'succeeded', error_code: null });
  expect(arrived.get(asked.transactionId)).toMatchObject({ kind: 'telemedicine' });
});

test('a code is mapped once: the same value again changes nothing, another is refused, and so is a stranger', async () => {
  await dispatch(await ask('C'));
  const [{ id } = { id: '' }] = await codes();
  const parts = { ...bench.parts, queue: ledger.queue };
  const stranger = (await createClinic(database.db)).caller('engineer');
  expect(await thrown(mapCode(parts, stranger, String(id), 'in-person'))).toMatchObject({ code: 'not-found' });
  await mapCode(parts, engineer, String(id), 'in-person');
  await mapCode(parts, engineer, String(id), 'in-person');
  expect(await thrown(mapCode(parts, engineer, String(id), 'telemedicine'))).toMatchObject({ code: 'state-conflict' });
  const made = await database.db.query('select name, number from mapping_version where connection_id = $1', [
    connectionId,
  ]);
  expect(made.rows).toHaveLength(2);
});
