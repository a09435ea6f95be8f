/** Server-sent events over real HTTP: what a listener gets, from where, and what it never gets. */
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createApi } from '../../src/api/server.ts';
import { eventRoutes } from '../../src/api/routes/events.ts';
import { readOperations } from '../../src/api/operations.ts';
import { loadContracts } from '../../src/contracts.ts';
import { openDatabase } from '../../src/db/database.ts';
import { HubError, type Caller, type Log } from '../../src/domain/index.ts';
import { LiveEvents } from '../../src/events/live.ts';
import { lastPosition } from '../../src/events/order.ts';
import { appendEvents } from '../../src/ledger/event.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/queues.ts';
import { ReplayBench } from '../support/replay-bench.ts';

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const contracts = loadContracts('contracts');
const BEAT_MS = 300;

let database: TestDatabase;
let live: LiveEvents;
let server: Server;
let origin = '';
let bench: ReplayBench;
const callers = new Map<string, Caller>();
const open: Stream[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  live = new LiveEvents(database.db, quiet);
  await live.start();
  const unused = async (): Promise<never> => {
    throw new Error('not asked for here');
  };
  const app = createApi({
    contracts,
    handlers: {
      ...Object.fromEntries(readOperations(contracts.openapi).map(({ operationId }) => [operationId, unused])),
      ...eventRoutes({
        eventTypes: contracts.eventTypes,
        listen: (...given) => live.listen(...given),
        beatMs: BEAT_MS,
        lifetimeMs: 60_000,
      }),
    },
    isAtLocations: async () => true,
    authenticate: async (authorization) => {
      const caller = callers.get(authorization ?? '');
      if (!caller) throw new HubError('unauthenticated', 'Send a token.');
      return caller;
    },
    recordRequest: () => {},
    isUnavailable: () => false,
    log: quiet,
    now: () => new Date(),
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(async () => {
  bench = await ReplayBench.open(database.db);
});
afterAll(async () => {
  for (const each of open) each.close();
  await live.stop();
  server.closeAllConnections();
  server.close();
  await database.drop();
});

interface Received {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly type: string; readonly data: Readonly<Record<string, unknown>> };
}

class Stream {
  readonly response: IncomingMessage;
  text = '';
  ended = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (piece: string) => (this.text += piece));
    response.on('close', () => (this.ended = true)).on('error', () => {});
  }

  static async open(caller: Caller, query = '', lastId?: string): Promise<Stream> {
    const token = `Bearer ${randomUUID()}`;
    callers.set(token, caller);
    const headers = { authorization: token, ...(lastId !== undefined && { 'last-event-id': lastId }) };
    const request = get(`${origin}/v1/events${query}`, { headers, agent: false });
    request.on('error', () => {});
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const stream = new Stream(response);
    open.push(stream);
    if (response.statusCode === 200)
      await until('the stream has begun', () => Promise.resolve(stream.text.includes('retry:')));
    return stream;
  }

  /** What came whole: a listener drops a block that was cut off. */
  get #blocks(): string[] {
    return this.text.split('\n\n').slice(0, -1);
  }

  get events(): Received[] {
    return this.#blocks.flatMap((block) => {
      const of = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      if (!block.includes('\ndata: ')) return [];
      return [{ id: of('id'), event: of('event'), data: JSON.parse(of('data')) as Received['data'] }];
    });
  }

  get lastId(): string {
    return [...this.#blocks.join('\n').matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
  }

  labels(): unknown[] {
    return this.events.map((each) => each.data.data['label']);
  }

  has(count: number): Promise<void> {
    return until(`${count} events, got ${this.events.length}`, () => Promise.resolve(this.events.length >= count));
  }

  close(): void {
    this.response.destroy();
  }
}

const happen = (label: unknown, more: object = {}): Promise<void> =>
  database.db.transaction((tx) =>
    appendEvents(tx, [{ organizationId: bench.clinic.organizationId, type: 'slot.changed', data: { label }, ...more }]),
  );

const connections = (): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

test('what happens is heard within two seconds, with an id, a type, and a CloudEvent that fits its contract', async () => {
  const stream = await Stream.open(bench.support);
  expect(stream.response.headers['content-type']).toBe('text/event-stream');
  const at = Date.now();
  await happen('now', { connectionId: bench.clinic.connectionId });
  await stream.has(1);
  expect(Date.now() - at).toBeLessThan(2_000);
  const [first] = stream.events;
  expect(first).toMatchObject({ event: 'slot.changed', data: { type: 'slot.changed', sequence: first?.id } });
  const fits = contracts.validator('event');
  expect([fits(first?.data), fits.errors]).toEqual([true, null]);
});

test('whoever was told that the stream begins hears of all that happens from then on, however late it is read', async () => {
  const over = new AbortController();
  const interest = { organizationId: bench.clinic.organizationId };
  const pages = await live.listen(interest, undefined, BEAT_MS, over.signal);
  const before = await lastPosition(database.db);
  await happen('begun');
  await until('it has its position', async () => (await lastPosition(database.db)) > before);
  for await (const { events } of pages) {
    expect(events).toMatchObject([{ data: { label: 'begun' } }]);
    break;
  }
  over.abort();
});

