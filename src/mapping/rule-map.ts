/** Typed reading of one YAML map; every wrong type is a Problem at its own position. */
import { isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { Problem } from './yaml-file.ts';

export type Scalar = string | number | boolean | null;
export type Json = Scalar | readonly Json[] | { readonly [key: string]: Json };

export class RuleMap {
  readonly node: YAMLMap;
  private readonly values = new Map<string, Node>();

  constructor(node: YAMLMap) {
    this.node = node;
    for (const { key, value } of node.items) {
      if (!isScalar(key) || typeof key.value !== 'string') throw new Problem(node, 'expected text as key');
      if (!isNode(value)) throw new Problem(key, `"${key.value}" has no value; write one, or remove the line`);
      this.values.set(key.value, value);
    }
  }

  static of(node: Node, what: string): RuleMap {
    if (!isMap(node)) throw new Problem(node, `expected ${what}`);
    return new RuleMap(node);
  }

  get keys(): readonly string[] {
    return [...this.values.keys()];
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  get(key: string): Node | undefined {
    return this.values.get(key);
  }

  required(key: string): Node {
    const node = this.values.get(key);
    if (!node) throw new Problem(this.node, `"${key}" is missing`);
    return node;
  }

  /** Refuses every key but these. */
  only(allowed: readonly string[], what: string): void {
    for (const key of this.keys) {
      if (!allowed.includes(key)) {
        throw new Problem(this.get(key), `${what} has no "${key}"; it has ${allowed.join(', ')}`);
      }
    }
  }

  text(key: string): string | undefined {
    const node = this.values.get(key);
    return node && textOf(node, `"${key}"`);
  }

  flag(key: string): boolean {
    const value = this.scalar(key);
    if (value === undefined) return false;
    if (typeof value !== 'boolean') throw new Problem(this.get(key), `"${key}" is true or false`);
    return value;
  }

  scalar(key: string): Scalar | undefined {
    const node = this.values.get(key);
    return node && scalarOf(node, `"${key}"`);
  }

  choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new Problem(this.get(key), `"${key}" is one of ${choices.join(', ')}`);
    return found;
  }

  json(key: string): Json {
    return jsonOf(this.required(key));
  }
}

export function textOf(node: Node, what: string): string {
  if (!isScalar(node) || typeof node.value !== 'string') throw new Problem(node, `${what} is a text; put it in quotes`);
  return node.value;
}

export function scalarOf(node: Node, what: string): Scalar {
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Problem(node, `${what} is a text, a number, true, false or null`);
}

export function itemsOf(node: Node, what: string): readonly Node[] {
  if (!isSeq(node)) throw new Problem(node, `${what} is a list`);
  return node.items.map((item) => {
    if (!isNode(item)) throw new Problem(node, `${what} has an empty item`);
    return item;
  });
}

export function jsonOf(node: Node): Json {
  if (isMap(node)) {
    const map = new RuleMap(node);
    return Object.fromEntries(map.keys.map((key) => [key, map.json(key)]));
  }
  if (isSeq(node)) return itemsOf(node, 'a list').map(jsonOf);
  return scalarOf(node, 'a constant');
}

/** How many values a constant is made of; a text counts as one for each 64 characters. */
export function partsOf(value: Json): number {
  if (typeof value === 'string') return 1 + (value.length >> 6);
  if (typeof value !== 'object' || value === null) return 1;
  let parts = 1;
  for (const member of Object.values(value)) parts += partsOf(member);
  return parts;
}
