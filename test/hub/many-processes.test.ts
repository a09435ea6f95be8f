/** One hub as several processes on one database, under every queue driver: API and workers come and go in any order. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database.ts';
import { HubProcess } from '../support/hub-process.ts';
import { TestHub, type FreeSlot, type Reply } from '../support/hub.ts';
import { queueDrivers, until } from '../support/queues.ts';
import { startRedis } from '../support/redis.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

const redis = await startRedis();
afterAll(() => redis?.stop());

interface Booked {
  readonly id: string;
  readonly status: string;
  readonly transactions: readonly { readonly id: string }[];
}

interface Timeline {
  readonly items: readonly { readonly kind: string; readonly step?: string; readonly class?: string | null }[];
}

describe.each(queueDrivers(redis))('many processes, queue $name', (driver) => {
  /** The first API, with the simulated hospitals beside it. */
  let hub: TestHub;
  let secondApi: HubProcess;
  let workers: readonly [HubProcess, HubProcess];
  let slots: FreeSlot[];

  beforeAll(async () => {
    const dataDir = await makeDataDirectory('tessera-hub-');
    const database = await createTestDatabase();
    hub = new TestHub(database, dataDir, { ...driver.environment, TESSERA_ROLES: 'api,listener' });
    const belonging = { databaseUrl: database.url, dataDir, environment: driver.environment };
    secondApi = new HubProcess('api', belonging);
    workers = [new HubProcess('worker', belonging), new HubProcess('worker', belonging)];
    // All at once: keys, queue and schema are made by whoever comes first.
    await Promise.all([...workers, secondApi, hub].map((each) => each.start()));
    slots = await hub.freeSlots('epic');
  }, 90_000);

  afterAll(async () => {
    await Promise.all([secondApi, ...workers].map((each) => each.end()));
    await hub.stop();
  }, 60_000);

  const nextSlot = (): FreeSlot => {
    const slot = slots.shift();
    if (!slot) throw new Error('no free slot is left');
    return slot;
  };

  /** Books by the API at `url`, which waits for the HIS unless `headers` say otherwise. */
  async function book(
    url: string,
    slot: FreeSlot,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply<Booked>> {
    const patientId = await hub.newPatient();
    const response = await fetch(`${url}/v1/appointments`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${hub.sandbox.tokens.app}`,
        'content-type': 'application/json',
        'idempotency-key': slot.id,
        ...headers,
      },
      body: JSON.stringify({ slotId: slot.id, patientId }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Booked };
  }

  const bookLater = (url: string, slot: FreeSlot) => book(url, slot, { prefer: 'respond-async' });

  /** The appointment is booked, and the HIS has it once. */
  async function expectBooked(id: string, slot: FreeSlot): Promise<void> {
    await hub.until<Booked>(`/v1/appointments/${id}`, ({ status }) => status === 'booked');
    expect(await hub.effects('epic', { slotId: slot.externalId })).toMatchObject([{ status: 'booked' }]);
  }

  test('what either API takes is settled by the workers, while the client waits', async () => {
    for (const url of [hub.sandbox.api, secondApi.url, hub.sandbox.api, secondApi.url]) {
      const slot = nextSlot();
      const { status, body } = await book(url, slot);
      expect([status, body.status]).toEqual([201, 'booked']);
      await expectBooked(body.id, slot);
    }
  }, 60_000);

  test('what one API remembers as free is free there until the other one has it booked, held or let go, and no longer', async () => {
    const isFree = async (slot: FreeSlot): Promise<boolean> => {
      const query = new URLSearchParams({ from: slot.start, limit: '20' }).toString();
      const response = await fetch(`${secondApi.url}/v1/providers/${slot.providerId}/availability?${query}`, {
        headers: { authorization: `Bearer ${hub.sandbox.tokens.app}` },
      });
      const { items } = (await response.json()) as { readonly items: readonly { readonly id: string }[] };
      return items.some(({ id }) => id === slot.id);
    };
    for (const slot of [nextSlot(), nextSlot()]) {
      expect([await isFree(slot), await isFree(slot), await isFree(slot)]).toEqual([true, true, true]);
      const hold = await hub.request<{ id: string }>('POST', '/v1/holds', { body: { slotId: slot.id } });
      expect([hold.status, await isFree(slot), await isFree(slot)]).toEqual([201, false, false]);
      expect((await hub.request('DELETE', `/v1/holds/${hold.body.id}`)).status).toBe(204);
      expect([await isFree(slot), await isFree(slot)]).toEqual([true, true]);
      expect((await book(hub.sandbox.api, slot)).status).toBe(201);
      expect(await isFree(slot)).toBe(false);
    }
  }, 60_000);

  test('without any worker bookings are accepted and wait; the first worker that comes settles them', async () => {
    expect(await Promise.all(workers.map((each) => each.end()))).toEqual([0, 0]);
    const asked = [nextSlot(), nextSlot()];
    const accepted = await Promise.all(asked.map((slot) => bookLater(secondApi.url, slot)));
    expect(accepted.map(({ status }) => status)).toEqual([202, 202]);
    for (const { body } of accepted) {
      const { body: now } = await hub.request<Booked>('GET', `/v1/appointments/${body.id}`);
      expect(now.status).toBe('pending');
    }
    await workers[0].start();
    for (const [index, slot] of asked.entries()) await expectBooked(accepted[index]?.body.id ?? '', slot);
    await workers[1].start();
  }, 60_000);

  test('SIGTERM lets the call of a worker end: its booking is settled by it, with nothing to look up', async () => {
    await workers[1].end();
    const slot = nextSlot();
    await hub.control('epic', 'POST', '/faults', { on: 'book', fault: 'slow', times: 1, afterMs: 1_500 });
    const { body } = await bookLater(hub.sandbox.api, slot);
    const timeline = `/v1/transactions/${body.transactions[0]?.id}/timeline`;
    await until('the HIS has the booking', async () => {
      return (await hub.effects('epic', { slotId: slot.externalId })).length === 1;
    });
    expect(await workers[0].end()).toBe(0);
    // Nobody works now: what is settled was settled before the worker ended.
    await expectBooked(body.id, slot);
    const { items } = (await hub.request<Timeline>('GET', timeline, { role: 'support' })).body;
    const attempts = items.filter((each) => each.kind === 'attempt' && each.step === 'book');
    expect(attempts).toMatchObject([{ class: 'success' }]);
    await Promise.all(workers.map((each) => each.start()));
  }, 60_000);

  test('workers that come, go and are killed while bookings go on lose none, and make none twice', async () => {
    const made: { readonly id: string; readonly slot: FreeSlot }[] = [];
    const bookSome = async (): Promise<void> => {
      for (const url of [hub.sandbox.api, secondApi.url, hub.sandbox.api]) {
        const slot = nextSlot();
        const { status, body } = await bookLater(url, slot);
        // 201: a worker was quicker than the answer.
        expect([201, 202]).toContain(status);
        made.push({ id: body.id, slot });
      }
    };
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const worker of workers) {
        await bookSome();
        await Promise.all([bookSome(), worker.end(signal)]);
        await Promise.all([bookSome(), worker.start()]);
      }
    }
    for (const { id, slot } of made) await expectBooked(id, slot);
  }, 120_000);

  test('an API that goes takes no booking along, and the other one goes on', async () => {
    const slot = nextSlot();
    const { body } = await bookLater(secondApi.url, slot);
    expect(await secondApi.end()).toBe(0);
    await expectBooked(body.id, slot);
    const another = nextSlot();
    expect((await book(hub.sandbox.api, another)).body.status).toBe('booked');
    await secondApi.start();
    const third = nextSlot();
    expect((await book(secondApi.url, third)).body.status).toBe('booked');
  }, 60_000);
});
