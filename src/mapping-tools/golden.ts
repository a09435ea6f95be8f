/** The examples of mappings as golden tests: run, and written anew where the mapping is right and the example is old. */
import type { Contracts } from '../mapping/compile-mapping.ts';
import { runExamples, type Example } from '../mapping/example.ts';
import { MappingError } from '../mapping/mapping-error.ts';
import type { MappingFiles } from '../mapping/mapping-files.ts';
import { Problem } from '../mapping/yaml-file.ts';
import { nameOf, type MappingRef } from './find-mappings.ts';
import { openMapping } from './open-mapping.ts';
import { printJson } from './print-json.ts';

export interface GoldenRun {
  readonly mapping: string;
  /** Undefined for a mapping that could not be loaded. */
  readonly example: string | undefined;
  /** Empty: the example holds. */
  readonly problems: readonly string[];
}

/** Runs every example of one mapping. */
export function runGolden(ref: MappingRef, contracts: Contracts): GoldenRun[] {
  const { mapping, examples, problems } = openMapping(ref.files, ref.name, contracts);
  const name = nameOf(ref);
  const broken = problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  if (mapping && examples.length === 0 && broken.length === 0) broken.push('it has no example; add one to "examples"');
  const unloaded = broken.length === 0 ? [] : [{ mapping: name, example: undefined, problems: broken }];
  if (!mapping) return unloaded;
  const loaded = { adapter: ref.adapter, mapping: { ...mapping, exampleFiles: examples } };
  const runs = [...runExamples({ all: () => [loaded] })];
  return [...unloaded, ...runs.map((run) => ({ mapping: name, example: run.example, problems: run.problems() }))];
}

export interface ExampleUpdate {
  /** Below the directory of the mapping. */
  readonly path: string;
  readonly text: string;
}

/**
 * The examples of one mapping that say another output than it makes, with what it makes; those that have only an input too. An
 * example of an error stays, and so does one whose input the mapping refuses.
 */
export function updatesOf(ref: MappingRef, contracts: Contracts): ExampleUpdate[] {
  const files = withEmptyOutputs(ref.files);
  const { mapping, examples } = openMapping(files, ref.name, contracts);
  if (!mapping) return [];
  return examples.flatMap((example) => {
    if ('error' in example.expected) return [];
    const output = outputOf(mapping, example);
    if (output === undefined || JSON.stringify(sorted(output)) === JSON.stringify(sorted(example.expected.output)))
      return [];
    const content: unknown = JSON.parse(files.read(example.path));
    return [{ path: example.path, text: printJson({ ...Object(content), output }) }];
  });
}

function outputOf(mapping: { apply(input: unknown): unknown }, { input }: Example): unknown {
  try {
    return JSON.parse(JSON.stringify(mapping.apply(input)));
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

/** The order of members does not count. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

/** An example that is still to be filled counts as one without output, instead of as a mistake. */
function withEmptyOutputs(files: MappingFiles): MappingFiles {
  return {
    ...files,
    read(path, at) {
      const text = files.read(path, at);
      if (!path.endsWith('.json')) return text;
      try {
        const content: unknown = JSON.parse(text);
        const isOpen =
          typeof content === 'object' &&
          content !== null &&
          'input' in content &&
          !('output' in content) &&
          !('error' in content);
        return isOpen ? JSON.stringify({ ...content, output: null }) : text;
      } catch (error) {
        if (error instanceof SyntaxError || error instanceof Problem) return text;
        throw error;
      }
    },
  };
}
