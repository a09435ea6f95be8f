/** Versions of mappings from outside: an API, a worker in a process of its own, and the command line. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database.ts';
import { HubProcess } from '../support/hub-process.ts';
import { TestHub, type FreeSlot } from '../support/hub.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

const TESSERA = join(import.meta.dirname, '../../bin/tessera.cjs');
const MAPPING = '/v1/mappings/epic.book-request';

let hub: TestHub;
let worker: HubProcess;
let slots: FreeSlot[];
let connectionId: string;

beforeAll(async () => {
  const database = await createTestDatabase();
  const dataDir = await makeDataDirectory('tessera-hub-');
  hub = new TestHub(database, dataDir, { TESSERA_ROLES: 'api,listener' });
  worker = new HubProcess('worker', { databaseUrl: database.url, dataDir, environment: {} });
  await Promise.all([hub.start(), worker.start()]);
  slots = await hub.freeSlots('epic');
  connectionId = hub.connection('epic').id;
}, 90_000);
afterAll(async () => {
  await worker.end();
  await hub.stop();
}, 60_000);

interface Booked {
  readonly id: string;
  readonly status: string;
  readonly transactions: readonly { readonly id: string }[];
}
interface Version {
  readonly number: number;
  readonly state: string;
  readonly files: Readonly<Record<string, string>>;
}

const engineer = <Body>(method: string, path: string, body?: unknown) =>
  hub.request<Body>(method, path, { role: 'engineer', ...(body === undefined ? {} : { body }) });

const made: { readonly id: string; readonly transactionId: string; readonly slot: FreeSlot }[] = [];
async function bookLater(): Promise<string> {
  const slot = slots.shift();
  if (!slot) throw new Error('no free slot is left');
  const { body } = await hub.book<Booked>(slot.id, await hub.newPatient(), slot.id, { prefer: 'respond-async' });
  const transactionId = body.transactions[0]?.id ?? '';
  made.push({ id: body.id, transactionId, slot });
  return transactionId;
}

/** Books until a worker has used other mappings than `old`; returns theirs, and how long that took. */
async function untilOther(old: string | null): Promise<{ readonly version: string; readonly ms: number }> {
  const since = Date.now();
  for (;;) {
    const id = await bookLater();
    const { mappingVersion } = await hub.until<{ mappingVersion: string | null }>(
      `/v1/transactions/${id}`,
      (body) => body.mappingVersion !== null,
    );
    const ms = Date.now() - since;
    if (mappingVersion !== null && mappingVersion !== old) return { version: mappingVersion, ms };
    if (ms > 30_000) throw new Error('the worker goes on with the old mappings');
  }
}

test('a version is used by another process within 5 s, and so is taking it back, while bookings are under way; none is lost', async () => {
  // Some are at the HIS, slowly, while versions change.
  await hub.control('epic', 'POST', '/faults', { on: 'book', fault: 'slow', times: 6, afterMs: 1_200 });
  const { version: builtIn } = await untilOther(null);
  const { body: shipped } = await engineer<Version>('GET', `${MAPPING}/versions/0?connection=${connectionId}`);
  expect(shipped).toMatchObject({ number: 0, state: 'active' });
  const files = {
    ...shipped.files,
    'book-request.yaml': `${shipped.files['book-request.yaml'] ?? ''}# The same, said anew.\n`,
  };
  const drafted = await engineer<Version>('POST', `${MAPPING}/versions`, { connectionId, files, note: 'said anew' });
  expect([drafted.status, drafted.body.number]).toEqual([201, 1]);
  expect(
    (await hub.request('POST', `${MAPPING}/publish`, { role: 'support', body: { connectionId, number: 1 } })).status,
  ).toBe(403);

  await Promise.all(Array.from({ length: 8 }, bookLater));
  const published = await engineer<{ items: Version[] }>('POST', `${MAPPING}/publish`, { connectionId, number: 1 });
  expect([published.status, published.body.items.map(({ number, state }) => `${number} ${state}`)]).toEqual([
    200,
    ['1 active', '0 retired'],
  ]);
  const own = await untilOther(builtIn);
  expect(own.ms).toBeLessThan(5_000);

  await Promise.all(Array.from({ length: 8 }, bookLater));
  expect((await engineer('POST', `${MAPPING}/rollback`, { connectionId })).status).toBe(200);
  const after = await untilOther(own.version);
  expect(after.version).toBe(builtIn);
  expect(after.ms).toBeLessThan(5_000);

  for (const { id, slot } of made) {
    await hub.until<Booked>(`/v1/appointments/${id}`, ({ status }) => status === 'booked');
    expect(await hub.effects('epic', { slotId: slot.externalId })).toMatchObject([{ status: 'booked' }]);
  }
}, 120_000);

