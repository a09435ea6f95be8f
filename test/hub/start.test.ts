/** Starting and stopping, as a person does it: the real program, on the embedded Postgres, in an empty directory. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from '@jest/globals';
import { serverOf } from '../support/embedded-server.ts';
import { makeDataDirectory } from '../support/data-directory.ts';

const ROOT = join(import.meta.dirname, '../..');
const children: ChildProcess[] = [];
const directory = await makeDataDirectory('tessera-start-');
// Else, started by root, the database would lie elsewhere.
await chmod(directory, 0o755);
const dataDir = join(directory, 'data');

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

function launch(directoryOfData = dataDir) {
  const child = spawn(process.execPath, [join(ROOT, 'bin/tessera.cjs'), 'start'], {
    env: { PATH: process.env['PATH'], TESSERA_DATA_DIR: directoryOfData, TESSERA_PORT: '0', TESSERA_MLLP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function start(): Promise<{ child: ReturnType<typeof launch>; url: string; banner: string }> {
  const child = launch();
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  let banner = '';
  const ready = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{')) return;
    banner += `${line}\n`;
    const url = /ready at (http:\S+)/.exec(line)?.[1];
    if (url) ready.resolve(url);
  });
  child.once('exit', (code) => ready.reject(new Error(`ended with ${code}: ${banner}${log}`)));
  return { child, url: await ready.promise, banner };
}

/** Processes that work in, or were started with, a data directory of ours. */
const left = (): string[] =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(directory) && !line.includes('ps -eo'));

const sandbox = () =>
  JSON.parse(readFileSync(join(dataDir, 'sandbox.json'), 'utf8')) as {
    api: string;
    tokens: Record<string, string>;
    pid: number;
  };
const get = async (path: string) => {
  const { api, tokens } = sandbox();
  return (await fetch(api + path, { headers: { authorization: `Bearer ${tokens['app']}` } })).json() as Promise<{
    items: { id: string }[];
  }>;
};

test('npm start on an empty directory is ready, tells where to go, and writes sandbox.json for its user only', async () => {
  const { child, url, banner } = await start();
  expect(banner.split('\n').length).toBeLessThanOrEqual(12);
  expect(banner).toContain('/docs');
  expect(sandbox()).toMatchObject({ api: url, pid: child.pid });
  expect(statSync(join(dataDir, 'sandbox.json')).mode & 0o777).toBe(0o600);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/v1/slots`)).status).toBe(401);
  expect((await get('/v1/slots?limit=5')).items).toHaveLength(5);
}, 60_000);

const send = async (path: string, body: object, headers: Record<string, string> = {}) => {
  const { api, tokens } = sandbox();
  const response = await fetch(api + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens['app']}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { id: string } };
};

test('a second start on the same data directory ends at once, says why, and the first goes on booking', async () => {
  const [first] = children;
  const before = readFileSync(join(dataDir, 'sandbox.json'), 'utf8');
  const second = launch();
  let said = '';
  let log = '';
  second.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  second.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  const [code] = (await once(second, 'close')) as [number];
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(
      new RegExp(`^tessera: a hub runs on .*${dataDir} already \\(process ${first?.pid}\\): .*TESSERA_DATA_DIR.*\n$`),
    ),
  ]);
  // It has opened nothing: neither hospital nor database.
  expect(log.trim().split('\n')).toHaveLength(1);
  expect(readFileSync(join(dataDir, 'sandbox.json'), 'utf8')).toBe(before);

  const patient = { name: { given: ['Test'], family: 'Person' }, birthDate: '1990-05-17', email: 'test@example.com' };
  const { body } = await send('/v1/patients', { ...patient, phone: '+12125550123' });
  const from = new Date(Date.now() + 2 * 3600_000).toISOString();
  const [slot] = (await get(`/v1/slots?from=${from}&limit=1`)).items;
  const booking = { slotId: slot?.id, patientId: body.id };
  expect((await send('/v1/appointments', booking, { 'idempotency-key': 'a' })).status).toBe(201);
}, 60_000);

test('Ctrl-C stops everything: no process is left', async () => {
  const [child] = children;
  child?.kill('SIGINT');
  const [code] = (await once(child as ChildProcess, 'exit')) as [number];
  expect(code).toBe(0);
  expect(left()).toEqual([]);
}, 60_000);

test('a second start finds its data again', async () => {
  const { child } = await start();
  const before = await get('/v1/locations');
  child.kill('SIGTERM');
  await once(child, 'exit');
  await start();
  expect(await get('/v1/locations')).toEqual(before);
}, 60_000);

test('after kill -9 the next start recovers, and still finds its data', async () => {
  const before = await get('/v1/locations');
  const killed = children.at(-1) as ChildProcess;
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const { child } = await start();
  expect(await get('/v1/locations')).toEqual(before);
  child.kill('SIGINT');
  await once(child, 'exit');
  expect(left()).toEqual([]);
}, 60_000);

test.each([
  ['SIGINT', 130, 'nothing', 'the hub starts'],
  ['SIGTERM', 143, 'a database', 'the database schema was brought up to date'],
  ['SIGTERM', 143, 'hospitals', 'sandbox hospital'],
] as const)(
  '%s during the start ends it in order with %i when there is %s yet',
  async (signal, expected, _, message) => {
    const child = launch(await makeDataDirectory('data-', directory));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const was = output;
      output += text;
      if (!was.includes(message) && output.includes(message)) child.kill(signal);
    });
    expect(await once(child, 'close')).toEqual([expected, null]);
    expect(output).toContain(message);
    expect(output).not.toContain('ready at');
    expect(left()).toEqual([]);
  },
  60_000,
);

test('Ctrl-C while a killed database is being started again stops everything too', async () => {
  const { child } = await start();
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('it is started again')) child.kill('SIGINT');
  });
  process.kill(serverOf(sandbox().pid).pid, 'SIGKILL');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(left()).toEqual([]);
}, 60_000);

test('a database that cannot be started again ends the hub with exit code 1, for whoever supervises it', async () => {
  const { child } = await start();
  const server = serverOf(sandbox().pid);
  rmSync(join(server.data, 'global/pg_control'));
  process.kill(server.pid, 'SIGKILL');
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(left()).toEqual([]);
}, 60_000);
