/** The rules of a mapping file as a tree, without compiling them: what the checks walk over. */
import { isMap, isNode, isScalar, isSeq, type Node } from 'yaml';
import { parsePath, type Path } from '../mapping/path.ts';
import { jsonOf, RuleMap, type Json } from '../mapping/rule-map.ts';
import { Problem } from '../mapping/yaml-file.ts';

export interface Rule {
  /** Where it makes something: `name.family`, `identifiers[].value`, `segments[0].ARQ-1`; '' for the whole output. */
  readonly field: string;
  readonly node: Node;
  readonly map: RuleMap;
  /** Rules that make its members, its items or, for `first`, itself. */
  readonly children: readonly Rule[];
  /** The rule around it; undefined for the head of the file. */
  readonly parent: Rule | undefined;
  /** Number of the list around it, by which paths of different items are told apart; 0: paths begin at the whole input. */
  readonly scope: number;
}

const LISTS = ['each', 'group'];

/** The head of the file as a rule that makes everything; undefined when the file is not that far. */
export function outlineOf(root: Node | undefined): Rule | undefined {
  let scopes = 0;
  const ruleAt = (node: Node, field: string, parent: Rule | undefined, scope: number): Rule | undefined => {
    const map = mapOf(node);
    if (!map) return undefined;
    const children: Rule[] = [];
    const rule: Rule = { field, node, map, children, parent, scope };
    const isList = LISTS.some((key) => map.has(key));
    const inner = isList ? ++scopes : scope;
    const prefix = isList && parent ? `${field}[]` : field;
    for (const [name, child] of childrenOf(map)) {
      const isPlain = name === '' || name.startsWith('[') || prefix === '';
      const found = ruleAt(child, isPlain ? `${prefix}${name}` : `${prefix}.${name}`, rule, inner);
      if (found) children.push(found);
    }
    return rule;
  };
  return root && ruleAt(root, '', undefined, 0);
}

function* childrenOf(map: RuleMap): Generator<[string, Node]> {
  const fields = mapOf(map.get('fields'));
  for (const name of fields?.keys ?? []) yield [name, fields?.required(name) ?? map.node];
  for (const [index, item] of nodesOf(map.get('list'), []).entries()) yield [`[${index}]`, item];
  for (const item of nodesOf(map.get('first'), [])) yield ['', item];
}

/** Every rule of the tree, from the outside to the inside. */
export function* rulesOf(rule: Rule): Generator<Rule> {
  yield rule;
  for (const child of rule.children) yield* rulesOf(child);
}

/** What stands in other rules, or is no rule. */
const ELSEWHERE = new Set(['fields', 'list', 'first', 'const', 'default', 'unmapped', 'examples']);

/** The maps that belong to the rule itself: it, its conditions, and what it makes its value of. */
export function* partsOf({ map }: Pick<Rule, 'map'>): Generator<RuleMap> {
  yield map;
  for (const key of map.keys) {
    if (ELSEWHERE.has(key)) continue;
    for (const node of nodesOf(map.get(key))) {
      const part = mapOf(node);
      if (part) yield* partsOf({ map: part });
    }
  }
}

/** The items of a list, or the one node; `otherwise` where a list is needed and there is none. */
export function nodesOf(node: Node | undefined, otherwise = node ? [node] : []): Node[] {
  return isSeq(node) ? node.items.filter(isNode) : otherwise;
}

/** A map in which something is wrong has no outline: the compiler tells of it. */
export function mapOf(node: Node | undefined): RuleMap | undefined {
  return isMap(node) ? soundly(() => new RuleMap(node)) : undefined;
}

export function pathAt(node: Node | undefined): Path | undefined {
  const text = textAt(node);
  return node && text !== undefined ? soundly(() => parsePath(text, node)) : undefined;
}

export const textAt = (node: Node | undefined): string | undefined =>
  isScalar(node) && typeof node.value === 'string' ? node.value : undefined;

export const valueAt = (node: Node | undefined): unknown => (isScalar(node) ? node.value : undefined);

export const jsonAt = (node: Node): Json | undefined => soundly(() => jsonOf(node));

function soundly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
