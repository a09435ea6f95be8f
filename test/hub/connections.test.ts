import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import startSimulator from '../../adapters/epic/simulator.ts';
import type { RunningSimulator } from '#adapter-kit/simulator';
import { startTestHub, type Reply, type RequestOptions, type TestHub } from '../support/hub.ts';

interface Connection {
  readonly id: string;
  readonly state: string;
  readonly stateReason: string | null;
  readonly synchronisedAt: string | null;
}

interface Check {
  readonly ok: boolean;
  readonly summary: string;
  readonly steps: readonly { readonly step: string; readonly ok: boolean; readonly skipped: boolean }[];
}

let hub: TestHub;
/** A hospital that the sandbox does not know: connected by the API alone. */
let hospital: RunningSimulator;
let directory: string;
let connectionId: string;
beforeAll(async () => {
  hub = await startTestHub();
  directory = await mkdtemp(join(tmpdir(), 'second-hospital-'));
  hospital = await startSimulator({ directory, seed: 11 });
}, 120_000);
afterAll(async () => {
  await hospital.stop();
  await hub.stop();
  await rm(directory, { recursive: true });
});

const send = <Body = Connection>(
  method: string,
  path: string,
  body?: unknown,
  more: RequestOptions = {},
): Promise<Reply<Body>> =>
  hub.request<Body>(method, `/v1/connections${path}`, {
    role: 'engineer',
    ...(body === undefined ? {} : { body }),
    ...more,
  });

const check = async (): Promise<Check> => (await send<Check>('POST', `/${connectionId}/check`)).body;
const stepsThat = ({ steps }: Check, ok: boolean): string[] =>
  steps.filter((each) => each.ok === ok).map((each) => each.step);

async function effects(): Promise<{
  readonly appointments: { slotId: string; status: string; transactionId: string }[];
}> {
  const response = await fetch(`${hospital.controlUrl}/effects`);
  return (await response.json()) as Awaited<ReturnType<typeof effects>>;
}

async function freeSlots(): Promise<{ id: string; externalId: string }[]> {
  const locations = await hub.request<{ items: { id: string; connectionId: string }[] }>(
    'GET',
    '/v1/locations?limit=200',
  );
  const from = new Date(Date.now() + 2 * 3600_000).toISOString();
  const slots = [];
  for (const { id } of locations.body.items.filter((each) => each.connectionId === connectionId)) {
    const page = await hub.request<{ items: { id: string; externalId: string }[] }>(
      'GET',
      `/v1/slots?location=${id}&from=${from}`,
    );
    slots.push(...page.body.items);
  }
  return slots;
}

