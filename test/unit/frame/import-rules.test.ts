import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { IMPORT_TABLE } from '../../../scripts/import-table.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const FOLDERS = Object.keys(IMPORT_TABLE);

interface Cruise {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly unknown[] }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] };
  };
}

/** A tree with one import that each rule forbids, and with every import that the table allows. */
const tree = new Map<string, string>();
/** "rule: file" of every violation that must be reported, and no other. */
const planted: string[] = [];

function put(file: string, ...imports: readonly string[]): void {
  tree.set(file, imports.map((each, index) => `import type * as imported${index} from '${each}';\n`).join(''));
}

function plant(rule: string, file: string, ...imports: readonly string[]): void {
  put(file, ...imports);
  planted.push(`${rule}: ${file}`);
}

for (const folder of FOLDERS) put(`src/${folder}/target.ts`);
for (const file of [
  'src/main.ts',
  'src/config.ts',
  'src/unlisted/target.ts',
  'test/support/target.ts',
  'mappings/b/target.ts',
])
  put(file);
for (const file of ['adapters/b/index.ts', 'src/adapter-kit/index.ts', 'src/adapter-kit/simulator/index.ts']) put(file);

for (const [folder, mayImport] of Object.entries(IMPORT_TABLE)) {
  put(`src/${folder}/allowed.ts`, './target.ts', ...mayImport.map((each) => `../${each}/target.ts`));
  if (folder === 'domain') continue;
  put(`src/${folder}/allowed-for-all.ts`, '../config.ts', '../telemetry/target.ts', 'node:fs', 'pg');
  for (const other of FOLDERS) {
    if (other === folder || other === 'telemetry' || mayImport.includes(other)) continue;
    plant(`${folder}-imports`, `src/${folder}/imports-${other}.ts`, `../${other}/target.ts`);
  }
}
put('bin/target.ts', '../src/main.ts');
put('adapters/a/allowed.ts', '#adapter-kit', './simulator.ts', 'pg', 'node:fs');
put('adapters/a/simulator.ts', '#adapter-kit/simulator', '#adapter-kit');
put(
  'adapters/a/allowed.test.ts',
  '#adapter-kit/simulator',
  '../../test/support/target.ts',
  '@jest/globals',
  './allowed.ts',
);

plant('domain-imports-nothing', 'src/domain/imports-node.ts', 'node:crypto');
plant('domain-imports-nothing', 'src/domain/imports-npm.ts', 'uuid');
plant('domain-imports-nothing', 'src/domain/imports-db.ts', '../db/target.ts');
plant('domain-imports-nothing', 'src/domain/imports-config.ts', '../config.ts');
plant('shared-files-import-domain', 'src/contracts.ts', './domain/target.ts', './db/target.ts', 'yaml');
plant('folder-not-in-table', 'src/main.ts', './unlisted/target.ts');
plant('src-never-adapters', 'src/api/imports-adapter.ts', '../../adapters/b/index.ts');
plant('src-never-adapters', 'src/mapping/imports-mapping.ts', '../../mappings/b/target.ts');
plant('only-bin-imports-main', 'src/cli/imports-main.ts', '../main.ts');
plant('adapter-imports-kit-only', 'adapters/a/imports-domain.ts', '../../src/domain/target.ts');
plant('adapter-imports-kit-only', 'adapters/a/imports-config.ts', '../../src/config.ts');
plant('adapter-imports-kit-only', 'adapters/a/imports-test.ts', '../../test/support/target.ts');
plant('adapter-imports-kit-only', 'adapters/a/imports-kit-inside.ts', '../../src/adapter-kit/target.ts');
planted.push('adapter-imports-kit-by-alias: adapters/a/imports-kit-inside.ts');
plant('adapter-imports-kit-by-alias', 'adapters/a/imports-kit-by-path.ts', '../../src/adapter-kit/index.ts');
plant('adapter-test-imports', 'adapters/a/imports-db.test.ts', '../../src/db/target.ts');
plant('adapter-imports-own-folder', 'adapters/a/imports-b.ts', '../b/index.ts');
plant('simulator-kit-in-simulators-only', 'adapters/a/client.ts', '#adapter-kit/simulator');
plant('no-cycles', 'src/api/cycle-a.ts', './cycle-b.ts');
put('src/api/cycle-b.ts', './cycle-a.ts');
plant('no-dev-dependency', 'src/api/imports-dev.ts', 'nock');
plant('unresolvable', 'src/api/imports-nothing.ts', './absent.ts');
tree.set('src/api/imports-by-type.ts', `export type Far = import('../dispatch/target.ts').Some;`);
planted.push('api-imports: src/api/imports-by-type.ts');
tree.set('src/api/imports-late.ts', `export const late = () => import('../dispatch/target.ts');`);
planted.push('api-imports: src/api/imports-late.ts');
tree.set('src/api/re-exports.ts', `export * from '../dispatch/target.ts';`);
planted.push('api-imports: src/api/re-exports.ts');

let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tessera-imports-'));
  for (const [file, text] of tree) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), text);
  }
  await mkdir(join(directory, 'scripts'));
  for (const file of [
    'package.json',
    '.dependency-cruiser.mjs',
    'scripts/imports-only.babel.mjs',
    'scripts/import-table.ts',
  ]) {
    await copyFile(join(ROOT, file), join(directory, file));
  }
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'), 'junction');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function cruise(cwd: string): Promise<Cruise> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [
    program,
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'json',
    'src/**/*.ts',
    'adapters/**/*.ts',
  ];
  // Exits with the number of violations; what counts is the report.
  const report = await new Promise<string>((settle, fail) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 28 }, (error, stdout, stderr) =>
      stdout === '' ? fail(error ?? new Error(stderr)) : settle(stdout),
    );
  });
  return JSON.parse(report) as Cruise;
}

const violationsOf = (report: Cruise): string[] =>
  report.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).toSorted();

test('every import outside the table is reported by its rule (each rule has one planted), and no import inside it', async () => {
  const report = await cruise(directory);
  expect(violationsOf(report)).toEqual(planted.toSorted());

  const rules = report.summary.ruleSetUsed.forbidden.map(({ name }) => name);
  expect(rules.filter((rule) => !planted.some((each) => each.startsWith(`${rule}: `)))).toEqual([]);
});

test('the tree keeps to the table', async () => {
  const report = await cruise(ROOT);
  expect(violationsOf(report)).toEqual([]);
  // Not clean because it saw nothing.
  expect(report.modules.find(({ source }) => source === 'src/domain/index.ts')?.dependencies.length).toBeGreaterThan(5);
});

test('every folder of src has a row in the table, and every row a folder', async () => {
  const entries = await readdir(join(ROOT, 'src'), { withFileTypes: true });
  const folders = entries.filter((each) => each.isDirectory()).map((each) => each.name);
  expect(folders.toSorted()).toEqual(FOLDERS.toSorted());
});
