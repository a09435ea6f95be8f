/**
 * The path language: `name[0].given[*]`, `participant[actor.reference*='Practitioner/'].status`, `$root.zone`, `.`
 * This file turns its text into steps; read-path.ts turns steps into functions.
 */
import type { Node } from 'yaml';
import { FORBIDDEN_NAMES, Problem } from './yaml-file.ts';

export const OPERATORS = ['!=', '^=', '$=', '*=', '='] as const;

export interface Filter {
  readonly path: Path;
  readonly operator: (typeof OPERATORS)[number];
  readonly value: string;
}

/** `take` undefined: filters without a number or `*` behind them. */
export type Step =
  | { readonly kind: 'name'; readonly name: string; readonly upTo: string }
  | {
      readonly kind: 'pick';
      readonly filters: readonly Filter[];
      readonly take: number | 'all' | undefined;
      readonly upTo: string;
    };

export interface Path {
  readonly text: string;
  readonly fromRoot: boolean;
  readonly steps: readonly Step[];
}

const CHARACTERS_MAX = 500;
const NAME = /[^\s.[\]{}'"=!^*$,]+/y;
const QUOTED = /'((?:[^']|'')*)'/y;
const BARE_VALUE = /[^'\]]+/y;
const INDEX = /(\d{1,9})\]/y;

/** Throws a Problem about `at` that says which character of the path is meant. */
export function parsePath(text: string, at: Node): Path {
  if (text.length > CHARACTERS_MAX) throw new Problem(at, `the path has more than ${CHARACTERS_MAX} characters`);
  const parser = new PathParser(text, at);
  const path = parser.path();
  if (!parser.done) parser.fail('expected "." or "["');
  return path;
}

class PathParser {
  private readonly text: string;
  private readonly at: Node;
  private position = 0;

  constructor(text: string, at: Node) {
    this.text = text;
    this.at = at;
  }

  get done(): boolean {
    return this.position === this.text.length;
  }

  fail(message: string): never {
    throw new Problem(this.at, `${message} at character ${this.position + 1} of the path "${this.text}"`);
  }

  path(): Path {
    const begin = this.position;
    const fromRoot = this.accept('$root');
    const steps: Step[] = [];
    if (!fromRoot && this.next === '.') {
      // `.` alone is the item itself, e.g. a text in a list of texts.
      this.accept('.');
    } else {
      if (!fromRoot && this.next !== '[') steps.push(this.name());
      for (;;) {
        if (this.accept('[')) steps.push(this.pick());
        else if (this.accept('.')) steps.push(this.name());
        else break;
      }
    }
    return { text: this.text.slice(begin, this.position), fromRoot, steps };
  }

  private name(): Step {
    const name = this.match(QUOTED)?.replaceAll("''", "'") ?? this.match(NAME);
    if (name === undefined || name === '')
      return this.fail('expected a name (in single quotes if it has other signs than letters, digits, - and _)');
    if (FORBIDDEN_NAMES.has(name)) return this.fail(`"${name}" cannot be used as a name`);
    return { kind: 'name', name, upTo: this.soFar };
  }

  /** Filters narrow down; a number or `*` ends the run, and what follows picks from what was taken. */
  private pick(): Step {
    const filters: Filter[] = [];
    do {
      if (this.accept('*]')) return { kind: 'pick', filters, take: 'all', upTo: this.soFar };
      const index = this.match(INDEX);
      if (index !== undefined) return { kind: 'pick', filters, take: Number(index), upTo: this.soFar };
      filters.push(this.filter());
    } while (this.accept('['));
    return { kind: 'pick', filters, take: undefined, upTo: this.soFar };
  }

  private filter(): Filter {
    const expected = 'expected a number, * or a filter such as [system=urn:x] (operators = != ^= $= *=)';
    if (this.next === undefined || this.next === ']') this.fail(expected);
    const path = this.path();
    if (path.fromRoot) this.fail('a filter looks at the item itself, not at $root,');
    const operator = OPERATORS.find((sign) => this.accept(sign));
    if (!operator) return this.fail(expected);
    const value = this.match(QUOTED)?.replaceAll("''", "'") ?? this.match(BARE_VALUE);
    if (value === undefined) return this.fail("expected a value ('' for an empty text)");
    if (!this.accept(']')) return this.fail('expected "]"');
    return { path, operator, value };
  }

  private get next(): string | undefined {
    return this.text[this.position];
  }

  private get soFar(): string {
    return this.text.slice(0, this.position);
  }

  private accept(sign: string): boolean {
    if (!this.text.startsWith(sign, this.position)) return false;
    this.position += sign.length;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.position = pattern.lastIndex;
    return found[1] ?? found[0];
  }
}
