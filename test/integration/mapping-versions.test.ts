import { randomBytes, randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  draftVersion,
  publishVersion,
  rollBack,
  type Draft,
  type Publication,
} from '../../src/commands/mapping-versions.ts';
import type { MappingTexts } from '../../src/commands/mapping-tools.ts';
import { openWorkbench } from '../../src/composition/mapping-workbench.ts';
import type { Connections } from '../../src/connections/open-connections.ts';
import type { WhoseCall } from '../../src/connections/own-mappings.ts';
import type { Caller } from '../../src/domain/index.ts';
import { createSeal } from '../../src/ledger/seal.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { listMappings, listMappingVersions, readMappingVersion } from '../../src/queries/mappings.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';
import { testKeys } from '../support/keys.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { contracts, MappingBench, VISIT } from '../support/mapping-bench.ts';
import { scriptedHis } from '../support/scripted-his.ts';
import { thrown } from '../support/thrown.ts';
import { untilWaiting } from '../support/until-waiting.ts';

let database: TestDatabase;
let ledger: Ledger;
let bench: MappingBench;
let clinic: Clinic;
let connectionId: string;
let engineer: Caller;
let connections: Connections;
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
const unused = { book: fail, cancel: fail, lookup: fail };
function fail(): Promise<never> {
  return Promise.reject(new Error('nothing is sent here'));
}
/** As another process has them. */
const openConnections = (of = bench): Connections => scriptedHis(ledger, [], unused, of.sources).connections;
beforeEach(async () => {
  clinic = await createClinic(database.db);
  connectionId = await clinic.addConnection('his');
  engineer = clinic.caller('engineer');
  connections = openConnections();
});
afterEach(() => connections.close());

const withPerson = (rule: string): MappingTexts => ({
  ...VISIT,
  'visit.yaml': VISIT['visit.yaml']?.replace("{ path: person, default: '-' }", rule) ?? '',
});
const TITLED = withPerson("{ text: 'Mx {person}', default: '-' }");
const SHOUTED = withPerson("{ path: person, case: upper, default: '-' }");

const draft = (files: MappingTexts, more: Partial<Draft> = {}): Promise<number> =>
  draftVersion(bench.parts, engineer, 'any.visit', { connectionId, files, announced: ['person'], ...more });
const publish = (number: number, more: Partial<Publication> = {}): Promise<unknown> =>
  publishVersion(bench.parts, engineer, 'any.visit', { connectionId, number, ...more });
const back = (to?: number): Promise<void> =>
  rollBack(bench.parts, engineer, 'any.visit', { connectionId, ...(to === undefined ? {} : { to }) });

const mappingsFor = async (call: WhoseCall, of = connections) => {
  const mappings = await (await of.get(connectionId)).connection.mappingsFor(call);
  if (!mappings) throw new Error('no mappings');
  return mappings;
};
const map = async (input: object, call: WhoseCall = { transactionId: randomUUID() }, of = connections) =>
  (await mappingsFor(call, of)).apply('visit', input);
const personOf = async (call?: WhoseCall, of?: Connections): Promise<unknown> =>
  Object(await map({ key: 'k', kind: 'A', person: 'ada' }, call, of)).person;
const versions = async (): Promise<string[]> => {
  const { items } = await listMappingVersions(database.db, { connectionId, name: 'visit' }, { limit: 50 });
  return items.map((each) => `${String(each['number'])} ${String(each['state'])}`);
};
const events = async (): Promise<{ type: string; data: Record<string, unknown> }[]> => {
  const found = await database.db.query<{ type: string; data: Record<string, unknown> }>(
    'select type, data from event where connection_id = $1 order by sequence',
    [connectionId],
  );
  return found.rows;
};
async function record(inputs: readonly object[]): Promise<void> {
  for (const [index, input] of inputs.entries()) {
    await map(input);
    if (index % 10 === 9) await bench.traffic.flush();
  }
  await bench.traffic.flush();
}

