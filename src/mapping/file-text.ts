/** The text of one file of a mapping, or what is wrong with it in words for whoever wrote it. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Node } from 'yaml';
import { BYTES_MAX, Problem, tooLarge } from './yaml-file.ts';

/** At most 1 MiB of UTF-8, at `path` below `directory`. Throws a Problem, about `at`, which names the file. */
export function fileText(directory: string, path: string, at?: Node): string {
  const bytes = attempt(path, at, () => {
    const file = realpathSync(join(directory, path));
    // A link within the directory is how a mounted volume swaps its files; one that leads out may lead to a secret.
    if (!file.startsWith(realpathSync(directory) + sep))
      throw new Problem(at, `${path} is a link that leads out of the mapping's directory; put the file itself there`);
    const found = statSync(file);
    if (!found.isFile()) throw new Problem(at, `${path} is no file`);
    if (found.size > BYTES_MAX) throw new Problem(at, `${path} ${tooLarge(found.size)}`);
    return readFileSync(file);
  });
  try {
    // A byte order mark is text here: who reads tables takes it away.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Problem(at, `${path} is not UTF-8 (line ${lineOfFirstBadByte(bytes)}); save it as UTF-8`);
  }
}

/** What a mapping without a file of that name is told, wherever its files come from. */
export const noFile = (path: string, at?: Node): Problem => new Problem(at, `there is no file ${path}`);

function attempt<T>(path: string, at: Node | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw noFile(path, at);
    throw new Problem(at, `${path} cannot be read (${code}); look at its permissions`);
  }
}

/** From 1. */
function lineOfFirstBadByte(bytes: Uint8Array): number {
  // Line feeds are no part of any longer character, so that each line can be judged by itself.
  let line = 1;
  for (let from = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    const text = Buffer.from(bytes.subarray(from, end === -1 ? bytes.length : end));
    if (!Buffer.from(text.toString('utf8')).equals(text) || end === -1) return line;
    from = end + 1;
  }
}
