/** The corpus of vendor messages. It lies beside the repository, not in it, so a fresh machine has none. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AdapterError, type Outcome } from '#adapter-kit';
import type { Reply } from './answering-server.ts';
import type { TestCall } from './call.ts';

const DEFAULT_DIRECTORY = join(import.meta.dirname, '../../../shared/samples');

export interface HttpSample {
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown };
  readonly response:
    | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: unknown }
    | { readonly transport: 'timeout' | 'reset'; readonly afterCommit: boolean };
}

export interface SampleEntry {
  readonly file: string;
  readonly sha256: string;
  readonly expect: Readonly<Record<string, unknown>> & { readonly class_?: string };
}

export interface Corpus {
  readonly entries: readonly SampleEntry[];
  http(file: string): HttpSample;
  bytes(file: string): Buffer;
}

/**
 * The samples of one directory, or all. TESSERA_SAMPLES names where the corpus lies; unset, it is looked for beside the repository. Undefined when it is not there; throws when
 * it was named and is not there.
 */
export function openCorpus(under?: string): Corpus | undefined {
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
    entries: under === undefined ? entries : entries.filter(({ file }) => file.startsWith(`${under}/`)),
    http: (file) => JSON.parse(bytes(file).toString('utf8')) as HttpSample,
    bytes,
  };
}

/** The reply of a sample, with its absolute links at `host` leading to `url`. */
export function replyOf({ response }: HttpSample, host: string, url: string): Reply {
  if ('transport' in response) return response.transport === 'reset' ? 'reset' : 'silence';
  const { status, headers, body } = response;
  const said = body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const text = said.replaceAll(host, url);
  const here: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) here[name.toLowerCase()] = value.replaceAll(host, url);
  // A sample shows the body as it is read, its headers as they were sent.
  return { status, headers: here, body: here['content-encoding'] === 'gzip' ? gzipSync(text) : text };
}

/** The corpus's words for ours. */
export function expectedClass({ class_ = '' }: SampleEntry['expect']): string {
  if (class_ === 'ambiguous-unknown-outcome') return 'unknown';
  return class_ === 'conflict-slot-taken' ? 'conflict' : class_;
}

/** The class of what was thrown, as the contract defines its four kinds. */
export function classOfError(error: unknown, call: TestCall): string {
  if (!(error instanceof AdapterError)) throw error;
  if (error.kind === 'unauthorised') return 'auth';
  if (call.recorder.writeSent) return 'unknown';
  return error.kind === 'misconfigured' ? 'invalid' : 'transient';
}

export function classOf(call: TestCall, work: Promise<Outcome>): Promise<string> {
  return work.then(
    (outcome) => outcome.class,
    (error: unknown) => classOfError(error, call),
  );
}

/** Paths of all members that hold a value, lists as `[]`. */
export function members(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => members(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, each]) => members(each, path === '' ? name : `${path}.${name}`));
}
