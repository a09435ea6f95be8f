/** Examples: an input with its output, or with the error it meets. Every mapping has one, and every one runs as a test. */
import { isDeepStrictEqual } from 'node:util';
import type { ValidateFunction } from 'ajv';
import type { Node } from 'yaml';
import { escapePointer } from '../domain/json-pointer.ts';
import type { Mapping } from './compile-mapping.ts';
import { jsonFault } from './json-fault.ts';
import { MappingError } from './mapping-error.ts';
import { Problem } from './yaml-file.ts';

export interface Example {
  readonly path: string;
  readonly input: unknown;
  readonly expected: { readonly output: unknown } | { readonly error: string };
}

export interface ExampleRun {
  readonly adapter: string;
  readonly mapping: string;
  readonly example: string;
  /** What is wrong, in plain words; empty when the example holds. Examples are made up, so their values are shown. */
  problems(): string[];
}

/** `{ "input": …, "output": … }` or `{ "input": …, "error": "text contained in the message" }`. Throws a Problem. */
export function parseExample(path: string, text: string, at: Node): Example {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Problem(at, `${path}:${jsonFault(text)} is not JSON from here on`);
  }
  if (typeof content === 'object' && content !== null && 'input' in content) {
    if ('output' in content && !('error' in content))
      return { path, input: content.input, expected: { output: content.output } };
    if ('error' in content && !('output' in content) && typeof content.error === 'string' && content.error !== '') {
      return { path, input: content.input, expected: { error: content.error } };
    }
  }
  throw new Problem(at, `${path} needs "input", and either "output" or "error" (a text that the message contains)`);
}

/** What has examples: a MappingLibrary. */
interface WithExamples {
  all(): readonly {
    readonly adapter: string;
    readonly mapping: Mapping & { readonly exampleFiles: readonly Example[] };
  }[];
}

export function* runExamples(library: WithExamples): Generator<ExampleRun> {
  for (const { adapter, mapping } of library.all()) {
    for (const example of mapping.exampleFiles) {
      yield {
        adapter,
        mapping: mapping.name,
        example: example.path,
        problems: () => [...problemsOf(mapping, example)],
      };
    }
  }
}

function* problemsOf(mapping: Mapping, { input, expected }: Example): Generator<string> {
  // The input of an example of failure may well be one that no contract allows.
  if (mapping.from && 'output' in expected) yield* contractProblems('input', mapping.from, input);
  let output: unknown;
  try {
    output = mapping.apply(input);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    if ('output' in expected) yield error.message;
    else if (!error.message.includes(expected.error))
      yield `expected an error with "${expected.error}", got: ${error.message}`;
    return;
  }
  if ('error' in expected) {
    yield `expected an error with "${expected.error}", got an output`;
    return;
  }
  // What JSON cannot say (undefined, -0) must not make a difference.
  for (const { pointer, ...sides } of differences(JSON.parse(JSON.stringify(output)), expected.output)) {
    yield `${pointer || '/'} is ${shown(sides.actual)}, expected ${shown(sides.expected)}`;
  }
  const items = mapping.isList && Array.isArray(expected.output) ? expected.output : [expected.output];
  if (mapping.to) for (const item of items) yield* contractProblems('expected output', mapping.to, item);
}

function* contractProblems(what: string, validate: ValidateFunction, value: unknown): Generator<string> {
  if (validate(value)) return;
  for (const error of validate.errors ?? [])
    yield `the ${what} breaks its contract: ${error.instancePath || '/'} ${error.message ?? ''}`;
}

export interface Difference {
  /** JSON pointer; '' is the whole. */
  readonly pointer: string;
  /** Undefined where there is nothing. */
  readonly actual: unknown;
  readonly expected: unknown;
}

/** The innermost places where two JSON values differ. The order of members does not count, that of items does. */
export function* differences(actual: unknown, expected: unknown, pointer = ''): Generator<Difference> {
  if (isDeepStrictEqual(actual, expected)) return;
  if (!isTree(actual) || !isTree(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    yield { pointer, actual, expected };
    return;
  }
  for (const key of new Set([...Object.keys(actual), ...Object.keys(expected)])) {
    yield* differences(actual[key], expected[key], `${pointer}/${escapePointer(key)}`);
  }
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));
