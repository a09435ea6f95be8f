/** The corpus of vendor messages. It lies beside the repository, not in it, so a fresh machine has none. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DEFAULT_DIRECTORY = join(import.meta.dirname, '../../../shared/samples');

export interface HttpSample {
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown };
  readonly response:
    | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: unknown }
    | { readonly transport: 'timeout' | 'reset'; readonly afterCommit: boolean };
}

export interface SampleEntry {
  readonly file: string;
  readonly expect: Readonly<Record<string, unknown>> & { readonly class_?: string };
}

export interface Corpus {
  readonly entries: readonly SampleEntry[];
  http(file: string): HttpSample;
  bytes(file: string): Buffer;
}

/**
 * TESSERA_SAMPLES names its directory; unset, it is looked for beside the repository. Undefined when it is not there; throws when
 * it was named and is not there.
 */
export function openCorpus(under: string): Corpus | undefined {
  const named = process.env['TESSERA_SAMPLES'];
  const directory = named ?? DEFAULT_DIRECTORY;
  const manifest = join(directory, 'manifest.json');
  if (!existsSync(manifest)) {
    if (named === undefined) return undefined;
    throw new Error(
      `TESSERA_SAMPLES is ${directory}, which has no manifest.json: name the directory of the sample corpus`,
    );
  }
  const { entries } = JSON.parse(readFileSync(manifest, 'utf8')) as { entries: SampleEntry[] };
  const bytes = (file: string): Buffer => readFileSync(join(directory, file));
  return {
    entries: entries.filter(({ file }) => file.startsWith(`${under}/`)),
    http: (file) => JSON.parse(bytes(file).toString('utf8')) as HttpSample,
    bytes,
  };
}
