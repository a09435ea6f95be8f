/** The text of an expression as a tree, by JSONata's own parser, held to what is allowed here. Nothing is evaluated by JSONata. */
import jsonata from 'jsonata';
import { FORBIDDEN_NAMES } from '../yaml-file.ts';
import { FUNCTIONS } from './functions.ts';

export type Ast = Located &
  (
    | { readonly type: 'constant'; readonly value: string | number | boolean | null }
    | { readonly type: 'name'; readonly name: string }
    | { readonly type: 'context' | 'root' }
    | { readonly type: 'path'; readonly steps: readonly Step[]; readonly keepList: boolean }
    | { readonly type: 'filtered'; readonly of: Ast; readonly filters: readonly Ast[] }
    | { readonly type: 'operator'; readonly operator: string; readonly left: Ast; readonly right: Ast }
    | { readonly type: 'minus'; readonly of: Ast }
    | { readonly type: 'condition'; readonly test: Ast; readonly yes: Ast; readonly no: Ast | undefined }
    | { readonly type: 'list'; readonly items: readonly Ast[] }
    | { readonly type: 'object'; readonly members: readonly (readonly [string, Ast])[] }
    | { readonly type: 'call'; readonly name: string; readonly parameters: readonly Ast[] }
  );

interface Located {
  /** Of its end, in characters from 1. */
  readonly position: number;
}

export interface Step {
  readonly of: Ast;
  readonly filters: readonly Ast[];
}

/** What is wrong with an expression; `position` in characters from 1. */
export class ExpressionError extends Error {
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}

const CHARACTERS_MAX = 2_000;
const NODES_MAX = 400;
const DEPTH_MAX = 40;

const OPERATORS = new Set(['+', '-', '*', '/', '%', '&', '=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in']);

/** Throws ExpressionError. */
export function parseExpression(text: string): Ast {
  if (text.length > CHARACTERS_MAX)
    throw new ExpressionError(1, `the expression has ${text.length} characters, at most ${CHARACTERS_MAX} are read`);
  const depth = nesting(text);
  if (depth > DEPTH_MAX) throw new ExpressionError(1, `the expression is nested ${depth} deep, at most ${DEPTH_MAX}`);
  return new Checker().node(parsed(text), 0);
}

/** Counted before it is parsed, as the parser calls itself for each. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const sign of text) {
    if ('([{'.includes(sign)) deepest = Math.max(deepest, (depth += 1));
    else if (')]}'.includes(sign)) depth -= 1;
  }
  return deepest;
}

function parsed(text: string): unknown {
  try {
    return jsonata(text).ast();
  } catch (error) {
    // What the parser throws is no Error, but has the members of one.
    const thrown = memberReader(error);
    throw new ExpressionError(Math.max(thrown.number('position') ?? 1, 1), thrown.text('message') ?? 'cannot be read');
  }
}

/** Words of the refusal, by the parser's name of the construct. */
const REFUSED: Readonly<Record<string, string>> = {
  regex: 'regular expressions are not allowed; use $contains, $split, $substringBefore or a path',
  lambda: 'functions of your own are not allowed; use a rule such as "each"',
  partial: 'partial application is not allowed',
  apply: '"~>" is not allowed; write the call with its arguments',
  bind: 'variables are not allowed; write the value where it is needed',
  block: 'several expressions in a row are not allowed',
  transform: 'transforms are not allowed; use the rule "fields"',
  sort: 'sorting is not allowed',
  wildcard: '"*" is not allowed; name the member',
  descendant: '"**" is not allowed; name the members on the way',
  parent: '"%" is not allowed; $$ is the whole input',
};

class Checker {
  private nodes = 0;

  node(given: unknown, depth: number): Ast {
    const node = memberReader(given);
    const position = node.number('position') ?? 1;
    if (++this.nodes > NODES_MAX)
      throw new ExpressionError(position, `the expression has more than ${NODES_MAX} parts`);
    if (depth > DEPTH_MAX) throw new ExpressionError(position, `the expression is nested more than ${DEPTH_MAX} deep`);
    for (const [key, what] of [
      ['group', 'grouping by { } is not allowed; use the rule "group"'],
      ['focus', '"@" is not allowed'],
      ['index', '"#" is not allowed'],
      ['ancestor', '"%" is not allowed'],
    ] as const)
      if (node.get(key) !== undefined) throw new ExpressionError(position, what);
    const checked = this.bare(node, position, depth + 1);
    const filters = this.filters(node.list('predicate'), depth + 1);
    return filters.length === 0 ? checked : { type: 'filtered', position, of: checked, filters };
  }

