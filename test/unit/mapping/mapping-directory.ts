/** Mappings written for one test: a directory as the hub would find it, gone again once it is loaded. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  MappingError,
  MappingLoadError,
  loadMappings,
  type Contracts,
  type MappingLibrary,
} from '../../../src/mapping/index.ts';

/** `files` by their path below mappings/, e.g. { 'x/slot.yaml': '…' }. */
export function loadFiles(
  files: Readonly<Record<string, string | Buffer>>,
  schemas: Readonly<Record<string, object>> = {},
): MappingLibrary {
  const directory = mkdtempSync(join(tmpdir(), 'mappings-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, 'mappings', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return loadMappings(join(directory, 'mappings'), contractsOf(schemas));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function contractsOf(schemas: Readonly<Record<string, object>>): Contracts {
  const ajv = new Ajv2020({ allErrors: true });
  addFormats.default(ajv);
  return {
    validator(name) {
      const schema = schemas[name];
      if (!schema) throw new Error(`no contract ${name}`);
      return ajv.compile(schema);
    },
  };
}

/** An example that is loaded but not run: most tests here apply the mapping themselves. */
export const ANY_EXAMPLE = { 'x/examples/any.json': '{"input": {}, "output": {}}' };

export const head = (name: string): string =>
  `mapping: ${name}\ndescription: made for a test\nexamples: [examples/any.json]\n`;

export interface Extra {
  readonly head?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Applies one rule, as field `out`, to an input, and answers that field. */
export function applyRule(rule: string, input: unknown, extra: Extra = {}): unknown {
  const text = `${head('one')}${extra.head ?? ''}fields:\n  out: ${rule}\n`;
  const output = loadFiles({ 'x/one.yaml': text, ...ANY_EXAMPLE, ...extra.files })
    .for('x')
    ?.apply('one', input);
  return typeof output === 'object' && output !== null && 'out' in output ? output.out : undefined;
}

/** The error of applying one rule; fails when there is none. */
export function misfitOf(work: () => unknown): MappingError {
  try {
    work();
  } catch (error) {
    if (error instanceof MappingError) return error;
    throw error;
  }
  throw new Error('expected a MappingError, but the mapping was applied');
}

/** The problems of loading these files, as `file:line:column message`; fails when there are none. */
export function problemsOf(
  files: Readonly<Record<string, string | Buffer>>,
  schemas: Readonly<Record<string, object>> = {},
): string[] {
  try {
    loadFiles(files, schemas);
  } catch (error) {
    if (error instanceof MappingLoadError) {
      return error.problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
    }
    throw error;
  }
  throw new Error('expected a MappingLoadError, but the mappings were loaded');
}

export const problemOfRule = (rule: string, files: Readonly<Record<string, string>> = {}): string =>
  problemsOf({ 'x/one.yaml': `${head('one')}fields:\n  out: ${rule}\n`, ...ANY_EXAMPLE, ...files }).join('\n');
