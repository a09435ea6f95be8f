/** The built-in mappings of an adapter, with a connection's own versions of some of them in their place. */
import { createHash } from 'node:crypto';
import type { SkipUnmapped } from './compile-mapping.ts';
import type { AdapterMappings } from './library.ts';

/** A connection's own version of one mapping, ready to be applied. */
export interface MappingVersion {
  readonly name: string;
  readonly number: number;
  /** Over its files, see hashOfFiles. */
  readonly hash: string;
  /** Throws MappingError; AdapterError `misconfigured` when its files do not load in this program. */
  apply(input: unknown, skip?: SkipUnmapped): unknown;
}

/** Without versions it is the built-in set itself, and has its version. */
export function overlay(builtIn: AdapterMappings, versions: readonly MappingVersion[]): AdapterMappings {
  if (versions.length === 0) return builtIn;
  const own = new Map(versions.map((each) => [each.name, each]));
  return {
    version: versionOf(builtIn, versions),
    names: () => builtIn.names(),
    apply(name, input, skip) {
      const version = own.get(name);
      return version ? version.apply(input, skip) : builtIn.apply(name, input, skip);
    },
  };
}

function versionOf(builtIn: AdapterMappings, versions: readonly MappingVersion[]): string {
  const hash = createHash('sha256').update(builtIn.version);
  for (const { name, hash: own } of versions.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`\0${name}\0${own}`);
  return hash.digest('hex').slice(0, 12);
}

/** Lengths are hashed too, so that no two sets of files have the same bytes. */
export function hashOfFiles(texts: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [path, text] of [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\0${text.length}\0${text}`);
  return hash.digest('hex');
}
