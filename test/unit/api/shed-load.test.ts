/** More reads than can be answered, on real sockets: a burst is worked off, what lasts is refused, and changes are never. */
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { LoadLimits } from '../../../src/api/read-load.ts';
import { shedLoad } from '../../../src/api/shed-load.ts';
import { loadContracts } from '../../../src/contracts.ts';
import { until } from '../../support/queues.ts';

const { errors } = loadContracts(join(import.meta.dirname, '../../../contracts'));
/** However short a read was, it took too long. */
const LIMITS: LoadLimits = {
  reads: 3,
  tookMs: -1,
  readsMax: 60,
  turnMs: 10_000,
  burstMs: 200,
  momentMs: 150,
  // Within it a test has to send what is to be refused.
  calmMs: 1_000,
};

let url: string;
/** Under way, until a test answers them. */
let waiting: ServerResponse[];
let told: { refused: number; begun: number };
let close: () => void;

beforeEach(async () => {
  told = { refused: 0, begun: 0 };
  await serve((_request, response) => void waiting.push(response));
});
afterEach(() => close());

async function serve(app: RequestListener, limits: Partial<LoadLimits> = {}): Promise<void> {
  waiting = [];
  const shedding = shedLoad(app, {
    errors,
    onRefused: () => (told.refused += 1),
    onBegin: () => (told.begun += 1),
    limits: { ...LIMITS, ...limits },
  });
  const server = createServer(shedding).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.close();
    server.closeAllConnections();
  };
}

const ask = (path = '/v1/slots', init: RequestInit = {}): Promise<Response> => fetch(`${url}${path}`, init);
const answerAll = (): void => waiting.splice(0).forEach((response) => response.end('{}'));

/** Answers whatever comes until it is answered itself, however late it is heard. */
async function askAndAnswer(): Promise<number> {
  const answering = setInterval(answerAll, 10);
  const { status } = await ask().finally(() => clearInterval(answering));
  return status;
}

/** What becomes of requests: they may be asked about, or left to the end of the test. */
interface Arrived {
  statuses(): Promise<readonly number[]>;
}

async function arrive(count: number, path?: string, init?: RequestInit): Promise<Arrived> {
  const before = waiting.length;
  const asked = Promise.all(Array.from({ length: count }, () => ask(path, init)));
  asked.catch(() => {});
  await until('they are under way', () => waiting.length === before + count);
  return { statuses: async () => (await asked).map(({ status }) => status) };
}

/** More than may be under way, and for longer than a burst may last. */
async function overload(): Promise<Arrived> {
  const burst = await arrive(LIMITS.reads + 1);
  await delay(LIMITS.burstMs / 2);
  await arrive(1);
  await delay(LIMITS.burstMs / 2);
  return burst;
}

test('a burst is worked off, however many come at once', async () => {
  const asked = await arrive(50);
  answerAll();
  expect(await asked.statuses()).toEqual(Array.from({ length: 50 }, () => 200));
  expect(told).toEqual({ refused: 0, begun: 0 });
});

test('of a burst that is too large the rest is refused at once', async () => {
  const asked = await arrive(LIMITS.readsMax);
  expect((await ask()).status).toBe(503);
  answerAll();
  expect(new Set(await asked.statuses())).toEqual(new Set([200]));
  expect(told).toEqual({ refused: 1, begun: 1 });
});

test('many who are soon answered are no overload, however often they come', async () => {
  for (const endsAt = Date.now() + 3 * LIMITS.burstMs; Date.now() < endsAt; await delay(LIMITS.burstMs / 5)) {
    const asked = await arrive(10);
    answerAll();
    expect(new Set(await asked.statuses())).toEqual(new Set([200]));
  }
  expect(told.refused).toBe(0);
});

test('what lasts is refused, and told when to come again; what is under way is answered', async () => {
  const burst = await overload();
  const refused = await ask('/v1/slots', { headers: { 'x-transaction-id': '01A1FB82-86CD-7758-9251-1290B0836720' } });
  expect(refused.status).toBe(503);
  expect(Object.fromEntries(refused.headers)).toMatchObject({
    'content-type': 'application/problem+json',
    'retry-after': '1',
    'x-transaction-id': '01a1fb82-86cd-7758-9251-1290b0836720',
  });
  expect(await refused.json()).toMatchObject({ type: 'https://tessera.dev/problems/overloaded', status: 503 });
  expect(await (await ask('/v1/slots', { method: 'HEAD' })).text()).toBe('');
  answerAll();
  expect(new Set(await burst.statuses())).toEqual(new Set([200]));
  expect(told).toEqual({ refused: 2, begun: 1 });
});

test('changes, streams of events, and how the process does are never refused', async () => {
  await overload();
  expect((await ask()).status).toBe(503);
  await arrive(1, '/v1/appointments', { method: 'POST' });
  await arrive(1, '/v1/events/stream', { headers: { accept: 'text/event-stream' } });
  await arrive(1, '/readyz');
  answerAll();
  await until('nothing is under way', async () => (await askAndAnswer()) === 200);
  // Neither do they count: three reads beside many of them are no load.
  await delay(LIMITS.calmMs);
  await arrive(20, '/v1/appointments', { method: 'POST' });
  await arrive(LIMITS.reads);
  await delay(LIMITS.burstMs);
  answerAll();
  expect(told.begun).toBe(1);
});

test('while it refuses, as many as may be are let in; when nothing was refused for a while, there may be a burst again', async () => {
  await overload();
  expect((await ask()).status).toBe(503);
  answerAll();
  await until('all are answered', async () => (await askAndAnswer()) === 200);
  await arrive(LIMITS.reads);
  expect((await ask()).status).toBe(503);
  answerAll();
  await delay(LIMITS.calmMs + 50);
  await arrive(1);
  const burst = await arrive(20);
  answerAll();
  expect(new Set(await burst.statuses())).toEqual(new Set([200]));
});

/** So many ask again and again, for a while, or until one is refused; what they were told. */
async function askAgain(count: number, forMs: number): Promise<readonly number[]> {
  const endsAt = Date.now() + forMs;
  const statuses: number[] = [];
  const asking = async (): Promise<void> => {
    while (Date.now() < endsAt && !statuses.includes(503)) statuses.push((await ask()).status);
  };
  await Promise.all(Array.from({ length: count }, asking));
  return statuses;
}

test('many at a time are too much only when they wait for long', async () => {
  close();
  let nth = 0;
  // Not all at the same moment: then for a moment nobody would wait.
  const slow: RequestListener = (_request, response) =>
    void setTimeout(() => response.end('{}'), 15 + ((nth += 1) % 20));
  await serve(slow, { reads: 10, tookMs: 200 });
  expect(new Set(await askAgain(40, 800))).toEqual(new Set([200]));
  close();
  await serve(slow, { reads: 10, tookMs: 10 });
  const statuses = await askAgain(40, 10_000);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect(statuses.filter((status) => status === 503)).toHaveLength(told.refused);
}, 20_000);

test('who is heard late in a long turn of the event loop counts as one too many', async () => {
  close();
  const busy: RequestListener = (_request, response) => {
    for (const end = performance.now() + 5; performance.now() < end;);
    response.end('{}');
  };
  await serve(busy, { reads: 1_000, readsMax: 1_000, turnMs: 20, burstMs: 100 });
  const statuses = await askAgain(40, 10_000);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect(statuses.filter((status) => status === 503)).toHaveLength(told.refused);
}, 20_000);
