/** What commands read of the files of a mapping, and write there. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addExample, printJson, UsageError, type MappingRef, type TriedMapping } from '../mapping-tools/index.ts';

/** `-` is standard input. Throws UsageError. */
export function bytesAt(path: string): Uint8Array {
  if (path === '-' && process.stdin.isTTY) throw new UsageError('name a message by --in, or give it on standard input');
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Writes an example beside the mapping, and names it there. Answers what was done. */
export function saveExample(ref: MappingRef, path: string, input: unknown, answer: TriedMapping): string {
  const { directory, files, name } = ref;
  const file = join(directory, path);
  if (!/^[\w-][\w./-]*\.json$/.test(path) || path.includes('..')) {
    throw new UsageError(`--save expects a .json file below ${files.shown}, such as examples/one.json`);
  }
  if (answer.kind === 'stopped') throw new UsageError('the trial was stopped, so there is nothing to save');
  if (existsSync(file)) {
    throw new UsageError(`${file} exists already; "tessera map test --update" brings examples up to date`);
  }
  mkdirSync(dirname(file), { recursive: true });
  const expected = answer.kind === 'done' ? { output: answer.output } : { error: `field "${answer.error.field}"` };
  writeFileSync(file, printJson({ input, ...expected }));
  const mapping = join(directory, `${name}.yaml`);
  const added = addExample(readFileSync(mapping, 'utf8'), path);
  if (added !== undefined) writeFileSync(mapping, added);
  const next = added === undefined ? `; add it to the "examples" of ${name}.yaml` : ` and named in ${name}.yaml`;
  return `\nsaved as ${files.shown}/${path}${next}. Replace what is of a real person.`;
}
