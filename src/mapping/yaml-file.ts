/** A YAML file with the position of everything in it. What YAML allows but a mapping never needs is refused here. */
import {
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  parseDocument,
  visit,
  type Node,
  type YAMLMap,
} from 'yaml';
import { Budget } from './budget.ts';
import type { LoadProblem } from './mapping-error.ts';
import type { Observer, Place } from './observer.ts';

export const BYTES_MAX = 1024 * 1024;
const DEPTH_MAX = 40;

/** Names that reach an object's prototype: refused as field names and in paths. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Thrown while compiling, caught by `YamlFile.attempt`; `at` is what the message is about. */
export class Problem extends Error {
  readonly at: Node | undefined;
  constructor(at: Node | undefined, message: string) {
    super(message);
    this.at = at;
  }
}

export class YamlFile {
  readonly name: string;
  readonly problems: LoadProblem[] = [];
  /** The document's map; undefined when the text is no such thing (then `problems` says why). */
  readonly root: YAMLMap | undefined;
  private readonly lines = new LineCounter();
  /** Shared by all rules of the file. */
  readonly budget = new Budget();
  private readonly observer: Observer | undefined;

  /** With an observer, what is compiled of this file is watched at work. */
  constructor(name: string, text: string, observer?: Observer) {
    this.name = name;
    this.observer = observer;
    this.root = this.attempt(() => this.parse(text), undefined);
  }

  private parse(text: string): YAMLMap | undefined {
    if (Buffer.byteLength(text) > BYTES_MAX) throw new Problem(undefined, tooLarge(Buffer.byteLength(text)));
    // The parser's own check for repeated keys is quadratic in the number of keys; `refuseOddities` does it in one pass.
    const document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: false });
    const [first] = [...document.errors, ...document.warnings];
    if (first) {
      const hint =
        first.code === 'UNEXPECTED_TOKEN' ? " (inside { } a path with brackets is quoted: 'name[0].family')" : '';
      this.problems.push({
        file: this.name,
        ...this.lineOf(first.pos[0]),
        message: `cannot be read as YAML: ${first.message}${hint}`,
      });
      return undefined;
    }
    refuseOddities(document.contents);
    if (!isMap(document.contents)) throw new Problem(undefined, 'expected a map that begins with "mapping: <name>"');
    return document.contents;
  }

  /** Runs `work`; a Problem is recorded with its position and answered by `fallback`, so that one load finds all of them. */
  attempt<T>(work: () => T, fallback: T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problems.push({ file: this.name, ...this.lineOf(error.at?.range?.[0] ?? 0), message: error.message });
      return fallback;
    }
  }

  site(node: Node, field: string): Place {
    return {
      file: this.name,
      ...this.lineOf(node.range?.[0] ?? 0),
      field,
      observer: this.observer,
      budget: this.budget,
    };
  }

  private lineOf(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

export const tooLarge = (bytes: number): string => `has ${bytes} bytes, at most ${BYTES_MAX} are read; split the file`;

function refuseOddities(contents: Node | null): void {
  if (contents === null) return;
  visit(contents, {
    Node(_key, node, path) {
      if (path.filter(isCollection).length > DEPTH_MAX) {
        throw new Problem(node, `is nested more than ${DEPTH_MAX} levels deep; split the mapping`);
      }
      if (isAlias(node)) throw new Problem(node, 'aliases (*name) are not supported; repeat the rule');
      if (isMap(node)) refuseKeys(node);
    },
  });
}

function refuseKeys(map: YAMLMap): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const at = isNodeWithRange(key) ? key : map;
    if (!isScalar(key) || typeof key.value !== 'string')
      throw new Problem(at, 'expected a text as key; put it in quotes');
    if (seen.has(key.value)) throw new Problem(at, `"${key.value}" occurs twice in this map; keep one of them`);
    if (FORBIDDEN_NAMES.has(key.value)) throw new Problem(at, `"${key.value}" cannot be used as a name`);
    seen.add(key.value);
  }
}

const isNodeWithRange = (key: unknown): key is Node => isScalar(key) || isMap(key);