describe('a version', () => {
  test('is in use nowhere until it is published, then in every process at its next call, and taken back as soon', async () => {
    const elsewhere = openConnections();
    expect(await draft(TITLED, { note: 'titles', announced: ['person'] })).toBe(1);
    expect([await personOf(), await versions()]).toEqual(['ada', ['1 draft', '0 active']]);
    await publish(1);
    expect([await personOf(), await personOf(undefined, elsewhere)]).toEqual(['Mx ada', 'Mx ada']);
    expect(await draft(SHOUTED)).toBe(2);
    await publish(2);
    expect([await personOf(undefined, elsewhere), await versions()]).toEqual([
      'ADA',
      ['2 active', '1 retired', '0 retired'],
    ]);
    await back();
    expect([await personOf(), await personOf(undefined, elsewhere)]).toEqual(['Mx ada', 'Mx ada']);
    await back();
    expect([await personOf(), await versions()]).toEqual(['ada', ['2 retired', '1 retired', '0 active']]);
    expect(await thrown(back())).toMatchObject({ code: 'state-conflict' });
    await back(2);
    expect(await personOf()).toBe('ADA');
    expect(
      (await events()).map(
        ({ type, data }) =>
          type + ('from' in data ? ` ${String(data['from'])}>${String(data['to'])}` : ` ${String(data['number'])}`),
      ),
    ).toEqual([
      'mapping.drafted 1',
      'mapping.published 1',
      'mapping.drafted 2',
      'mapping.published 2',
      'mapping.rolled_back 2>1',
      'mapping.rolled_back 1>0',
      'mapping.rolled_back 0>2',
    ]);
    await elsewhere.close();
  });

  test('of one connection is nothing to another, nor to another organization', async () => {
    await draft(TITLED);
    await publish(1);
    const other = await clinic.addConnection('his');
    const { connection } = await connections.get(other);
    const mappings = await connection.mappingsFor({ transactionId: randomUUID() });
    expect(mappings?.apply('visit', { key: 'k', kind: 'A', person: 'ada' })).toMatchObject({ person: 'ada' });
    const stranger = (await createClinic(database.db)).caller('engineer');
    for (const tried of [
      () => draftVersion(bench.parts, stranger, 'any.visit', { connectionId, files: VISIT }),
      () => publishVersion(bench.parts, stranger, 'any.visit', { connectionId, number: 1 }),
      () => rollBack(bench.parts, stranger, 'any.visit', { connectionId }),
    ])
      expect(await thrown(tried)).toMatchObject({ code: 'not-found' });
  });

  test('with a fault, or whose examples do not hold, is not published; what is drafted must be one mapping', async () => {
    const broken = { ...VISIT, 'visit.yaml': 'mapping: visit\nfields: [' };
    const wrong = { ...VISIT, 'examples/visit.json': JSON.stringify({ input: { key: 'k', kind: 'B' }, output: {} }) };
    for (const files of [broken, wrong]) {
      const refused = await thrown(publish(await draft(files)));
      expect(refused).toMatchObject({ code: 'mapping-not-sound', members: { problems: expect.anything() } });
      expect([refused.members['problems']].flat().length).toBeGreaterThan(0);
    }
    expect(await personOf()).toBe('ada');
    for (const files of [
      { 'codes/kinds.csv': '' },
      { ...VISIT, '../up.csv': '' },
      { ...VISIT, 'other.yaml': '' },
      { ...VISIT, 'a.csv': '', 'a.csv/b.json': '' },
    ])
      expect(await thrown(draft(files))).toMatchObject({ code: 'validation' });
  });

  test('is listed beside the built-in ones, and read byte for byte', async () => {
    const odd = { ...TITLED, 'codes/kinds.csv': `\uFEFF${VISIT['codes/kinds.csv']?.replaceAll('\n', '\r\n')}` };
    await draft(odd);
    await publish(1);
    const listed = await listMappings(database.db, engineer, bench.workbench.described, connectionId, { limit: 50 });
    expect(listed.items).toEqual([
      expect.objectContaining({ name: 'any.days', active: 0, canary: null, latest: 0 }),
      expect.objectContaining({ name: 'any.visit', active: 1, canary: null, latest: 1 }),
    ]);
    const found = await database.db.query('select files from mapping_version where connection_id = $1', [connectionId]);
    expect(found.rows).toEqual([{ files: odd }]);
    expect(await readMappingVersion(database.db, { connectionId, name: 'visit' }, 1)).toMatchObject({
      state: 'active',
    });
    await expect(
      database.db.query(`update mapping_version set files = '{}' where connection_id = $1`, [connectionId]),
    ).rejects.toThrow('never change');
  });
});

describe('a retry', () => {
  test('uses the versions that its first attempt had, also in another process; remapped it uses the present ones', async () => {
    const transactionId = randomUUID();
    await draft(TITLED);
    await publish(1);
    const { version: began } = await mappingsFor({ transactionId, began: null });
    await draft(SHOUTED);
    await publish(2);
    const elsewhere = openConnections();
    for (const process of [connections, elsewhere]) {
      expect(await personOf({ transactionId, began }, process)).toBe('Mx ada');
      expect(await personOf({ transactionId, began: null }, process)).toBe('ADA');
    }
    expect((await mappingsFor({ transactionId, began })).version).toBe(began);
    await elsewhere.close();
  });

  test('that began with the built-in ones goes on with them', async () => {
    const { version: began } = await mappingsFor({ transactionId: randomUUID(), began: null });
    await draft(TITLED);
    await publish(1);
    expect(await personOf({ transactionId: randomUUID(), began })).toBe('ada');
  });

  test('whose built-in mappings an upgrade has replaced goes on with the present ones, and that is told', async () => {
    await draft(TITLED);
    await publish(1);
    const { version: began } = await mappingsFor({ transactionId: randomUUID(), began: null });
    const upgraded = new MappingBench(ledger, SHOUTED);
    const after = openConnections(upgraded);
    const mappings = await mappingsFor({ transactionId: randomUUID(), began }, after);
    expect(mappings).toMatchObject({ replaceGone: true });
    expect(mappings.version).not.toBe(began);
    expect(mappings.apply('visit', { key: 'k', kind: 'A', person: 'ada' })).toMatchObject({ person: 'Mx ada' });
    await after.close();
    await upgraded.close();
  });
});