test('with Last-Event-ID nothing is missed and nothing comes twice, however the line breaks', async () => {
  const heard: unknown[] = [];
  let lastId: string | undefined;
  let written = 0;
  const writing = (async () => {
    for (; written < 120; written += 1) await happen(written);
  })();
  for (let line = 0; heard.length < 120 && line < 40; line += 1) {
    const stream = await Stream.open(bench.support, '', lastId ?? '0');
    await until('some came', () => Promise.resolve(stream.events.length >= Math.min(7, 120 - heard.length)));
    stream.close();
    heard.push(...stream.labels());
    lastId = stream.lastId;
  }
  await writing;
  expect(heard).toEqual(Array.from({ length: 120 }, (_, index) => index));
}, 30_000);

test('filters by type, connection and appointment; an unknown type is refused', async () => {
  const appointmentId = randomUUID();
  const { connectionId } = bench.clinic;
  const all = await Stream.open(bench.support);
  const typed = await Stream.open(bench.support, '?type=appointment.booked,appointment.cancelled');
  const connected = await Stream.open(bench.support, `?connection=${connectionId}`);
  const one = await Stream.open(bench.support, `?appointment=${appointmentId}`);
  await happen('a');
  await happen('b', { type: 'appointment.booked' });
  await happen('c', { connectionId });
  await happen('d', { type: 'appointment.cancelled', appointmentId });
  await all.has(4);
  await Promise.all([typed.has(2), connected.has(1), one.has(1)]);
  expect([typed, connected, one].map((each) => each.labels())).toEqual([['b', 'd'], ['c'], ['d']]);
  expect((await Stream.open(bench.support, '?type=appointment')).response.statusCode).toBe(400);
});

test('another organization hears nothing, an app only what it asked for itself, a patient is not admitted', async () => {
  const stranger = await ReplayBench.open(database.db);
  const other = bench.clinic.caller('app');
  const [foreign, own, neighbour, staff] = await Promise.all([
    Stream.open(stranger.support, '', '0'),
    Stream.open(bench.app),
    Stream.open(other),
    Stream.open(bench.support),
  ]);
  const { appointmentId } = await bench.book();
  await happen('of nobody');
  await staff.has(2);
  await own.has(1);
  expect(new Set(own.events.map((each) => each.data.data['appointmentId']))).toEqual(new Set([appointmentId]));
  // A sign of life comes after what was of no interest, so that it had its chance.
  await until('signs of life', () =>
    Promise.resolve([foreign, neighbour].every((each) => each.text.includes('still here'))),
  );
  expect(neighbour.events).toEqual([]);
  expect(foreign.events.filter((each) => JSON.stringify(each).includes(bench.clinic.organizationId))).toEqual([]);
  const patient = bench.clinic.caller('patient', { patientId: randomUUID() });
  expect((await Stream.open(patient)).response.statusCode).toBe(403);
});

describe('a line', () => {
  test('shows that it is alive, and moves its id on past what was of no interest', async () => {
    const stream = await Stream.open(bench.support, '?type=appointment.noshow');
    await happen('other');
    await until('a beat', () => Promise.resolve(stream.text.includes(': still here')));
    const before = Number(stream.lastId);
    await happen('another');
    await until('the id moves on', () => Promise.resolve(Number(stream.lastId) > before));
    expect(stream.events).toEqual([]);
  });

  test('whose id is from elsewhere hears what happens from now on; one that is no id is refused', async () => {
    const stream = await Stream.open(bench.support, '', '999999999999');
    await happen('heard');
    await stream.has(1);
    expect(stream.labels()).toEqual(['heard']);
    expect((await Stream.open(bench.support, '', 'abc')).response.statusCode).toBe(400);
  });

  test('that is not read is cut off; nobody waits for it, nothing is kept for it, and it goes on where it was', async () => {
    const slow = await Stream.open(bench.support);
    const before = await connections();
    slow.response.pause();
    const quick = await Stream.open(bench.support);
    const filler = 'x'.repeat(60_000);
    const started = Date.now();
    for (let at = 0; at < 400; at += 1) await happen(at, { data: { label: at, filler } });
    await quick.has(400);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(quick.labels()).toEqual(Array.from({ length: 400 }, (_, index) => index));
    quick.close();
    // Cut off while it does not read: what it has received by then ends somewhere in the middle.
    await until('cut off', async () => (await connections()) < before, 30_000);
    slow.response.resume();
    await until('its end', () => Promise.resolve(slow.ended), 30_000);
    const read = slow.labels();
    expect(read.length).toBeLessThan(400);
    const again = await Stream.open(bench.support, '', slow.lastId);
    await again.has(400 - read.length);
    expect([...read, ...again.labels()]).toEqual(Array.from({ length: 400 }, (_, index) => index));
  }, 90_000);

  test('ends when the hub stops, and others go on elsewhere', async () => {
    const db = openDatabase(database.url, { onError: () => {} });
    const other = new LiveEvents(db, quiet);
    await other.start();
    const interest = { organizationId: bench.clinic.organizationId };
    const signal = new AbortController().signal;
    const pages: unknown[] = [];
    const listening = (async () => {
      for await (const page of await other.listen(interest, undefined, 60_000, signal)) pages.push(page);
    })();
    await other.stop();
    await listening;
    await db.close();
    expect(pages).toEqual([]);
  });
});
