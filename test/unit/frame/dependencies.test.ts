import { expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (file: string): Promise<string> => readFile(join(ROOT, file), 'utf8');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}
const manifest = async (): Promise<Manifest> => JSON.parse(await read('package.json')) as Manifest;

test('every runtime dependency has a reason in decision 0006, and every reason a dependency', async () => {
  const note = await read('docs/decisions/0006-runtime-dependencies.md');
  const argued = [...note.matchAll(/^\| `([^`]+)` +\| +\S/gm)].map((match) => match[1] ?? '');
  expect(argued.toSorted()).toEqual(Object.keys((await manifest()).dependencies).toSorted());
});

test('every dependency is pinned to one version', async () => {
  const { dependencies, devDependencies, optionalDependencies } = await manifest();
  const versions = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('every decision is in the index, and every link of the index leads somewhere', async () => {
  const linked = [...(await read('docs/README.md')).matchAll(/\(decisions\/(\S+\.md)\)/g)].map(
    (match) => match[1] ?? '',
  );
  expect(linked.toSorted()).toEqual((await readdir(join(ROOT, 'docs/decisions'))).toSorted());
});

test.each(['Context', 'Decision', 'Consequences'])('every decision has its %s', async (part) => {
  for (const file of await readdir(join(ROOT, 'docs/decisions'))) {
    expect({ file, has: (await read(`docs/decisions/${file}`)).includes(`\n## ${part}\n`) }).toEqual({
      file,
      has: true,
    });
  }
});
