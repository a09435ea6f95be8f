/** Finds mappings by listing mappings/<adapter>/*.yaml, and compiles all of them at start. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Node } from 'yaml';
import { AdapterError } from '../adapter-kit/call.ts';
import { parseCodeTable, type CodeTable } from './code-table.ts';
import { compileMapping, type Contracts, type Mapping, type SkipUnmapped } from './compile-mapping.ts';
import { parseExample, type Example } from './example.ts';
import { MappingLoadError, type LoadProblem } from './mapping-error.ts';
import { filesAtHand, filesOfDirectory, type MappingFiles } from './mapping-files.ts';
import { watchMapping, type WatchedMapping } from './watched-mapping.ts';
import { Problem, YamlFile } from './yaml-file.ts';

export interface AdapterMappings {
  /** Twelve hex digits over this adapter's mapping files and code tables: what a transaction records. */
  readonly version: string;
  names(): string[];
  /** Translates one input. Throws MappingError when it does not fit, AdapterError `misconfigured` when there is no such mapping. */
  apply(name: string, input: unknown, skip?: SkipUnmapped): unknown;
}

export interface LoadedMapping extends Mapping {
  readonly exampleFiles: readonly Example[];
  /** The same mapping, watched at work; compiled on the first call. */
  watched(): WatchedMapping;
}

/** What is loaded of one adapter, with all that tools look at. */
export type LoadedMappings = AdapterMappings & { readonly mappings: ReadonlyMap<string, LoadedMapping> };

export interface MappingLibrary {
  for(adapter: string): AdapterMappings | undefined;
  adapters(): string[];
  /** What `runExamples` and the workbench look at. */
  all(): { readonly adapter: string; readonly mapping: LoadedMapping }[];
}

/** Throws one MappingLoadError that lists all problems of all files. */
export function loadMappings(directory: string, contracts: Contracts): MappingLibrary {
  const problems: LoadProblem[] = [];
  const loaded = new Map<string, MappingSet>();
  for (const entry of readdirSync(directory, { withFileTypes: true }).toSorted((a, b) =>
    a.name.localeCompare(b.name),
  )) {
    // As with adapters, `_` marks a template.
    if (!entry.isDirectory() || /^[._]/.test(entry.name)) continue;
    const files = filesOfDirectory(join(directory, entry.name), `${basename(directory)}/${entry.name}`);
    const adapter = new MappingSet(files, contracts);
    problems.push(...adapter.problems);
    loaded.set(entry.name, adapter);
  }
  if (problems.length > 0) throw new MappingLoadError(problems);
  return {
    for: (name) => loaded.get(name),
    adapters: () => [...loaded.keys()],
    all: () =>
      [...loaded].flatMap(([adapter, { mappings }]) => [...mappings.values()].map((mapping) => ({ adapter, mapping }))),
  };
}

/** The mappings of one adapter, wherever it lives. Throws one MappingLoadError that lists all problems. */
export function loadAdapterMappings(directory: string, contracts: Contracts): LoadedMappings {
  return load(filesOfDirectory(directory, `mappings/${basename(directory)}`), contracts);
}

/** The same of texts at hand, by their path: { 'slot.yaml': '…', 'codes/modes.csv': '…', 'examples/slot.json': '…' }. */
export function loadMappingTexts(
  texts: ReadonlyMap<string, string>,
  shown: string,
  contracts: Contracts,
): LoadedMappings {
  return load(filesAtHand(texts, shown), contracts);
}

/** One mapping of a set, and nothing but what it reads: the mapping itself, its code tables, its examples. */
export function loadOneMapping(
  files: MappingFiles,
  name: string,
  contracts: Contracts,
): { readonly mapping: LoadedMapping; readonly texts: ReadonlyMap<string, string> } {
  const texts = new Map<string, string>();
  const { mappings } = load(
    {
      shown: files.shown,
      names: () => [`${name}.yaml`],
      read(path, at) {
        const text = files.read(path, at);
        texts.set(path, text);
        return text;
      },
    },
    contracts,
  );
  const mapping = mappings.get(name);
  if (!mapping) throw new Error(`${files.shown}/${name}.yaml was read, and gave no mapping`);
  return { mapping, texts };
}

