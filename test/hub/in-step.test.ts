/** In step with every hospital: what somebody edits there is here within 2 s or one poll; what the hub forgot is found again. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/db/database.ts';
import { EventEar, type HeardEvent } from '../support/event-ear.ts';
import { startTestHub, type FreeSlot, type TestHub } from '../support/hub.ts';

const TESSERA = join(import.meta.dirname, '../../bin/tessera.cjs');
const POLL_MS = 1_000;
const SELDOM_MS = 3_600_000;
/** One poll, and what it takes to read, on a machine that has more to do. */
const WITHIN_MS = 15_000;
const TOLD_WITHIN_MS = 2_000;
const PUSHING: readonly string[] = ['cerner', 'xml-his'];
let hub: TestHub;
let ear: EventEar;

beforeAll(async () => {
  hub = await startTestHub();
  const every = (everyMs: number) => ({
    bands: [
      { untilDays: 3, everyMs },
      { untilDays: 21, everyMs: SELDOM_MS },
    ],
    directoryMs: everyMs,
  });
  const polls = { epic: every(POLL_MS), cerner: every(SELDOM_MS), 'xml-his': every(POLL_MS) };
  for (const [key, poll] of Object.entries(polls)) {
    const secret = PUSHING.includes(key) ? randomBytes(24).toString('base64url') : undefined;
    const { id } = hub.connection(key);
    const changed = await hub.request('PATCH', `/v1/connections/${id}`, {
      role: 'admin',
      body: { policy: { poll }, ...(secret !== undefined && { secrets: { pushSecret: secret } }) },
    });
    expect(changed.status).toBe(200);
    if (secret === undefined) continue;
    await hub.control(key, 'POST', '/push', { url: `${hub.sandbox.api}/inbound/${id}/notifications`, secret });
  }
  ear = await EventEar.listen(hub);
}, 90_000);
afterAll(async () => {
  await ear.leave();
  await hub.stop();
});

const offered = async (key: string, slot: FreeSlot): Promise<boolean> =>
  (await hub.freeSlots(key)).some(({ externalId }) => externalId === slot.externalId);

