/** The embedded database dies under a living hub: nobody is told of it but by Retry-After, and nothing is lost. */
import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database.ts';
import { serverOf } from '../support/embedded-server.ts';
import { TestHub, type Reply } from '../support/hub.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

let hub: TestHub;

beforeAll(async () => {
  const dataDir = await makeDataDirectory('tessera-hub-');
  await chmod(dataDir, 0o755);
  hub = new TestHub(await createTestDatabase(), dataDir, { DATABASE_URL: '' });
  await hub.start();
}, 60_000);
afterAll(() => hub.stop(), 60_000);

interface Outage<Body> {
  readonly refused: readonly Reply<Body>[];
  readonly served: Reply<Body>;
}

/** Sends until the answer is neither 503 nor, where the outage `mustShow`, from before it. */
async function outlast<Body>(mustShow: boolean, send: () => Promise<Reply<Body>>): Promise<Outage<Body>> {
  const refused: Reply<Body>[] = [];
  for (const deadline = Date.now() + 10_000; ;) {
    const reply = await send();
    // What was still under way when the server was killed may be answered.
    const isFromBefore = mustShow && refused.length === 0 && reply.status < 400;
    if (reply.status === 503) refused.push(reply);
    if ((reply.status !== 503 && !isFromBefore) || Date.now() > deadline) return { refused, served: reply };
  }
}

test('a killed database server is started again: until then 503 with Retry-After, then all is there and bookings go on', async () => {
  const slots = await hub.freeSlots('epic');
  const [first, second] = slots;
  if (!first || !second) throw new Error('the sandbox has no two free slots');
  const patientId = await hub.newPatient();
  const before = await hub.book<{ id: string }>(first.id, patientId, 'before');
  expect(before.status).toBe(201);

  const killed = serverOf(hub.sandbox.pid);
  process.kill(killed.pid, 'SIGKILL');
  const outages = await Promise.all([
    outlast(true, () => hub.request('GET', `/v1/appointments/${before.body.id}`)),
    outlast(false, () => hub.book(second.id, patientId, 'during')),
    outlast(true, () => hub.request('GET', '/readyz')),
  ]);
  expect(outages.map(({ served }) => served.status)).toEqual([200, 201, 200]);
  const [read, booked, ready] = outages;
  expect(ready.refused.length).toBeGreaterThan(0);
  expect(read.refused.length).toBeGreaterThan(0);
  for (const { headers, body } of [...read.refused, ...booked.refused]) {
    expect(headers.get('retry-after')).toBe('2');
    expect(body).toMatchObject({ type: 'https://tessera.dev/problems/unavailable', status: 503 });
  }

  expect(read.served.body).toMatchObject({ id: before.body.id, status: 'booked' });
  expect(booked.served.body).toMatchObject({ status: 'booked' });
  expect(await hub.effects('epic', { slotId: second.externalId })).toMatchObject([{ status: 'booked' }]);
  const server = serverOf(hub.sandbox.pid);
  expect([server.pid === killed.pid, server.data]).toEqual([false, killed.data]);
  expect(hub.output).toContain('the embedded database has ended by itself; it is started again');
}, 60_000);
