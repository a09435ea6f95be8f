/** A hospital of messages as a process of its own, which the sandbox does not know: connected by the API alone, its slots come by its feed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestHub, type FreeSlot, type TestHub } from '../support/hub.ts';

interface Running {
  readonly control: string;
  readonly connection: { readonly name: string; readonly config: object; readonly secrets: object };
}
interface Booked {
  readonly id: string;
  readonly status: string;
  readonly slotId: string;
  readonly version: number;
}
interface Effect {
  readonly slotId: string;
  readonly status: string;
}

const ROOT = join(import.meta.dirname, '../..');
const KEY = 'south';
/** Each of the hospital's two places has told more than a page of them. */
const ENOUGH_SLOTS = 50;
const PATIENCE_MS = 60_000;

let hub: TestHub;
let directory: string;
let child: ChildProcess;
let hospital: Running;
let connectionId: string;

beforeAll(async () => {
  hub = await startTestHub();
  directory = await mkdtemp(join(tmpdir(), 'second-hl7v2-'));
  const { mllp } = JSON.parse(await readFile(join(hub.dataDir, 'sandbox.json'), 'utf8')) as {
    mllp: { host: string; port: number };
  };
  const feedTo = `${mllp.host}:${mllp.port}`;
  const words = ['simulate', 'hl7v2', '--json', '--feed-to', feedTo, '--name', 'SOUTH', '--directory', directory];
  child = spawn(process.execPath, [join(ROOT, 'bin/tessera.cjs'), ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('the simulator has no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  hospital = JSON.parse(line) as Running;
}, 120_000);
afterAll(async () => {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  await hub.stop();
  await rm(directory, { recursive: true, force: true });
});

async function control<Body>(method: string, path: string, body?: object): Promise<Body> {
  const response = await fetch(`${hospital.control}/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

const effects = async (): Promise<readonly Effect[]> =>
  (await control<{ appointments: readonly Effect[] }>('GET', 'effects')).appointments;

async function freeSlots(): Promise<FreeSlot[]> {
  const { body } = await hub.request<{ items: { id: string; connectionId: string }[] }>(
    'GET',
    '/v1/locations?limit=200',
  );
  const from = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const pages = body.items
    .filter((each) => each.connectionId === connectionId)
    .map(({ id }) => hub.request<{ items: FreeSlot[] }>('GET', `/v1/slots?location=${id}&from=${from}&limit=200`));
  return (await Promise.all(pages)).flatMap((page) => page.body.items);
}

/** Waits until `wanted` is true of what `read` gives; fails with the last of it. */
async function until<Value>(read: () => Promise<Value>, wanted: (value: Value) => boolean): Promise<Value> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await delay(100)) {
    const value = await read();
    if (wanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`it did not come to the expected state: ${JSON.stringify(value)}`);
  }
}

const offers = (slot: FreeSlot | undefined) => async (): Promise<boolean> =>
  (await freeSlots()).some(({ id }) => id === slot?.id);

/** What the messages of this hospital that are about people were answered, in the order of arrival, as `A40 AA`. */
async function answeredAdt(): Promise<string[]> {
  const found = await hub.database.db.query<{ answer: string }>(
    `select convert_from(answer, 'utf8') as answer from received_message where connection_id = $1 order by id`,
    [connectionId],
  );
  return found.rows.flatMap(({ answer }) => {
    const [, event] = /\|ACK\^(A\d\d)/.exec(answer) ?? [];
    return event === undefined ? [] : [`${event} ${/MSA\|(\w\w)/.exec(answer)?.[1] ?? ''}`];
  });
}

test('is connected by the API, tells its slots, and is booked, moved and cancelled at', async () => {
  const { name, config, secrets } = hospital.connection;
  const created = await hub.request<{ id: string }>('POST', '/v1/connections', {
    role: 'engineer',
    body: { key: KEY, name, adapter: 'hl7v2', config, secrets, state: 'active' },
  });
  expect(created.status).toBe(201);
  connectionId = created.body.id;

  const [first, second] = await until(freeSlots, (slots) => slots.length >= ENOUGH_SLOTS);
  const booked = await hub.book<Booked>(first?.id ?? '', await hub.newPatient(), 'south-1');
  expect([booked.status, booked.body.status]).toEqual([201, 'booked']);
  expect(await effects()).toMatchObject([{ slotId: first?.externalId, status: 'booked' }]);
  await until(offers(first), (isOffered) => !isOffered);

  const path = `/v1/appointments/${booked.body.id}`;
  const moved = await hub.request<Booked>('PATCH', path, {
    body: { slotId: second?.id },
    headers: { 'idempotency-key': 'south-2', 'if-match': booked.headers.get('etag') ?? '' },
  });
  expect([moved.status, moved.body]).toMatchObject([200, { status: 'booked', slotId: second?.id }]);
  expect(await effects()).toMatchObject([{ slotId: second?.externalId, status: 'booked' }]);
  await until(offers(first), (isOffered) => isOffered);

  const cancelled = await hub.request<Booked>('DELETE', path, {
    headers: { 'idempotency-key': 'south-3', 'if-match': moved.headers.get('etag') ?? '' },
  });
  expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
  expect(await effects()).toMatchObject([{ slotId: second?.externalId, status: 'cancelled' }]);
  await until(offers(second), (isOffered) => isOffered);
  expect(await hub.effects('hl7v2', {})).toEqual([]);
}, 150_000);

test.each([
  ['repeated-mrg', ['A40 AA']],
  ['repeated-groups', ['A40 AA']],
  ['chain', ['A40 AA', 'A40 AA']],
  ['never-seen', ['A40 AA']],
  ['unlink', ['A40 AA', 'A37 AA']],
])(
  'merges of the form %s are kept and acknowledged, and change no patient',
  async (form, answers) => {
    const people = async (): Promise<unknown> =>
      (await hub.database.db.query('select * from patient order by id')).rows;
    const [before, patients] = [await answeredAdt(), await people()];
    await control('POST', 'quirks', { H10: form });
    await control('POST', 'edit', { op: 'add-patient', name: 'Erika Twice', birthDate: '1980-01-01' });
    await control('POST', 'quirks', { H10: false });
    // The hospital tells one thing after the other: when it is heard of the last, the others were acknowledged.
    const [slot] = await freeSlots();
    await control('POST', 'edit', { op: 'block-slot', externalId: slot?.externalId ?? '' });
    await until(offers(slot), (isOffered) => !isOffered);
    expect(await answeredAdt()).toEqual([...before, ...answers]);
    expect(await people()).toEqual(patients);
  },
  90_000,
);
