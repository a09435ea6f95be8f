import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

/** A command line that tells how it was started, and then does what its first argument says. */
const COMMAND_LINE = `
export async function run(argv: readonly string[], { loadMain }: { loadMain: () => Promise<{ name: string }> }) {
  const [what, ...rest] = argv.slice(2);
  if (what === 'wait') {
    const beat = setInterval(() => {}, 1000);
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => { clearInterval(beat); console.log('stopped by', signal); process.exitCode = 3; });
  }
  if (what === 'fail') throw new Error('as asked');
  if (what === 'die') process.kill(process.pid, 'SIGKILL');
  console.log(JSON.stringify({ rest, main: (await loadMain()).name, pid: process.pid }));
}
`;

let directory = '';
/** Makes the Node that loads it look like version 20; the Node it starts again is not affected. */
const OLD_NODE = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tessera-launcher-'));
  for (const folder of ['bin', 'src/cli', 'node_modules/.bin'])
    await mkdir(join(directory, folder), { recursive: true });
  await copyFile(join(ROOT, 'bin/tessera.cjs'), join(directory, 'bin/tessera.cjs'));
  await writeFile(join(directory, 'package.json'), '{"type": "module"}');
  await writeFile(join(directory, 'src/cli/index.ts'), COMMAND_LINE);
  await writeFile(join(directory, 'src/main.ts'), `export const name: string = 'main';`);
  await writeFile(join(directory, 'old-node.cjs'), OLD_NODE);
  await installNode(`exec ${process.execPath} "$@"`);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function installNode(script: string): Promise<void> {
  const file = join(directory, 'node_modules/.bin/node');
  await rm(file, { force: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function launch(...args: readonly string[]): {
  readonly child: ChildProcess;
  readonly started: Promise<void>;
  readonly ended: Promise<Ended>;
} {
  const child = spawn(process.execPath, [...args], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const started = new Promise<void>((settle) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        settle();
      });
    }
  });
  const ended = new Promise<Ended>((settle) => child.on('close', (code) => settle({ code, output })));
  return { child, started, ended };
}

const OLD = ['--require', './old-node.cjs', 'bin/tessera.cjs'];

test('a new enough Node runs the command line itself, and hands it the way to main', async () => {
  const { child, ended } = launch('bin/tessera.cjs', 'tell', '--json', 'a b');
  const { code, output } = await ended;
  expect(JSON.parse(output)).toEqual({ rest: ['--json', 'a b'], main: 'main', pid: child.pid });
  expect(code).toBe(0);
});

test('an older Node runs the same command under the Node of node_modules', async () => {
  const { child, ended } = launch(...OLD, 'tell', '--json', 'a b');
  const { code, output } = await ended;
  const told = JSON.parse(output) as { readonly pid: number };
  expect(told).toMatchObject({ rest: ['--json', 'a b'], main: 'main' });
  expect(told.pid).not.toBe(child.pid);
  expect(code).toBe(0);
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s reaches the hub, and its exit code comes back', async (signal) => {
  const { child, started, ended } = launch(...OLD, 'wait');
  await started;
  child.kill(signal);
  expect(await ended).toEqual({ code: 3, output: expect.stringContaining(`stopped by ${signal}`) });
});

test('a hub that was killed ends the launcher with 128 + the signal', async () => {
  expect((await launch(...OLD, 'die').ended).code).toBe(137);
});

test.each([[[]], [OLD.slice(0, 2)]])('a command line that throws ends with 1 and says why (%j)', async (before) => {
  const { code, output } = await launch(...before, 'bin/tessera.cjs', 'fail').ended;
  expect(output).toContain('as asked');
  expect(code).toBe(1);
});

test('without a newer Node it says what is needed and what to do, and never starts itself for ever', async () => {
  const file = join(directory, 'node_modules/.bin/node');
  await rm(file);
  const absent = await launch(...OLD, 'tell').ended;
  await symlink(process.execPath, file);
  const same = await launch(...OLD, 'tell').ended;
  for (const { code, output } of [absent, same]) {
    expect(code).toBe(1);
    expect(output).toMatch(/needs Node 22\.20 or newer.*\n.*npm ci/);
  }
});