describe('hospital IT connects its HIS', () => {
  test('and hears what its adapter asks for', async () => {
    const { config, secrets } = hospital.connection;
    const refused = await send<{ errors: { pointer: string }[] }>('POST', '', {
      key: 'second',
      name: 'Second',
      adapter: 'epic',
      config: { ...config, baseUrl: 'his.example.org', clientId: undefined },
      secrets: { privateKey: secrets['privateKey'], password: 'x' },
    });
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((each) => each.pointer)).toEqual([
      '/config/clientId',
      '/config/baseUrl',
      '/secrets/password',
    ]);
    const pointersFor = async (privateKey: string): Promise<string[]> => {
      const missing = { key: 'second', name: 'Second', adapter: 'epic', config, secrets: { privateKey } };
      const needed = await send<{ errors: { pointer: string }[] }>('POST', '', missing);
      return needed.body.errors.map((each) => each.pointer);
    };
    expect(await pointersFor(secrets['privateKey'] ?? '')).toEqual(['/secrets/interconnectPassword']);
    expect(await pointersFor('no key')).toEqual(['/secrets/privateKey']);
    const outOfBounds = {
      key: 'Second',
      name: 'x',
      adapter: 'epic',
      config: {},
      secrets: {},
      policy: { concurrency: 0 },
    };
    const bounds = await send<{ errors: { pointer: string }[] }>('POST', '', outOfBounds);
    expect(bounds.body.errors.map((each) => each.pointer)).toEqual(['/key', '/policy/concurrency']);
    expect((await send('POST', '', { ...outOfBounds, key: 'x' }, { role: 'app' })).status).toBe(403);
  });

  test('paused at first, and never sees the secrets again', async () => {
    const { name, config, secrets } = hospital.connection;
    const created = await send('POST', '', { key: 'second', name, adapter: 'epic', config, secrets, state: 'paused' });
    expect([created.status, created.body]).toMatchObject([
      201,
      { key: 'second', managedBy: 'his', state: 'paused', hasSecrets: true, synchronisedAt: null, config },
    ]);
    connectionId = created.body.id;
    expect(created.headers.get('location')).toBe(`/v1/connections/${connectionId}`);
    const again = await send<{ type: string }>('POST', '', { key: 'second', name, adapter: 'epic', config, secrets });
    expect([again.status, again.body.type]).toEqual([409, expect.stringMatching(/state-conflict$/)]);
    const listed = await send('GET', '');
    for (const text of [JSON.stringify(created.body), JSON.stringify(listed.body), hub.output]) {
      for (const secret of Object.values(secrets)) expect(text).not.toContain(secret.slice(30, 60) || secret);
    }
  });

  test('tries it step by step while it is paused, and nothing is booked by that', async () => {
    const verdict = await check();
    expect(verdict.steps.map((each) => each.step)).toEqual(['dns', 'tcp', 'tls', 'auth', 'read', 'map', 'write']);
    expect([verdict.summary, stepsThat(verdict, false)]).toEqual([expect.stringMatching(/auth, read, map, write/), []]);
    expect((await effects()).appointments).toEqual([]);
    expect(await freeSlots()).toEqual([]);
  });

  test('with a wrong key fails at auth, without a word of the key', async () => {
    const { privateKey } = hospital.connection.secrets;
    const other = await startSimulator({ directory: join(directory, 'other') });
    await other.stop();
    const wrong = other.connection.secrets['privateKey'];
    expect((await send('PATCH', `/${connectionId}`, { secrets: { privateKey: wrong } })).status).toBe(200);
    const verdict = await check();
    expect(stepsThat(verdict, false)).toEqual(['auth', 'read', 'map', 'write']);
    expect(verdict.summary).toMatch(/^Stopped at auth: /);
    expect(JSON.stringify(verdict)).not.toMatch(/PRIVATE|BEGIN|eyJ/);
    await send('PATCH', `/${connectionId}`, { secrets: { privateKey } });
    expect((await check()).ok).toBe(true);
  });

  test('that is down fails at tcp', async () => {
    const fault = (method: string, body?: object) =>
      fetch(`${hospital.controlUrl}/faults`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    await fault('POST', { on: 'any', fault: 'down', times: 1 });
    const verdict = await check();
    expect([verdict.summary, stepsThat(verdict, true)]).toEqual([expect.stringMatching(/^Stopped at tcp: /), ['dns']]);
    await fault('DELETE');
    expect((await check()).ok).toBe(true);
  });

  test('switches it on, and its slots are there and can be booked', async () => {
    const resumed = await send('POST', `/${connectionId}/resume`);
    expect([resumed.status, resumed.body.state]).toEqual([200, 'active']);
    await hub.until<Connection>(`/v1/connections/${connectionId}`, (each) => each.synchronisedAt !== null);
    const [slot] = await freeSlots();
    const booked = await hub.book(slot?.id ?? '', await hub.newPatient(), 'connections-1');
    expect([booked.status, booked.body['status']]).toEqual([201, 'booked']);
    expect((await effects()).appointments).toMatchObject([{ slotId: slot?.externalId, status: 'booked' }]);
  });

  test('pauses it: bookings wait, and are sent once when it is resumed', async () => {
    for (const body of [{ nonsense: 1 }, []])
      expect((await send('POST', `/${connectionId}/pause`, body)).status).toBe(400);
    expect((await send('POST', `/${connectionId}/pause`)).body).toMatchObject({ state: 'paused', stateReason: null });
    const paused = await send('POST', `/${connectionId}/pause`, { reason: 'Upgrade on Sunday' });
    expect(paused.body).toMatchObject({ state: 'paused', stateReason: 'Upgrade on Sunday' });
    const before = (await effects()).appointments.length;
    const [slot] = await freeSlots();
    const pending = await hub.book<{ id: string; status: string; transactions: { id: string }[] }>(
      slot?.id ?? '',
      await hub.newPatient(),
      'connections-2',
      { prefer: 'respond-async' },
    );
    expect([pending.status, pending.body.status]).toEqual([202, 'pending']);
    const transaction = `/v1/transactions/${pending.body.transactions[0]?.id}`;
    await hub.until<{ state: string }>(transaction, (each) => each.state === 'parked');
    const waiting = await send<{ queue: { depth: number }; state: string }>('GET', `/${connectionId}/health`);
    expect(waiting.body).toMatchObject({ state: 'paused', stateReason: 'Upgrade on Sunday', queue: { depth: 1 } });
    expect((await effects()).appointments).toHaveLength(before);
    await send('POST', `/${connectionId}/resume`);
    await hub.until<{ state: string }>(transaction, (each) => each.state === 'succeeded', 10_000);
    expect((await effects()).appointments).toHaveLength(before + 1);
  });

  test('watches its health', async () => {
    const health = await send<Record<string, unknown>>('GET', `/${connectionId}/health`, undefined, {
      role: 'support',
    });
    expect([health.status, health.body]).toMatchObject([
      200,
      {
        connectionId,
        state: 'active',
        breaker: 'closed',
        queue: { depth: 0, oldestAgeSeconds: null },
        unknown: 0,
        needsReview: 0,
        failed: 0,
        last24h: { refused: 0, unavailable: 0, lost: 0, p50Ms: expect.any(Number), p95Ms: expect.any(Number) },
        stale: false,
        lastSuccessAt: expect.any(String),
      },
    ]);
    expect(health.body['last24h']).toHaveProperty('succeeded', Object(health.body['last24h']).attempts);
    expect((await send('GET', `/${connectionId}/health`, undefined, { role: 'app' })).status).toBe(403);
    const own = await send<Record<string, unknown>>('GET', `/${hub.connection('native').id}/health`);
    expect(own.body).toMatchObject({ breaker: 'closed', stale: false });
    expect((await send<Check>('POST', `/${hub.connection('native').id}/check`)).body).toMatchObject({ ok: true });
  });
});
