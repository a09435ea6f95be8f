/** A program whose launcher is killed stops by itself; one that was put into the background lives on without its shell. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { makeDataDirectory } from '../support/data-directory.ts';

const TESSERA = join(import.meta.dirname, '../../bin/tessera.cjs');
/** What the launcher does under an older Node, done under this one: `process.versions.node` says 12. */
const AS_OLD_NODE = `Object.defineProperty(process.versions, 'node', { value: '12.0.0' });
  process.argv.splice(1, 0, ${JSON.stringify(TESSERA)});
  const fs = require('fs');
  const realpath = fs.realpathSync;
  fs.realpathSync = (path) => (path === process.execPath ? 'another node' : realpath(path));
  require(${JSON.stringify(TESSERA)});`;

const directory = await makeDataDirectory('tessera-launcher-');
const pids: number[] = [];
afterAll(async () => {
  for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  // Nobody may be left who holds the output of this process.
  await once(spawn('sh', ['-c', 'kill -9 $(cat pid) 2>/dev/null'], { cwd: directory }), 'exit');
  await rm(directory, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A simulator: it runs until it is stopped, as the hub does, by the same code. */
async function simulate(command: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const launcher = spawn(command, words, {
    env: { PATH: process.env['PATH'], ...env },
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  pids.push(launcher.pid ?? 0);
  for await (const line of createInterface(launcher.stdout)) {
    const control = /control API: (http:\S+)/i.exec(line)?.[1];
    if (control)
      return {
        launcher,
        answers: () =>
          fetch(control).then(
            () => true,
            () => false,
          ),
      };
  }
  throw new Error('the simulator ended before it was ready');
}

async function ends({ launcher, answers }: { launcher: ChildProcess; answers: () => Promise<boolean> }): Promise<void> {
  if (launcher.exitCode === null && launcher.signalCode === null) await once(launcher, 'exit');
  for (const deadline = Date.now() + 10_000; await answers(); await delay(50)) {
    if (Date.now() > deadline) throw new Error('it goes on without its launcher');
  }
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'the launcher under an older Node, ended by %s, takes it along',
  async (signal) => {
    const started = await simulate(process.execPath, ['-e', AS_OLD_NODE, 'simulate', 'epic']);
    expect(await started.answers()).toBe(true);
    started.launcher.kill(signal);
    await ends(started);
  },
  30_000,
);

/** As npx runs it: by a shell that does not pass signals on. */
const NPX = { npm_lifecycle_event: 'npx', npm_lifecycle_script: `'tessera'` };
const byShell = (words: string): readonly string[] => ['-c', `${words}; true`];
const program = `'${process.execPath}' '${TESSERA}' simulate epic`;

test('npx, ended by SIGTERM, takes it along, though its shell passes nothing on', async () => {
  const started = await simulate('sh', byShell(program), NPX);
  expect(await started.answers()).toBe(true);
  started.launcher.kill('SIGTERM');
  await ends(started);
}, 30_000);

test.each([
  ['started by hand', {}],
  ['started by another program that npx runs', { ...NPX, npm_lifecycle_script: 'some-tool --start' }],
])(
  '%s in the background it outlives its shell',
  async (_name, env) => {
    const started = await simulate('sh', byShell(`${program} & echo $! > pid; wait`), env);
    started.launcher.kill('SIGKILL');
    await once(started.launcher, 'exit');
    // More than two looks for its launcher.
    await delay(1_500);
    expect(await started.answers()).toBe(true);
    await once(spawn('sh', ['-c', 'kill $(cat pid)'], { cwd: directory }), 'exit');
    await ends(started);
  },
  30_000,
);
