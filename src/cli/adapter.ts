/** `tessera adapter`: for people who write adapters, in this repository or in one of their own. */
import { cp, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Main } from './ports.ts';

const ROOT = join(import.meta.dirname, '../..');
const TEMPLATE = '_template';
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Copies the template's two folders, with the name filled in. Throws when the name cannot be used, or is in use. */
export async function newAdapter(name: string, into: string): Promise<void> {
  if (!NAME.test(name)) throw new Error(`expected a name in kebab-case (small letters, digits and -), got "${name}"`);
  const folders = (['adapters', 'mappings'] as const).map((kind) => ({
    from: join(ROOT, kind, TEMPLATE),
    to: join(into, kind, name),
  }));
  for (const { to } of folders) {
    if (await exists(to)) throw new Error(`${to} exists already: choose another name, or delete it first`);
  }
  for (const { from, to } of folders) {
    await mkdir(join(to, '..'), { recursive: true });
    await cp(from, to, { recursive: true });
    await rename(to, name);
  }
  const shown = relative('.', join(into, 'adapters', name)) || '.';
  process.stdout.write(
    `${shown} and its mappings are there. Try it:\n\n  npx tessera adapter check ${shown}\n\nWhat to change, and in which order: docs/add-a-vendor.md\n`,
  );
}

/** `template-his` and `Template HIS` in names and texts; the code's own words do not contain either. */
async function rename(folder: string, name: string): Promise<void> {
  const title = name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
  const pascal = title.replaceAll(' ', '');
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const renamed = text
      .replaceAll(TEMPLATE, name)
      .replaceAll('Template HIS', title)
      .replaceAll(/Template(Client|Settings)/g, `${pascal}$1`);
    if (renamed !== text) await writeFile(file, renamed);
  }
}

export interface CheckOptions {
  readonly json?: boolean;
  readonly report?: string;
}

/** Sets the exit code to 1 when anything is broken. */
export async function checkAdapters(main: Main, directories: readonly string[], options: CheckOptions): Promise<void> {
  const broken: string[] = [];
  const wanted = directories.length > 0 ? directories : main.adapterDirectories();
  const { page } = await main.checkAdapters(wanted, ({ id, failures, text, json }) => {
    process.stdout.write(options.json === true ? `${JSON.stringify(json)}\n` : `${text}\n`);
    broken.push(...failures.map((failure) => `${id} ${failure}`));
  });
  if (options.report !== undefined) await writeFile(options.report, page);
  if (broken.length === 0) return;
  process.stderr.write(`${broken.length} broken:\n${broken.map((each) => `  ${each}\n`).join('')}`);
  process.exitCode = 1;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
