/** Where the files of one adapter's mappings come from: a directory, or texts at hand (a connection's own version, a trial). */
import { readdirSync } from 'node:fs';
import type { Node } from 'yaml';
import { fileText, noFile } from './file-text.ts';
import { BYTES_MAX, Problem, tooLarge } from './yaml-file.ts';

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
    read: (path, at) => fileText(directory, path, at),
  };
}

/** `texts` by their path, e.g. { 'slot.yaml': '…', 'codes/modes.csv': '…', 'examples/slot.json': '…' }. */
export function filesAtHand(texts: ReadonlyMap<string, string>, shown: string): MappingFiles {
  return {
    shown,
    names: () => [...texts.keys()].filter((path) => !path.includes('/')).toSorted(),
    read(path, at) {
      const text = texts.get(path);
      if (text === undefined) throw noFile(path, at);
      if (Buffer.byteLength(text) > BYTES_MAX) throw new Problem(at, `${path} ${tooLarge(Buffer.byteLength(text))}`);
      return text;
    },
  };
}