function load(files: MappingFiles, contracts: Contracts): LoadedMappings {
  const loaded = new MappingSet(files, contracts);
  if (loaded.problems.length > 0) throw new MappingLoadError(loaded.problems);
  return loaded;
}

class MappingSet implements AdapterMappings {
  readonly mappings = new Map<string, LoadedMapping>();
  readonly problems: LoadProblem[] = [];
  readonly version: string;
  private readonly files: MappingFiles;
  private readonly contracts: Contracts;
  private readonly tables = new Map<string, CodeTable>();
  private readonly hash = createHash('sha256');

  constructor(files: MappingFiles, contracts: Contracts) {
    this.files = files;
    this.contracts = contracts;
    for (const name of files.names()) {
      if (name.endsWith('.yaml')) this.load(name);
      else if (name.endsWith('.yml'))
        this.problems.push({ ...this.start(name), message: 'is not read; call it .yaml' });
    }
    this.version = this.hash.digest('hex').slice(0, 12);
  }

  names(): string[] {
    return [...this.mappings.keys()];
  }

  apply(name: string, input: unknown, skip?: SkipUnmapped): unknown {
    const mapping = this.mappings.get(name);
    if (mapping) return mapping.apply(input, skip);
    throw new AdapterError(
      'misconfigured',
      'mapping',
      `there is no mapping "${name}" in ${this.files.shown}; it has ${this.names().join(', ')}`,
    );
  }

  private load(fileName: string): void {
    const text = this.textOf(fileName);
    if (text === undefined) return;
    const file = new YamlFile(`${this.files.shown}/${fileName}`, text);
    const name = fileName.slice(0, -'.yaml'.length);
    const mapping = compileMapping(file, name, this.contracts, (table, at) => this.table(table, at));
    const exampleFiles = mapping?.examples.map((example) =>
      file.attempt(
        () =>
          parseExample(
            example.path,
            this.files.read(inside(example.path, '.json', example.at), example.at),
            example.at,
          ),
        undefined,
      ),
    );
    if (mapping && exampleFiles?.length === 0) {
      file.problems.push({
        ...this.start(fileName),
        message: '"examples" is empty; a mapping has at least one, run as a test',
      });
    }
    this.problems.push(...file.problems);
    if (mapping && exampleFiles) {
      let watched: WatchedMapping | undefined;
      const source = { file: file.name, text, name };
      this.mappings.set(name, {
        ...mapping,
        exampleFiles: exampleFiles.filter((example) => example !== undefined),
        watched: () => (watched ??= watchMapping(source, this.contracts, (table, at) => this.table(table, at))),
      });
    }
  }

  private textOf(fileName: string): string | undefined {
    try {
      const text = this.files.read(fileName);
      this.remember(fileName, text);
      return text;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problems.push({ ...this.start(fileName), message: error.message });
      return undefined;
    }
  }

  private table(name: string, at: Node): CodeTable {
    const known = this.tables.get(name);
    if (known) return known;
    const text = this.files.read(inside(name, '.csv', at), at);
    const table = parseCodeTable(name, text, at);
    this.remember(name, text);
    this.tables.set(name, table);
    return table;
  }

  /** Lengths are hashed too, so that no two sets of files have the same bytes. */
  private remember(name: string, text: string): void {
    this.hash.update(`${name}\0${text.length}\0${text}`);
  }

  private start(fileName: string): Omit<LoadProblem, 'message'> {
    return { file: `${this.files.shown}/${fileName}`, line: 1, column: 1 };
  }
}

/** A file below the adapter's own directory: no way up, none to elsewhere. */
export function inside(path: string, suffix: string, at: Node): string {
  const isPlain = path.endsWith(suffix) && path.split('/').every((part) => /^[\w-][\w.-]*$/.test(part));
  if (!isPlain) throw new Problem(at, `"${path}" is not a ${suffix} file below the mapping's directory`);
  return path;
}
