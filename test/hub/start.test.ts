/** Starting and stopping, as a person does it: the real program, on the embedded Postgres, in an empty directory. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const children: ChildProcess[] = [];
const directory = await mkdtemp(join(tmpdir(), 'tessera-start-'));
const dataDir = join(directory, 'data');

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function start(): Promise<{ child: ChildProcess; url: string; banner: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'bin/tessera.cjs'), 'start'], {
    env: { PATH: process.env['PATH'], TESSERA_DATA_DIR: dataDir, TESSERA_PORT: '0', TESSERA_MLLP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
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

/** Processes that work in, or were started with, the data directory. */
const left = (): string[] =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(dataDir) && !line.includes('ps -eo'));

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