test('what was recorded is mapped again to compare, tried in a process of its own, and measured; support may look', async () => {
  const { body: shipped } = await engineer<Version>('GET', `${MAPPING}/versions/0?connection=${connectionId}`);
  const diff = await engineer<{ total: number; same: number }>('POST', `${MAPPING}/diff`, { connectionId, number: 1 });
  expect(diff.body).toMatchObject({ changedFields: [], failedFields: [], unannounced: [] });
  expect(diff.body.total).toBeGreaterThan(0);
  expect(diff.body.same).toBe(diff.body.total);
  const example = Object.entries(shipped.files).find(([path]) => path.startsWith('examples/'))?.[1] ?? '{}';
  const { input, output } = JSON.parse(example) as { input: unknown; output: unknown };
  const tried = await engineer('POST', `${MAPPING}/try`, { connectionId, input });
  expect(tried.body).toMatchObject({ kind: 'done', output });
  const saved = await engineer<{ files: Record<string, string> }>('POST', `${MAPPING}/try`, {
    connectionId,
    input,
    saveAs: 'examples/another.json',
  });
  const { files } = saved.body;
  expect(JSON.parse(files['examples/another.json'] ?? '{}')).toEqual({
    input: expect.anything(),
    output: expect.anything(),
  });
  expect(Object.entries(files).find(([path]) => path.endsWith('.yaml'))?.[1]).toContain('examples/another.json');
  const twice = await engineer('POST', `${MAPPING}/try`, {
    connectionId,
    input,
    files,
    saveAs: 'examples/another.json',
  });
  expect(twice.body).toMatchObject({ kind: 'done', files: null });
  for (const path of [
    `${MAPPING}/coverage?connection=${connectionId}`,
    `/v1/mappings?connection=${connectionId}`,
    `/v1/unmapped-codes?connection=${connectionId}`,
  ])
    expect((await hub.request('GET', path, { role: 'support' })).status).toBe(200);
  expect((await hub.request('GET', '/v1/mappings', { role: 'app' })).status).toBe(403);
  expect((await engineer('GET', `/v1/mappings/epic.nothing/versions?connection=${connectionId}`)).status).toBe(404);
}, 60_000);

