/** In step with every hospital: what somebody edits there is here within one poll; what the hub forgot is found again. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/db/database.ts';
import { startTestHub, type FreeSlot, type TestHub } from '../support/hub.ts';

const TESSERA = join(import.meta.dirname, '../../bin/tessera.cjs');
const POLL_MS = 1_000;
/** One poll, and what it takes to read, on a machine that has more to do. */
const WITHIN_MS = 15_000;
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
  const poll = {
    bands: [
      { untilDays: 3, everyMs: POLL_MS },
      { untilDays: 21, everyMs: 3_600_000 },
    ],
    directoryMs: POLL_MS,
  };
  for (const key of ['epic', 'cerner', 'xml-his']) {
    const changed = await hub.request('PATCH', `/v1/connections/${hub.connection(key).id}`, {
      role: 'admin',
      body: { policy: { poll } },
    });
    expect(changed.status).toBe(200);
  }
}, 90_000);
afterAll(() => hub.stop());

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

describe.each(['epic', 'cerner', 'xml-his', 'hl7v2'])('somebody at the desk of %s', (key) => {
  const edit = (body: object) => hub.control<{ vendorId: string; providerId: string }>(key, 'POST', '/edit', body);

  test('blocks, frees, books, moves and cancels: it is in the model within one poll', async () => {
    const [first, second, third] = (await hub.freeSlots(key)).slice(6);
    if (!first || !second || !third) throw new Error('too few slots');
    await edit({ op: 'block-slot', externalId: first.externalId });
    const { vendorId } = await edit({ op: 'book-outside', externalId: second.externalId });
    expect(await within(async () => !(await offered(key, first)))).toBe(true);
    expect(await within(async () => !(await offered(key, second)))).toBe(true);
    await edit({ op: 'free-slot', externalId: first.externalId });
    await edit({ op: 'move-outside', externalId: vendorId, toExternalId: third.externalId });
    expect(await within(() => offered(key, first))).toBe(true);
    expect(await within(() => offered(key, second))).toBe(true);
    expect(await within(async () => !(await offered(key, third)))).toBe(true);
    await edit({ op: 'cancel-outside', externalId: vendorId });
    expect(await within(() => offered(key, third))).toBe(true);
  }, 90_000);

  test('cancels an appointment of the hub: a reconciliation finds it, and the hub follows', async () => {
    const slot = await hub.slot(key, 20);
    const booked = await hub.book<Appointment & { externalId: string }>(
      slot.id,
      await hub.newPatient(),
      `in-step-${key}`,
    );
    expect([booked.status, booked.body.status]).toEqual([201, 'booked']);
    const { transactions } = await appointment(booked.body.id);
    const [effect] = await hub.effects(key, { transactionId: transactions[0]?.id ?? '' });
    await edit({ op: 'cancel-outside', externalId: effect?.vendorId });
    let found: Report['drift'][number] | undefined;
    // What a feed has still to tell is not there at once.
    expect(
      await within(async () => {
        const { drift } = await reconcile(key);
        found = drift.find((each) => each.appointmentId === booked.body.id) ?? found;
        return (await appointment(booked.body.id)).status === 'cancelled';
      }, 45_000),
    ).toBe(true);
    expect(found).toMatchObject({ kind: 'cancelled-outside', state: 'settled' });
    expect((await appointment(booked.body.id)).version).toBeGreaterThan(booked.body.version);
  }, 90_000);

  test('gives a provider another name: it is in the model within one poll', async () => {
    const slot = await hub.slot(key, 0);
    const world = await hub.control<{ providers: { id: string; name: { family: string } }[] }>(key, 'GET', '/world');
    const shown = await hub.request<{ name: { family: string } }>('GET', `/v1/providers/${slot.providerId}`);
    const provider = world.providers.find((each) => each.name.family === shown.body.name.family);
    await edit({ op: 'rename-provider', providerExternalId: provider?.id, name: 'Mary Somerville' });
    expect(
      await within(async () => {
        const { body } = await hub.request<{ name: { family: string } }>('GET', `/v1/providers/${slot.providerId}`);
        return body.name.family === 'Somerville';
      }),
    ).toBe(true);
  }, 40_000);
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
