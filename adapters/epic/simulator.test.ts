/** The kit's control side and its book, seen through this simulator: what every simulator promises. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FAULTS, OPERATIONS } from '#adapter-kit/simulator';
import { startHospital, type Effects, type SimulatedHospital } from '../../test/support/simulated-hospital.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';

let hospital: SimulatedHospital;

beforeAll(async () => {
  hospital = await startHospital(adapter, startSimulator);
});
afterEach(() => hospital.clearFaults());
afterAll(() => hospital.close());

async function send(method: string, path: string, body: unknown): Promise<{ status: number; error: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${hospital.simulator.controlUrl}/${path}`, { method, body: text });
  const answer = (await response.json()) as { error?: string };
  return { status: response.status, error: answer.error ?? '' };
}

describe('control', () => {
  test('every fault is accepted on every operation', async () => {
    for (const fault of Object.keys(FAULTS)) {
      for (const on of [...OPERATIONS, 'any']) {
        expect(await send('POST', 'faults', { on, fault, times: 1 })).toMatchObject({ status: 200 });
      }
    }
  });

  test.each([
    ['faults', 'not json', 'must be JSON'],
    ['faults', [], 'JSON object'],
    ['faults', { on: 'sleep', fault: 'slow' }, 'on must be one of'],
    ['faults', { on: 'book', fault: 'explode' }, 'fault must be one of'],
    ['faults', { on: 'book', fault: 'slow', times: 0 }, 'times'],
    ['faults', { on: 'book', fault: 'slow', times: 1.5 }, 'whole number'],
    ['faults', { on: 'book', fault: 'slow', afterMs: -1 }, 'afterMs'],
    ['faults', { on: 'book', fault: 'slow', rate: 2 }, 'rate'],
    ['faults', { on: 'book', fault: 'slow', when: 'now' }, 'unknown member when'],
    ['edit', { op: 'burn' }, 'op must be one of'],
    ['edit', { op: 'block-slot' }, 'needs externalId'],
    ['edit', { op: 'block-slot', externalId: 7 }, 'externalId must be a string'],
    ['edit', { op: 'rename-provider', providerExternalId: 'eM5CWtq15N0WJeuCet5bJlQ3' }, 'needs name'],
    ['edit', { op: 'free-slot', providerExternalId: 'eM5CWtq15N0WJeuCet5bJlQ3', start: 'tomorrow' }, 'RFC 3339'],
    ['edit', { op: 'free-slot', surprise: true }, 'unknown member surprise'],
    ['profile', { lookup: 'by-magic' }, 'lookup must be one of'],
    ['profile', {}, 'lookup must be one of'],
  ])('%s %j is refused with 400, saying what was expected', async (path, body, message) => {
    expect(await send('POST', path, body)).toEqual({ status: 400, error: expect.stringContaining(message) });
  });

  test.each([
    [404, { op: 'block-slot', externalId: 'eNone' }],
    [404, { op: 'cancel-outside', externalId: 'eNone' }],
    [404, { op: 'rename-provider', externalId: 'eNone', name: 'A B' }],
  ])('%i for a key that nobody has: %j', async (status, body) => {
    expect(await send('POST', 'edit', body)).toMatchObject({ status });
  });
});

describe('edits', () => {
  const twoSlots = async (): Promise<[string, string]> => {
    const [first, second] = await hospital.slots();
    if (first === undefined || second === undefined) throw new Error('no slots');
    return [first.externalId, second.externalId];
  };
  const isOffered = async (id: string): Promise<boolean> =>
    (await hospital.slots()).some(({ externalId }) => externalId === id);

  test('an appointment can be made, moved and cancelled by the hospital; each change counts the version', async () => {
    const [from, to] = await twoSlots();
    const { vendorId = '' } = await hospital.edit({ op: 'book-outside', externalId: from });
    const state = async () => (await hospital.effects()).appointments.find((each) => each.vendorId === vendorId);
    expect(await state()).toMatchObject({ slotId: from, status: 'booked', version: 1, transactionId: null });
    await hospital.edit({ op: 'move-outside', externalId: vendorId, toExternalId: to });
    expect(await state()).toMatchObject({ slotId: to, status: 'booked', version: 2 });
    expect([await isOffered(from), await isOffered(to)]).toEqual([true, false]);
    await hospital.edit({ op: 'cancel-outside', externalId: vendorId });
    expect(await state()).toMatchObject({ slotId: to, status: 'cancelled', version: 3 });
    expect(await isOffered(to)).toBe(true);
    await expect(hospital.edit({ op: 'cancel-outside', externalId: vendorId })).rejects.toThrow('409');
  });

  test('a slot is blocked and freed; a booked one is neither', async () => {
    const [slot] = await twoSlots();
    await hospital.edit({ op: 'block-slot', externalId: slot });
    expect(await isOffered(slot)).toBe(false);
    await expect(hospital.edit({ op: 'book-outside', externalId: slot })).rejects.toThrow('409');
    await hospital.edit({ op: 'free-slot', externalId: slot });
    expect(await isOffered(slot)).toBe(true);
    await hospital.edit({ op: 'book-outside', externalId: slot });
    await expect(hospital.edit({ op: 'block-slot', externalId: slot })).rejects.toThrow('409');
    await expect(hospital.edit({ op: 'free-slot', externalId: slot })).rejects.toThrow('409');
  });

  test('a slot can be added outside the template', async () => {
    const start = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 5 * 86_400_000 + 7 * 60_000);
    const { slotId = '' } = await hospital.edit({
      op: 'free-slot',
      providerExternalId: 'eM5CWtq15N0WJeuCet5bJlQ3',
      start: start.toISOString(),
    });
    expect(await isOffered(slotId)).toBe(true);
  });

  test('a new provider has slots', async () => {
    const { providerId } = await hospital.edit({ op: 'add-provider', name: 'Ada King Lovelace' });
    expect((await hospital.slots()).some(({ providerExternalId }) => providerExternalId === providerId)).toBe(true);
  });
});

describe('faults', () => {
  const tokenUrl = (): string => `${hospital.simulator.url}/interconnect-fhir-oauth/oauth2/token`;
  const statusOf = async (): Promise<number> => (await fetch(tokenUrl(), { method: 'POST' })).status;

  test('a fault strikes as often as it says, then no more', async () => {
    await hospital.fault({ on: 'token', fault: '503-retry-after', times: 2 });
    const struck = await fetch(tokenUrl(), { method: 'POST' });
    expect([struck.status, struck.headers.get('retry-after')]).toEqual([503, '2']);
    expect([await statusOf(), await statusOf()]).toEqual([503, 400]);
  });

  test('a rate hits that share of the calls', async () => {
    await hospital.fault({ on: 'token', fault: '500', rate: 0.5 });
    const statuses: number[] = [];
    for (let call = 0; call < 100; call += 1) statuses.push(await statusOf());
    const share = statuses.filter((status) => status === 500).length;
    expect(share).toBeGreaterThan(25);
    expect(share).toBeLessThan(75);
  });

  test('slow answers late, but answers', async () => {
    await hospital.fault({ on: 'token', fault: 'slow', times: 1, afterMs: 120 });
    const startedAt = performance.now();
    expect(await statusOf()).toBe(400);
    expect(performance.now() - startedAt).toBeGreaterThan(110);
  });

  test('down refuses connections until the faults are deleted, then listens on the same port', async () => {
    await hospital.fault({ on: 'any', fault: 'down' });
    await expect(statusOf()).rejects.toThrow();
    expect(await hospital.effects()).toBeDefined();
    await hospital.clearFaults();
    expect(await statusOf()).toBe(400);
  });
});

test('a kill of the process loses nothing that was booked, seen or set; slots keep their keys', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'killed-'));
  const script = `import start from ${JSON.stringify(join(import.meta.dirname, 'simulator.ts'))};
    const { controlUrl } = await start({ directory: ${JSON.stringify(directory)}, seed: 7 });
    process.stdout.write(controlUrl);`;
  const run = async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    const ended = once(child, 'exit');
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    return { controlUrl: chunk.toString(), kill, [Symbol.asyncDispose]: kill };
  };
  const post = (controlUrl: string, path: string, body: unknown) =>
    fetch(`${controlUrl}/${path}`, { method: 'POST', body: JSON.stringify(body) });
  const effects = async (controlUrl: string): Promise<Effects> =>
    (await (await fetch(`${controlUrl}/effects`)).json()) as Effects;

  // Not the next one: it may begin meanwhile.
  const slot = (await hospital.slots()).at(-1);
  await using first = await run();
  await post(first.controlUrl, 'profile', { lookup: 'none' });
  await post(first.controlUrl, 'edit', { op: 'book-outside', externalId: slot?.externalId });
  const before = await effects(first.controlUrl);
  await first.kill();
  await using second = await run();
  expect(before.appointments).toHaveLength(1);
  expect(await effects(second.controlUrl)).toEqual(before);
  expect((await post(second.controlUrl, 'edit', { op: 'book-outside', externalId: slot?.externalId })).status).toBe(
    409,
  );
  await second.kill();
  rmSync(directory, { recursive: true });
});