/** Whether it holds, as soon as it does, or in the end. */
async function within(holds: () => Promise<boolean>, ms = WITHIN_MS): Promise<boolean> {
  for (const deadline = Date.now() + ms; !(await holds()); await delay(200)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}

const tessera = async (...words: string[]) => {
  const env = { ...process.env, TESSERA_API: hub.sandbox.api, TESSERA_TOKEN: hub.sandbox.tokens.support };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [TESSERA, ...words], { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
};

interface Report {
  readonly run: { readonly state: string; readonly counts: Readonly<Record<string, number>> };
  readonly drift: readonly {
    readonly id: string;
    readonly kind: string;
    readonly cause: string;
    readonly state: string;
    readonly appointmentId: string | null;
    readonly externalId: string | null;
  }[];
}

async function reconcile(key: string): Promise<Report> {
  const { stdout, stderr } = await tessera('reconcile', key, '--json');
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Report;
}

interface Appointment {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly slotId: string;
  readonly transactions: readonly { readonly id: string; readonly state: string }[];
}

const appointment = async (id: string): Promise<Appointment> =>
  (await hub.request<Appointment>('GET', `/v1/appointments/${id}`)).body;

/** How each hospital of the sandbox is followed: asked every second, told by its feed, or told by pushes only. */
describe.each([
  ['epic', 'polls', WITHIN_MS],
  ['cerner', 'pushes', TOLD_WITHIN_MS],
  ['xml-his', 'pushes and polls', WITHIN_MS],
  ['hl7v2', 'its feed', TOLD_WITHIN_MS],
] as const)('somebody at the desk of %s, followed by %s,', (key, _how, withinMs) => {
  const edit = (body: object) => hub.control<{ vendorId: string; providerId: string }>(key, 'POST', '/edit', body);
  const took: number[] = [];

  /** Edits, and waits until the stream has told it and the model shows it. */
  async function seen<Told>(
    body: object,
    told: (event: HeardEvent, edited: Told) => boolean,
    shown: (edited: Told) => Promise<boolean>,
  ): Promise<Told> {
    const sinceMs = Date.now();
    const edited = (await edit(body)) as Told;
    const atMs = await ear.hears((event) => told(event, edited), sinceMs, WITHIN_MS);
    expect({ body, heard: atMs !== undefined }).toEqual({ body, heard: true });
    took.push((atMs ?? Infinity) - sinceMs);
    expect({ body, shown: await within(() => shown(edited)) }).toEqual({ body, shown: true });
    return edited;
  }
  const slotIs = (slot: FreeSlot, status: string) => (event: HeardEvent) =>
    event.type === 'slot.changed' && event.data['slotId'] === slot.id && event.data['status'] === status;
  const isOffered = (slot: FreeSlot, expected: boolean) => async () => (await offered(key, slot)) === expected;

  test('blocks, frees, books, moves and cancels: it is in the model, and on the stream', async () => {
    const [first, second, third] = (await hub.freeSlots(key)).slice(6);
    if (!first || !second || !third) throw new Error('too few slots');
    await seen({ op: 'block-slot', externalId: first.externalId }, slotIs(first, 'busy'), isOffered(first, false));
    await seen({ op: 'free-slot', externalId: first.externalId }, slotIs(first, 'free'), isOffered(first, true));
    const { vendorId } = await seen<{ vendorId: string }>(
      { op: 'book-outside', externalId: second.externalId },
      slotIs(second, 'busy'),
      isOffered(second, false),
    );
    await seen(
      { op: 'move-outside', externalId: vendorId, toExternalId: third.externalId },
      slotIs(third, 'busy'),
      async () => (await offered(key, second)) && !(await offered(key, third)),
    );
    await seen({ op: 'cancel-outside', externalId: vendorId }, slotIs(third, 'free'), isOffered(third, true));
    expect(took).toHaveLength(5);
  }, 90_000);

  test('cancels an appointment of the hub: the hub follows, and its slot can be booked again', async () => {
    const slot = await hub.slot(key, 20);
    const patientId = await hub.newPatient();
    const booked = await hub.book<Appointment & { externalId: string }>(slot.id, patientId, `in-step-${key}`);
    expect([booked.status, booked.body.status]).toEqual([201, 'booked']);
    const { id, version, transactions } = await appointment(booked.body.id);
    const [effect] = await hub.effects(key, { transactionId: transactions[0]?.id ?? '' });
    await seen(
      { op: 'cancel-outside', externalId: effect?.vendorId },
      (event) => event.type === 'appointment.cancelled' && event.data['appointmentId'] === id,
      async () => (await appointment(id)).status === 'cancelled',
    );
    expect((await appointment(id)).version).toBeGreaterThan(version);
    const drift = await hub.request<{ items: Report['drift'] }>(
      'GET',
      `/v1/drift?connection=${hub.connection(key).id}&kind=cancelled-outside`,
      { role: 'support' },
    );
    expect(drift.body.items.find((each) => each.appointmentId === id)).toMatchObject({ state: 'settled' });
    expect(await within(isOffered(slot, true))).toBe(true);
  }, 90_000);

  test('gives a provider another name: it is in the model, and on the stream', async () => {
    const slot = await hub.slot(key, 0);
    const world = await hub.control<{ providers: { id: string; name: { family: string } }[] }>(key, 'GET', '/world');
    const shown = await hub.request<{ name: { family: string } }>('GET', `/v1/providers/${slot.providerId}`);
    const provider = world.providers.find((each) => each.name.family === shown.body.name.family);
    await seen(
      { op: 'rename-provider', providerExternalId: provider?.id, name: 'Mary Somerville' },
      (event) => event.type === 'provider.changed' && event.data['providerId'] === slot.providerId,
      async () => {
        const { body } = await hub.request<{ name: { family: string } }>('GET', `/v1/providers/${slot.providerId}`);
        return body.name.family === 'Somerville';
      },
    );
    expect(took).toHaveLength(7);
  }, 40_000);

  test(`half of it is known within ${withinMs} ms, and nothing that it pushed was refused`, async () => {
    expect(took.toSorted((a, b) => a - b)[3]).toBeLessThanOrEqual(withinMs);
    if (!PUSHING.includes(key)) return;
    const { answers } = await hub.control<{ answers: number[] }>(key, 'GET', '/push');
    expect(answers.length).toBeGreaterThan(4);
    expect(new Set(answers)).toEqual(new Set([200]));
  });
});

describe('a hub that was restored from its backup', () => {
  const KEY = 'cerner';
  const total = async (): Promise<number> =>
    (await hub.control<{ appointments: unknown[] }>(KEY, 'GET', '/effects')).appointments.length;

  /** Copies a database that nobody uses; `from` and `to` are names. */
  async function copy(from: string, to: string): Promise<void> {
    const admin = openDatabase(process.env['TESSERA_TEST_ADMIN_URL'] ?? '', { max: 1, onError: () => {} });
    try {
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)', [[from, to]]);
      await admin.query(`drop database if exists ${to} with (force)`);
      await admin.query(`create database ${to} template ${from}`);
    } finally {
      await admin.close();
    }
  }

  const change = async (what: 'pause' | 'resume') =>
    expect(
      (await hub.request('POST', `/v1/connections/${hub.connection(KEY).id}/${what}`, { role: 'admin' })).status,
    ).toBe(200);

  test('finds the bookings that it has forgotten, and sends nothing again', async () => {
    const name = new URL(hub.database.url).pathname.slice(1);
    const backup = `${name}_backup`;
    const patientId = await hub.newPatient();
    const [waiting, later] = (await hub.freeSlots(KEY)).slice(40);
    if (!waiting || !later) throw new Error('too few slots');
    await change('pause');
    const asked = await hub.book<Appointment>(waiting.id, patientId, 'restore-1', { prefer: 'respond-async' });
    expect(asked.status).toBe(202);
    await hub.kill();
    await copy(name, backup);

    // Life goes on: what waited is booked, and another one, which the backup knows nothing of.
    await hub.start();
    await change('resume');
    await hub.until<Appointment>(`/v1/appointments/${asked.body.id}`, ({ status }) => status === 'booked');
    const forgotten = await hub.book<Appointment>(later.id, patientId, 'restore-2');
    expect(forgotten.body.status).toBe('booked');
    const before = await total();
    await hub.kill();
    await copy(backup, name);

    await hub.start();
    expect((await hub.request('GET', `/v1/appointments/${forgotten.body.id}`)).status).toBe(404);
    expect((await appointment(asked.body.id)).status).toBe('pending');
    const { run, drift } = await reconcile(KEY);
    expect(run.state).toBe('done');
    const [effect] = await hub.effects(KEY, { slotId: later.externalId });
    expect(drift.filter((each) => each.kind === 'orphan-at-his')).toMatchObject([
      { externalId: effect?.vendorId, state: 'open' },
    ]);
    await change('resume');
    await hub.until<Appointment>(`/v1/appointments/${asked.body.id}`, ({ status }) => status === 'booked', 60_000);
    expect(await total()).toBe(before);
    expect(await hub.effects(KEY, { slotId: waiting.externalId })).toHaveLength(1);
    const admin = openDatabase(process.env['TESSERA_TEST_ADMIN_URL'] ?? '', { max: 1, onError: () => {} });
    await admin.query(`drop database if exists ${backup} with (force)`);
    await admin.close();
  }, 180_000);
});
