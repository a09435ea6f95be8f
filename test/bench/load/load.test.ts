/** A load generator that is wrong measures nothing. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { closedLoop } from './closed-loop.ts';
import { openLoop } from './open-loop.ts';
import type { Lane, Plan } from './plan.ts';
import { journalOf } from './journal.ts';
import { Tally } from './tally.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener): Promise<number> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const get: Lane = { method: 'GET', paths: ['/a'], headers: {}, expected: [200] };
const planOf = (port: number, more: Partial<Plan> = {}): Plan => ({
  host: '127.0.0.1',
  port,
  lanes: [get],
  connections: 4,
  loop: { kind: 'closed', total: 8 },
  ...more,
});

test('answers of any framing are counted by their status, in whatever pieces they come', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/length') response.end('{"a":1}');
    else if (request.url === '/empty') response.writeHead(204).end();
    else {
      response.writeHead(request.url === '/refused' ? 409 : 200, { 'content-type': 'application/json' });
      response.write('{"a":');
      setTimeout(() => response.end('1}'), 5);
    }
  });
  const lanes = [{ ...get, paths: ['/length', '/chunks', '/empty', '/refused'] }];
  const tally = new Tally(lanes);
  await closedLoop(planOf(port, { lanes }), { kind: 'closed', total: 40 }, tally);
  expect(tally.lanes()[0]).toMatchObject({ count: 40, failures: 20, statuses: { 200: 20, 204: 10, 409: 10 } });
});

test('a connection that breaks is one failure, and the next request has a new one', async () => {
  let count = 0;
  const port = await serve((request, response) => {
    if ((count += 1) === 2) request.socket.destroy();
    else response.end('well');
  });
  const tally = new Tally([get]);
  await closedLoop(planOf(port, { connections: 1 }), { kind: 'closed', total: 5 }, tally);
  expect(tally.lanes()[0]?.statuses).toEqual({ 0: 1, 200: 4 });
});

test('an open loop counts the time that a request waits because those before it are late', async () => {
  const STALL_MS = 300;
  let first = true;
  const port = await serve((_, response) => {
    const wait = first ? STALL_MS : 0;
    first = false;
    setTimeout(() => response.end('well'), wait);
  });
  const tally = new Tally([get]);
  // One connection, a request every 10 ms: thirty of them are due while the first one is answered.
  await openLoop(planOf(port, { connections: 1 }), { kind: 'open', perSecond: 100, seconds: 0.6 }, tally);
  const { count, p50Ms, maxMs } = tally.all();
  expect(count).toBe(60);
  expect(maxMs).toBeGreaterThanOrEqual(STALL_MS);
  // Sent one after the other and timed when they are sent, more than half of them would take next to nothing.
  expect(tally.lanes()[0]?.failures).toBe(0);
  expect(p50Ms).toBeGreaterThan(5);
});

test('what clients were told of their bookings is kept, each with its key and its slot', async () => {
  const port = await serve((request, response) => {
    request.resume().once('end', () => {
      const key = String(request.headers['idempotency-key']);
      response.writeHead(201, { location: `/v1/appointments/of-${key}`, 'x-transaction-id': `t-${key}` }).end('{}');
    });
  });
  const bodies = ['{"slotId":"s0"}', '{"slotId":"s1"}'];
  const lanes: Lane[] = [{ ...get, method: 'POST', bodies, keys: 'k', expected: [201], isKept: true }];
  const tally = new Tally(lanes);
  await closedLoop(planOf(port, { lanes, connections: 1 }), { kind: 'closed' }, tally);
  expect(journalOf(lanes, { lanes: tally.lanes() })).toEqual([
    { key: 'k-0', slotId: 's0', status: 201, appointmentId: 'of-k-0', transactionId: 't-k-0' },
    { key: 'k-1', slotId: 's1', status: 201, appointmentId: 'of-k-1', transactionId: 't-k-1' },
  ]);
});