test('is tried out with what the hospital says now: nothing is written there, nothing of a person is shown, and it is on record', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dryrun-'));
  const env = { ...process.env, TESSERA_API: hub.sandbox.api, TESSERA_TOKEN: hub.sandbox.tokens.engineer };
  const dryrun = (...words: string[]) =>
    promisify(execFile)(process.execPath, [TESSERA, 'map', 'dryrun', '--connection', 'epic', ...words], { env });
  const before = await hub.effects('epic', { slotId: slots.at(-1)?.externalId ?? '' });
  const file = join(directory, 'one.json');
  const { stdout } = await dryrun('--mapping', 'provider', '--save', file);
  expect(stdout).toMatch(/listProviders: success, 1 input[^]*1 of 1 inputs are mapped\nsaved as /);
  const saved = await readFile(file, 'utf8');
  const people = await hub.database.db.query<{ family: string; email: string | null }>(
    'select family, email from provider where connection_id = $1',
    [connectionId],
  );
  expect(people.rows.length).toBeGreaterThan(1);
  for (const { family, email } of people.rows) {
    expect(saved).not.toContain(`"${family}"`);
    if (email !== null) expect(saved).not.toContain(email);
  }
  const { input, output } = JSON.parse(saved) as { input: unknown; output: unknown };
  const tried = await engineer('POST', '/v1/mappings/epic.provider/try', { connectionId, input });
  expect(tried.body).toMatchObject({ kind: 'done', output });

  const path = '/v1/mappings/epic.location';
  const { body: shipped } = await engineer<Version>('GET', `${path}/versions/0?connection=${connectionId}`);
  const text = shipped.files['location.yaml'] ?? '';
  const broken = text.replace(/^( *)name:.*$/m, '$1name: { path: noSuchName, required: true }');
  const misfit = await engineer<{ inputs: object[] }>('POST', `${path}/dryrun`, {
    connectionId,
    files: { ...shipped.files, 'location.yaml': broken },
  });
  const line = broken.split('\n').findIndex((each) => each.includes('noSuchName')) + 1;
  expect(misfit.body.inputs[0]).toMatchObject({ kind: 'misfit', error: { line, field: 'name', found: 'absent' } });

  expect(await hub.effects('epic', { slotId: slots.at(-1)?.externalId ?? '' })).toEqual(before);
  const told = await hub.database.db.query<{ data: object }>(
    `select data from event where type = 'mapping.dry_run' and connection_id = $1 order by data ->> 'mapping'`,
    [connectionId],
  );
  expect(told.rows.map(({ data }) => data)).toEqual([
    { mapping: 'epic.location', by: 'sandbox-engineer' },
    { mapping: 'epic.provider', by: 'sandbox-engineer' },
  ]);
  for (const role of ['support', 'app'] as const)
    expect((await hub.request('POST', `${path}/dryrun`, { role, body: { connectionId } })).status).toBe(403);
  await rm(directory, { recursive: true });
}, 60_000);

test('a code that nobody has mapped is listed, and mapped by an engineer in every mapping that reads its table', async () => {
  const { id } = hub.connection('epic');
  await hub.database.db.query(
    `insert into unmapped_code (id, organization_id, connection_id, table_path, side, code, names)
     select gen_random_uuid(), organization_id, id, 'codes/service-statuses.csv', 'vendor', 'ODD', '{service-appointment}' from connection where id = $1`,
    [id],
  );
  const list = `/v1/unmapped-codes?connection=${id}`;
  const { body } = await hub.request<{ items: { id: string; code: string }[] }>('GET', list, { role: 'support' });
  expect(body.items).toMatchObject([
    { code: 'ODD', mappings: ['epic.service-appointment'], waiting: 0, mappedTo: null },
  ]);
  const map = `/v1/unmapped-codes/${body.items[0]?.id ?? ''}/map`;
  expect((await hub.request('POST', map, { role: 'support', body: { value: 'booked' } })).status).toBe(403);
  expect((await engineer('POST', map, { value: 'no such status' })).status).toBe(400);
  const mapped = await engineer('POST', map, { value: 'booked' });
  expect([mapped.status, mapped.body]).toMatchObject([200, { mappedTo: 'booked' }]);
  expect((await engineer<{ items: unknown[] }>('GET', list)).body.items).toEqual([]);
  const { body: all } = await engineer<{ items: { name: string; active: number }[] }>(
    'GET',
    `/v1/mappings?connection=${id}`,
  );
  expect(all.items.filter(({ active }) => active === 1).map(({ name }) => name)).toEqual(['epic.service-appointment']);
  const path = `/v1/mappings/epic.service-appointment/versions/1?connection=${id}`;
  expect((await engineer<Version>('GET', path)).body.files['codes/service-statuses.csv']).toMatch(/\nODD,booked,.*\n$/);
}, 60_000);

