/** Where the files of one adapter's mappings come from: a directory, or texts at hand (a connection's own version, a trial). */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from 'yaml';
import { BYTES_MAX, Problem, readCapped, tooLarge } from './yaml-file.ts';

export interface MappingFiles {
  /** As `mappings/x`: what messages call this set. */
  readonly shown: string;
  /** The names of the files at the top, sorted: slot.yaml, … */
  names(): readonly string[];
  /** The text of a file of at most 1 MiB, by its path below the set. Throws a Problem, about `at`, when there is none. */
  read(path: string, at?: Node): string;
}

export function filesOfDirectory(directory: string, shown: string): MappingFiles {
  return {
    shown,
    names: () => readdirSync(directory).toSorted(),
    read: (path, at) => readCapped(join(directory, path), at),
  };
}

/** `texts` by their path, e.g. { 'slot.yaml': '…', 'codes/modes.csv': '…', 'examples/slot.json': '…' }. */
export function filesAtHand(texts: ReadonlyMap<string, string>, shown: string): MappingFiles {
  return {
    shown,
    names: () => [...texts.keys()].filter((path) => !path.includes('/')).toSorted(),
    read(path, at) {
      const text = texts.get(path);
      if (text === undefined) throw new Problem(at, 'there is no such file');
      if (Buffer.byteLength(text) > BYTES_MAX) throw new Problem(at, tooLarge(Buffer.byteLength(text)));
      return text;
    },
  };
}