  private bare(node: MemberReader, position: number, depth: number): Ast {
    const type = node.text('type') ?? '';
    const value = node.get('value');
    const inner = (key: string): Ast => this.node(node.get(key), depth);
    switch (type) {
      case 'string':
      case 'number':
      case 'value':
        return { type: 'constant', position, value: constantOf(value, position) };
      case 'name':
        return { type: 'name', position, name: allowedName(String(value), position) };
      case 'variable':
        if (value === '') return { type: 'context', position };
        if (value === '$') return { type: 'root', position };
        throw new ExpressionError(
          position,
          `there is no variable $${String(value)}; $ is the item and $$ the whole input`,
        );
      case 'path':
        return this.path(node, position, depth);
      case 'binary':
        if (!OPERATORS.has(String(value))) throw new ExpressionError(position, `"${String(value)}" is not allowed`);
        return { type: 'operator', position, operator: String(value), left: inner('lhs'), right: inner('rhs') };
      case 'unary':
        return this.unary(node, position, depth);
      case 'condition': {
        const no = node.get('else') === undefined ? undefined : inner('else');
        return { type: 'condition', position, test: inner('condition'), yes: inner('then'), no };
      }
      case 'block': {
        const [only, ...others] = node.list('expressions');
        if (only !== undefined && others.length === 0) return this.node(only, depth);
        break;
      }
      case 'function':
        return this.call(node, position, depth);
    }
    throw new ExpressionError(position, REFUSED[type] ?? `"${type}" is not allowed`);
  }

  private path(node: MemberReader, position: number, depth: number): Ast {
    const steps = node.list('steps').map((given): Step => {
      const step = memberReader(given);
      return { of: this.node(given, depth), filters: this.filters(step.list('stages'), depth) };
    });
    return { type: 'path', position, steps, keepList: node.get('keepSingletonArray') === true };
  }

  private filters(given: readonly unknown[], depth: number): Ast[] {
    return given.map((each) => {
      const filter = memberReader(each);
      if (filter.text('type') !== 'filter') throw new ExpressionError(1, 'only filters in brackets are allowed');
      return this.node(filter.get('expr'), depth);
    });
  }

  private unary(node: MemberReader, position: number, depth: number): Ast {
    const sign = node.get('value');
    if (sign === '-') return { type: 'minus', position, of: this.node(node.get('expression'), depth) };
    if (sign === '[') {
      return { type: 'list', position, items: node.list('expressions').map((item) => this.node(item, depth)) };
    }
    if (sign !== '{') throw new ExpressionError(position, `"${String(sign)}" is not allowed`);
    const members = node.list('lhs').map((pair): readonly [string, Ast] => {
      const parts: readonly unknown[] = Array.isArray(pair) ? pair : [];
      const [key, value] = parts;
      const name = memberReader(key);
      if (name.text('type') !== 'string')
        throw new ExpressionError(position, 'the names of an object are texts in quotes');
      return [allowedName(name.text('value') ?? '', position), this.node(value, depth)];
    });
    return { type: 'object', position, members };
  }

  private call(node: MemberReader, position: number, depth: number): Ast {
    const procedure = memberReader(node.get('procedure'));
    const name = procedure.text('type') === 'variable' ? (procedure.text('value') ?? '') : '';
    const known = FUNCTIONS.get(name);
    if (!known) {
      const names = [...FUNCTIONS.keys()].map((each) => `$${each}`).join(', ');
      throw new ExpressionError(
        position,
        `${name === '' ? 'this call' : `$${name}`} is not allowed; there are ${names}`,
      );
    }
    const given = node.list('arguments').map((each) => this.node(each, depth));
    // As in JSONata, a call without its first argument is about the item: name.$uppercase().
    const own: Ast[] = given.length < known.least && known.ofContext ? [{ type: 'context', position }] : [];
    const parameters = [...own, ...given];
    if (parameters.length < known.least || parameters.length > known.most) {
      const wanted = known.least === known.most ? String(known.least) : `${known.least} to ${known.most}`;
      throw new ExpressionError(position, `$${name} takes ${wanted} argument(s)`);
    }
    return { type: 'call', position, name, parameters };
  }
}

function allowedName(name: string, position: number): string {
  if (FORBIDDEN_NAMES.has(name)) throw new ExpressionError(position, `"${name}" cannot be used as a name`);
  return name;
}

function constantOf(value: unknown, position: number): string | number | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ExpressionError(position, 'expected a text, a number, true, false or null');
}

interface MemberReader {
  get(key: string): unknown;
  text(key: string): string | undefined;
  number(key: string): number | undefined;
  list(key: string): readonly unknown[];
}

/** The members of a node of the parser, whatever it is: its types promise more than they keep. */
function memberReader(node: unknown): MemberReader {
  const get = (key: string): unknown =>
    typeof node === 'object' && node !== null ? Object.getOwnPropertyDescriptor(node, key)?.value : undefined;
  const read = <T>(key: string, fits: (value: unknown) => value is T): T | undefined => {
    const value = get(key);
    return fits(value) ? value : undefined;
  };
  return {
    get,
    text: (key) => read(key, (value) => typeof value === 'string'),
    number: (key) => read(key, (value) => typeof value === 'number'),
    list: (key) => read(key, (value): value is readonly unknown[] => Array.isArray(value)) ?? [],
  };
}