test('all versions of a connection go to files and into another connection, byte for byte', async () => {
  const env = { ...process.env, TESSERA_API: hub.sandbox.api, TESSERA_TOKEN: hub.sandbox.tokens.engineer };
  const tessera = (...words: string[]) =>
    promisify(execFile)(process.execPath, [TESSERA, 'map', 'versions', ...words], { env });
  const from = hub.connection('hl7v2').id;
  const path = '/v1/mappings/hl7v2.book';
  const { body: shipped } = await engineer<Version>('GET', `${path}/versions/0?connection=${from}`);
  const odd = `\uFEFF${shipped.files['codes/reasons.csv'] ?? ''}`.replaceAll('\n', '\r\n');
  for (const files of [shipped.files, { ...shipped.files, 'codes/reasons.csv': odd }])
    await engineer('POST', `${path}/versions`, { connectionId: from, files, announced: ['MSH'] });
  const { body: settings } = await engineer<{ config: object }>('GET', `/v1/connections/${from}`);
  const copy = await engineer<{ id: string }>('POST', '/v1/connections', {
    key: 'copy',
    name: 'A copy',
    adapter: 'hl7v2',
    config: settings.config,
    secrets: {},
    state: 'paused',
  });
  expect([copy.status, copy.body]).toMatchObject([201, {}]);

  const [one, two] = await Promise.all([mkdtemp(join(tmpdir(), 'one-')), mkdtemp(join(tmpdir(), 'two-'))]);
  await tessera('export', one, '--connection', from);
  // What lies beside versions in a repository is none.
  await mkdir(join(one, '.git'));
  await writeFile(join(one, 'README.md'), 'ours');
  await writeFile(join(one, 'hl7v2.book/1/files/.DS_Store'), '');
  const imported = await tessera('import', one, '--connection', copy.body.id, '--json');
  expect(JSON.parse(imported.stdout)).toEqual({ drafted: ['hl7v2.book/1', 'hl7v2.book/2'] });
  expect(JSON.parse((await tessera('import', one, '--connection', copy.body.id, '--json')).stdout)).toEqual({
    drafted: [],
  });
  await tessera('export', two, '--connection', copy.body.id);
  await Promise.all([join(one, 'README.md'), join(one, 'hl7v2.book/1/files/.DS_Store')].map((each) => rm(each)));
  const filesOf = async (directory: string): Promise<Record<string, string>> => {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
    const texts = paths
      .filter((each) => !each.endsWith('version.json'))
      .map(async (each) => [each.slice(directory.length), (await readFile(each)).toString('base64')] as const);
    return Object.fromEntries(await Promise.all(texts));
  };
  const written = await filesOf(one);
  expect(Object.keys(written)).toContain('/hl7v2.book/2/files/codes/reasons.csv');
  expect(Buffer.from(written['/hl7v2.book/2/files/codes/reasons.csv'] ?? '', 'base64').toString()).toBe(odd);
  expect(await filesOf(two)).toEqual(written);
  const listed = await tessera('list', 'hl7v2.book', '--connection', from);
  expect(listed.stdout).toMatch(/2 +draft/);
  await Promise.all([one, two].map((each) => rm(each, { recursive: true })));
}, 60_000);

test('what the command line cannot carry out ends with 2, what the hub finds wrong with 1', async () => {
  const env = { ...process.env, TESSERA_API: hub.sandbox.api, TESSERA_TOKEN: hub.sandbox.tokens.engineer };
  const codeOf = async (words: readonly string[], more: Record<string, string> = {}): Promise<unknown> =>
    promisify(execFile)(process.execPath, [TESSERA, 'map', ...words], { env: { ...env, ...more } }).then(
      () => 0,
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
  const connection = hub.connection('hl7v2').id;
  const list = ['versions', 'list', 'hl7v2.book', '--connection', connection];
  const empty = await mkdtemp(join(tmpdir(), 'empty-'));
  expect(
    await Promise.all([
      codeOf(list),
      codeOf(['versions', 'list', 'hl7v2.book', '--connection', 'nobody']),
      codeOf(['versions', 'list', 'hl7v2.nothing', '--connection', connection]),
      codeOf(['versions', 'import', empty, '--connection', connection]),
      codeOf(['dryrun', '--connection', connection], { TESSERA_TOKEN: 'wrong' }),
      codeOf(list, { TESSERA_API: 'http://127.0.0.1:1' }),
      codeOf(['versions', 'publish', 'hl7v2.book', '1', '--share', '0', '--connection', connection]),
      // What is the active one already.
      codeOf(['versions', 'rollback', 'hl7v2.book', '--to', '0', '--connection', connection]),
    ]),
  ).toEqual([0, 2, 2, 2, 2, 2, 2, 1]);
  await rm(empty, { recursive: true });
}, 60_000);