describe('a canary', () => {
  test('of a share gets about that share, and always the same transactions', async () => {
    await draft(TITLED);
    await publish(1, { canary: { share: 25 } });
    const ids = Array.from({ length: 400 }, () => randomUUID());
    const titled = async (): Promise<string[]> => {
      const chosen = await Promise.all(ids.map((transactionId) => personOf({ transactionId, began: null })));
      return ids.filter((_, index) => chosen[index] === 'Mx ada');
    };
    const first = await titled();
    expect(first.length).toBeGreaterThan(50);
    expect(first.length).toBeLessThan(150);
    expect(await titled()).toEqual(first);
    expect(await versions()).toEqual(['1 canary', '0 active']);
    await publish(1);
    expect(await titled()).toEqual(ids);
  });

  test('of a location gets the transactions of that location, and no others', async () => {
    const [here, there] = [
      await clinic.addLocation('UTC', connectionId),
      await clinic.addLocation('UTC', connectionId),
    ];
    const transactionAt = async (locationId: string): Promise<string> => {
      const providerId = await clinic.addProvider({ connectionId, locationId });
      const appointmentId = await clinic.book(await clinic.addSlot({ connectionId, locationId, providerId }));
      const id = randomUUID();
      await database.db.query(
        `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id)
         select $1, organization_id, connection_id, id, 'c', 'book', 'queued', slot_id from appointment where id = $2`,
        [id, appointmentId],
      );
      return id;
    };
    await draft(TITLED);
    await publish(1, { canary: { locationIds: [here] } });
    expect(await personOf({ transactionId: await transactionAt(here), began: null })).toBe('Mx ada');
    expect(await personOf({ transactionId: await transactionAt(there), began: null })).toBe('ada');
    const elsewhere = await clinic.addLocation('UTC');
    const refused = publish(await draft(SHOUTED), { canary: { locationIds: [elsewhere] } });
    expect(await thrown(refused)).toMatchObject({ code: 'validation' });
  });

  test('in shadow is not used: what it would make otherwise is counted, by field and without values', async () => {
    await draft(TITLED);
    await publish(1, { canary: { share: 100, shadow: true } });
    await record([
      { key: 'k1', kind: 'A', person: 'ada' },
      { key: 'k2', kind: 'B' },
      { key: 'k3', kind: 'A', person: 'grace' },
    ]);
    expect(await personOf()).toBe('ada');
    const shown = await readMappingVersion(database.db, { connectionId, name: 'visit' }, 1);
    expect(shown['shadow']).toEqual({
      compared: 3,
      differing: 2,
      failing: 0,
      fields: [{ field: '/person', messages: 2 }],
    });
    await back();
    expect(await versions()).toEqual(['1 retired', '0 active']);
  });
});

