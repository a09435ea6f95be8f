import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

interface Lock {
  readonly packages: Record<
    string,
    { optionalDependencies?: Record<string, string>; resolved?: string; dev?: boolean }
  >;
}

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tessera-lock-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function fixLock(...args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/fix-lock.mjs'), ...args], {
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

async function lockOf(packages: Lock['packages']): Promise<string> {
  const file = join(directory, 'package-lock.json');
  await writeFile(file, JSON.stringify({ lockfileVersion: 3, packages }));
  return file;
}

const readLock = async (file: string): Promise<Lock> => JSON.parse(await readFile(file, 'utf8')) as Lock;

test('package-lock.json has an entry for every optional package of every platform', () => {
  expect(fixLock('--check', join(ROOT, 'package-lock.json'))).toMatchObject({
    code: 0,
    output: expect.stringContaining(' 0 entries to add'),
  });
});

test('package-lock.json names no registry, so that anybody can install from theirs', async () => {
  const { packages } = await readLock(join(ROOT, 'package-lock.json'));
  expect(Object.keys(packages).filter((path) => packages[path]?.resolved !== undefined)).toEqual([]);
  expect(Object.keys(packages).length).toBeGreaterThan(100);
});

test('no locked package needs an install script', async () => {
  const { allowScripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly allowScripts: Record<string, boolean>;
  };
  const npmrc = await readFile(join(ROOT, '.npmrc'), 'utf8');
  expect(npmrc).toContain('ignore-scripts=true');
  expect(Object.values(allowScripts)).not.toContain(true);
});

test('a left-out package gets version and platform, once; --check writes nothing and fails until then', async () => {
  const file = await lockOf({
    '': {},
    'node_modules/engine': {
      dev: true,
      optionalDependencies: {
        '@engine/linux-arm-musleabihf': '2.1.0',
        '@engine/windows-x64': '^2.1.0',
        '@engine/linux-x64-gnu': '2.1.0',
      },
    },
    'node_modules/engine/node_modules/@engine/linux-x64-gnu': {},
  });
  const before = await readFile(file, 'utf8');
  expect(fixLock('--check', file)).toMatchObject({ code: 1, output: expect.stringContaining(' 2 entries to add') });
  expect(await readFile(file, 'utf8')).toBe(before);

  expect(fixLock(file).code).toBe(0);
  expect((await readLock(file)).packages).toMatchObject({
    'node_modules/@engine/linux-arm-musleabihf': {
      version: '2.1.0',
      cpu: ['arm'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
    'node_modules/@engine/windows-x64': { version: '2.1.0', cpu: ['x64'], dev: true, optional: true, os: ['win32'] },
  });
  expect(fixLock('--check', file)).toMatchObject({ code: 0, output: expect.stringContaining(' 0 entries to add') });
});

test('a package whose name tells no platform is refused with what to do, and the file stays', async () => {
  const file = await lockOf({ '': { optionalDependencies: { colours: '1.0.0' } } });
  const before = await readFile(file, 'utf8');
  expect(fixLock(file)).toMatchObject({
    code: 1,
    output: expect.stringContaining('colours@1.0.0: expected a version and a platform'),
  });
  expect(await readFile(file, 'utf8')).toBe(before);
});
