/** Which mappings are meant: all of a directory, those of an adapter, or single files wherever they lie. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { filesOfDirectory, type MappingFiles } from '../mapping/mapping-files.ts';
import { UsageError } from './finding.ts';

/** One mapping, and the files it may read. */
export interface MappingRef {
  /** The name of the directory it lies in. */
  readonly adapter: string;
  /** The name of the file, without .yaml. */
  readonly name: string;
  readonly files: MappingFiles;
  readonly directory: string;
}

/**
 * `wanted`: directories or .yaml files by their path, or `<adapter>`, `<adapter>/<mapping>` below `root`; none: everything below
 * `root`, the template too. Throws UsageError for one that is not there.
 */
export function findMappings(root: string, wanted: readonly string[]): MappingRef[] {
  if (!isDirectory(root)) throw new UsageError(`${root} is no directory: name one that holds <adapter>/<mapping>.yaml`);
  const paths =
    wanted.length === 0 ? directoriesIn(root).flatMap(mappingsIn) : wanted.flatMap((each) => meant(root, each));
  if (paths.length === 0) throw new UsageError(`there is no mapping in ${root}: expected <adapter>/<mapping>.yaml`);
  return [...new Set(paths)].map((path) => {
    const directory = dirname(path);
    const files = filesOfDirectory(directory, shownPath(directory));
    return { adapter: basename(directory), name: basename(path, '.yaml'), directory, files };
  });
}

/** The one mapping that is meant. Throws UsageError when there is none, or several. */
export function findMapping(root: string, wanted: string): MappingRef {
  const found = findMappings(root, [wanted]);
  const [only] = found;
  if (only && found.length === 1) return only;
  throw new UsageError(`"${wanted}" is ${found.length} mappings; name one: ${found.map(nameOf).join(', ')}`);
}

/** Paths of all code tables and examples below the directory of a mapping. */
export const othersIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(csv|json)$/.test(path))
    .toSorted();

/** All mappings of the directory in which `one` lies. */
export const namesBeside = ({ files }: MappingRef): string[] =>
  files
    .names()
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'));

export const nameOf = ({ adapter, name }: Pick<MappingRef, 'adapter' | 'name'>): string => `${adapter}/${name}`;

/** For messages: the path from the working directory. */
const shownPath = (path: string): string => relative('.', path) || '.';

function meant(root: string, wanted: string): string[] {
  for (const path of [resolve(wanted), join(root, wanted), join(root, `${wanted}.yaml`)]) {
    if (isDirectory(path)) {
      const inside = mappingsIn(path);
      return inside.length > 0 ? inside : directoriesIn(path).flatMap(mappingsIn);
    }
    if (path.endsWith('.yaml') && existsSync(path)) return [path];
  }
  const known = directoriesIn(root).map((directory) => basename(directory));
  throw new UsageError(
    `there is no mapping "${wanted}": name a file, or <adapter>/<mapping> of ${shownPath(root)} (${known.join(', ')})`,
  );
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const directoriesIn = (root: string): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(root, entry.name))
    .toSorted();

const mappingsIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => join(directory, name));