describe('the gate', () => {
  test('stops a bug that changes one field in one of 200 recorded messages, and names the field and the record', async () => {
    const inputs = Array.from({ length: 200 }, (_, index) => ({
      key: `k${index}`,
      kind: index === 120 ? 'B' : 'A',
      person: `Secret-${index}`,
    }));
    await record(inputs);
    const buggy = { ...VISIT, 'codes/kinds.csv': VISIT['codes/kinds.csv']?.replace('B,telemedicine', 'B,video') ?? '' };
    const number = await draft(buggy, { announced: ['person'] });
    const refused = await thrown(publish(number));
    expect(refused).toMatchObject({ code: 'mapping-changes-unannounced', members: { total: 200 } });
    const [field] = [refused.members['fields']].flat();
    expect(field).toEqual({ what: 'changes', field: '/kind', messages: 1, records: [expect.any(String)] });
    const named = await database.db.query<{ id: string }>(
      'select id from mapping_record where connection_id = $1 order by id offset 120 limit 1',
      [connectionId],
    );
    expect(Object(field).records).toEqual([named.rows[0]?.id]);
    expect(JSON.stringify([refused.message, refused.members])).not.toMatch(/Secret|telemedicine|video/);
    expect(await versions()).toEqual(['1 draft', '0 active']);

    await publish(number, { override: { reason: 'the clinic has renamed it' } });
    expect(await map({ key: 'k', kind: 'B' })).toMatchObject({ kind: 'video' });
    const [, published] = await events();
    expect(published?.data).toMatchObject({
      number: 1,
      overridden: [{ what: 'changes', field: '/kind', messages: 1 }],
      by: engineer.clientId,
    });
    expect(JSON.stringify(await events())).not.toContain('renamed');
    expect((await readMappingVersion(database.db, { connectionId, name: 'visit' }, 1))['overridden']).toBe(true);
  });

  test('refuses a version whose examples take too long, and holds up nobody meanwhile', async () => {
    // Each is within what one application may cost, and takes most of a second; together they take too long.
    const input = { list: Array.from({ length: 2_000 }, () => ({ x: 'v' })), long: '.-'.repeat(15_000) };
    const names = Array.from({ length: 5 }, (_, index) => `examples/visit-${index}.json`);
    const endless = {
      'visit.yaml': (VISIT['visit.yaml'] ?? '').replace(
        /^fields:[^]*$/m,
        "fields:\n  out: { each: list, fields: { a: { path: '$root.long', normalise: identifier }, i: { path: x } } }\nexamples: [NAMES]\n".replace(
          'NAMES',
          names.join(', '),
        ),
      ),
      ...Object.fromEntries(names.map((name) => [name, JSON.stringify({ input, output: {} })])),
    };
    const workbench = openWorkbench(bench.library, bench.directory, contracts, 'contracts', 1_000);
    const of = { adapter: 'any', name: 'visit' };
    // A child is there: what its start costs is another matter.
    await workbench.problems(of, VISIT);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const problems = await workbench.problems(of, endless);
    const refused = await thrown(
      workbench.diff(
        of,
        VISIT,
        endless,
        names.map((id) => ({ id, text: JSON.stringify(input) })),
      ),
    );
    delay.disable();
    await workbench.close();
    expect(problems).toEqual([expect.stringContaining('took longer than 1000 ms')]);
    expect(refused).toMatchObject({
      code: 'mapping-not-sound',
      members: { problems: [expect.stringContaining('1000 ms')] },
    });
    // In nanoseconds; two seconds of work were done elsewhere.
    expect(delay.percentile(99) / 1e6).toBeLessThan(200);
  }, 60_000);

  test('lets pass what was announced, and refuses what is refused of a sudden', async () => {
    await record([
      { key: 'k1', kind: 'A', person: 'ada' },
      { key: 'k2', kind: 'B', person: 'grace' },
    ]);
    expect(await thrown(publish(await draft(TITLED, { announced: [] })))).toMatchObject({
      code: 'mapping-changes-unannounced',
    });
    await publish(await draft(TITLED, { announced: ['person'] }));
    expect(await personOf()).toBe('Mx ada');
    // What has just been mapped is a third input.
    await bench.traffic.flush();
    const strict = withPerson('{ path: person, as: integer }');
    const narrowed = {
      ...strict,
      'examples/visit.json': JSON.stringify({
        input: { key: 'k', kind: 'A', person: '4' },
        output: { key: 'k', kind: 'in-person', person: 4 },
      }),
    };
    const refused = await thrown(publish(await draft(narrowed, { announced: ['kind'] })));
    expect(refused.members['fields']).toEqual([
      { what: 'fails', field: '/person', messages: 3, records: expect.anything() },
    ]);
  });

  test('judges by as many inputs as the policy keeps, the newest', async () => {
    await database.db.query(`update connection set policy = policy || '{"recordedInputsMax": 15}' where id = $1`, [
      connectionId,
    ]);
    await record(Array.from({ length: 40 }, (_, index) => ({ key: `k${index}`, kind: index < 5 ? 'B' : 'A' })));
    const kept = await database.db.query('select id from mapping_record where connection_id = $1', [connectionId]);
    expect(kept.rows).toHaveLength(15);
    await publish(
      await draft({
        ...VISIT,
        'codes/kinds.csv': VISIT['codes/kinds.csv']?.replace('B,telemedicine', 'B,video') ?? '',
      }),
    );
    expect(await map({ key: 'k', kind: 'B' })).toMatchObject({ kind: 'video' });
  });

  test('two that publish at once are one that publishes and one that is told', async () => {
    const [one, two] = [await draft(TITLED), await draft(SHOUTED)];
    const done = await database.db.transaction(async (tx) => {
      // Both have judged by the same active version when the first of them may go on.
      await tx.query('select 1 from connection where id = $1 for update', [connectionId]);
      const both = Promise.allSettled([publish(one), publish(two)]);
      await untilWaiting(database.db, 2);
      return { both };
    });
    const ended = await done.both;
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'state-conflict' } });
  });
});
