/** The end of a call: whatever it left under way ends with its deadline, and where it left nothing, nothing stays. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Call } from '../../../src/adapter-kit/index.ts';
import { makeCall } from '../../../src/connections/make-call.ts';
import type { Connection } from '../../../src/connections/connection.ts';
import { silent } from '../../support/scripted-his.ts';

const DEADLINE_MS = 100;
let his: Server;
let baseUrl = '';
beforeAll(async () => {
  his = createServer((request, response) => void (request.url === '/answers' && response.end('here')));
  his.listen(0, '127.0.0.1');
  await once(his, 'listening');
  baseUrl = `http://127.0.0.1:${(his.address() as AddressInfo).port}`;
});
afterAll(async () => {
  his.closeAllConnections();
  await new Promise((resolve) => void his.close(resolve));
});

/** What a call needs of its connection. */
const connection = () =>
  ({
    row: { id: 'c', adapter: 'any', config: { baseUrl } },
    mappingsFor: () => Promise.resolve(undefined),
    ended: () => {},
  }) as unknown as Connection;

async function called<T>(work: (call: Call) => Promise<T>) {
  const context = { connection: connection(), transactionId: 't', attempt: 1, deadlineMs: DEADLINE_MS, log: silent };
  const made = await makeCall<T | string>(context, work, ({ reason }) => reason);
  return made.value;
}

test('one that was answered is not told of its deadline', async () => {
  let signal: AbortSignal | undefined;
  const text = await called(async (call) => {
    signal = call.signal;
    return (await call.fetch(`${baseUrl}/answers`)).text;
  });
  expect(text).toBe('here');
  await delay(2 * DEADLINE_MS);
  expect(signal?.aborted).toBe(false);
});

test('what it did not wait for is ended by the deadline', async () => {
  const left = Promise.withResolvers<unknown>();
  await called((call) => {
    call.fetch(`${baseUrl}/hangs`).catch(left.resolve);
    return Promise.resolve('done');
  });
  expect(await left.promise).toMatchObject({ reason: 'deadline' });
});

test('one that waits for too long is ended by the deadline', async () => {
  expect(await called(async (call) => (await call.fetch(`${baseUrl}/hangs`)).text)).toBe('deadline');
});
