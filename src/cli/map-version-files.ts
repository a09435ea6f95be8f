/** Versions of mappings as files: <adapter>.<mapping>/<number>/version.json, and below files/ what it is made of. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { UsageError } from '../mapping-tools/finding.ts';
import { readInput } from '../mapping-tools/read-input.ts';
import { textsAt } from '../mapping-tools/texts-in.ts';
import { callApi, queryOf, type ApiAccess } from './hub-api.ts';

export interface Version {
  readonly number: number;
  readonly state: string;
  readonly note: string | null;
  readonly announced: readonly string[];
  readonly publishedAt: string | null;
  readonly publishedBy: string | null;
  readonly files?: Readonly<Record<string, string>>;
}

export const versionsPath = (mapping: string): string => `/v1/mappings/${encodeURIComponent(mapping)}/versions`;

/** By its key or its id. Throws when there is none. */
export async function findConnection(
  access: ApiAccess,
  wanted: string,
): Promise<{ readonly id: string; readonly adapter: string }> {
  const all = await listAll<{ id: string; key: string; adapter: string }>(access, '/v1/connections');
  const found = all.find(({ id, key }) => id === wanted || key === wanted);
  if (found) return found;
  throw new UsageError(
    `there is no connection "${wanted}"; there are ${all.map(({ key }) => key).join(', ') || 'none'}`,
  );
}

/** All pages of a list. */
export async function listAll<Item>(access: ApiAccess, path: string, connection?: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const query = queryOf({ connection, cursor, limit: '200' });
    const page = await callApi<{ items: Item[]; nextCursor: string | null }>(access, 'GET', `${path}${query}`);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

/** Returns what was written, as <adapter>.<mapping>/<number>. */
export async function exportVersions(access: ApiAccess, connection: string, directory: string): Promise<string[]> {
  const written: string[] = [];
  const mappings = await listAll<{ name: string; latest: number }>(access, '/v1/mappings', connection);
  for (const { name, latest } of mappings) {
    for (let number = 1; number <= latest; number++) {
      const place = join(directory, name, String(number));
      const { files = {}, ...version } = await readVersion(access, connection, name, number);
      await writeInside(place, 'version.json', `${JSON.stringify(version, null, 2)}\n`);
      for (const [path, text] of Object.entries(files)) await writeInside(place, join('files', path), text);
      written.push(`${name}/${number}`);
    }
  }
  return written;
}

/** Lowest number first, so that a connection without versions gets the same numbers. Returns what was drafted. */
export async function importVersions(access: ApiAccess, connection: string, directory: string): Promise<string[]> {
  const drafted: string[] = [];
  for (const { name, numbers } of await writtenIn(directory)) {
    const own = await listAll<Version>(access, versionsPath(name), connection);
    const known = new Set<string>();
    for (const { number } of own)
      if (number > 0) known.add(textOf(await readVersion(access, connection, name, number)));
    for (const number of numbers) {
      const version = await readWritten(join(directory, name, String(number)));
      if (known.has(textOf(version))) continue;
      const { files, note, announced } = version;
      const body = { connectionId: connection, files, announced, ...(note === null ? {} : { note }) };
      const made = await callApi<Version>(access, 'POST', versionsPath(name), body);
      drafted.push(`${name}/${made.number}`);
    }
  }
  return drafted;
}

const readVersion = (access: ApiAccess, connection: string, name: string, number: number): Promise<Version> =>
  callApi<Version>(access, 'GET', `${versionsPath(name)}/${number}${queryOf({ connection })}`);

/** What makes two versions the same one. */
const textOf = ({ files = {}, note, announced }: Version): string =>
  JSON.stringify([Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)), note, announced]);

/** Mappings and their numbers, lowest first. What else lies there, a README or .git, is nobody's version. */
async function writtenIn(directory: string): Promise<{ readonly name: string; readonly numbers: number[] }[]> {
  const found = [];
  for (const name of await directoriesIn(directory, /^[\w-]+\.[\w-]+$/)) {
    const numbers = (await directoriesIn(join(directory, name), /^\d{1,6}$/)).map(Number).toSorted((a, b) => a - b);
    if (numbers.length > 0) found.push({ name, numbers });
  }
  if (found.length > 0) return found;
  throw new UsageError(`${directory} holds no versions: expected <adapter>.<mapping>/<number>/, as written by export`);
}

async function directoriesIn(directory: string, names: RegExp): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw new UsageError(`${directory} cannot be read: name the directory that export has written`, { cause });
  });
  return entries.flatMap((entry) => (entry.isDirectory() && names.test(entry.name) ? entry.name : [])).toSorted();
}

async function readWritten(place: string): Promise<Version> {
  const version = readInput(
    join(place, 'version.json'),
    Buffer.from(textsAt(place, ['version.json'])['version.json'] ?? ''),
  ) as Version;
  const root = join(place, 'files');
  const paths: string[] = [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new UsageError(`${root} cannot be read: it holds the files of the version`, { cause });
  });
  for (const entry of entries) {
    // What a desktop or an editor leaves beside them begins with a dot.
    if (entry.isFile() && !entry.name.startsWith('.'))
      paths.push(relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  }
  return { ...version, files: textsAt(root, paths) };
}

async function writeInside(place: string, path: string, text: string): Promise<void> {
  const target = join(place, path);
  if (relative(place, target).startsWith('..')) throw new Error(`the hub names a file outside of its version: ${path}`);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
}
