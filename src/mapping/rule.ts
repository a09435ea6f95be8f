/** What a kind of rule is. Each file in rules/ is one; rules/index.ts lists them. */
import type { Node } from 'yaml';
import type { CodeTable } from './code-table.ts';
import { MappingError, type Misfit, type Site } from './mapping-error.ts';
import type { Place } from './observer.ts';
import type { Read } from './read.ts';
import type { RuleMap } from './rule-map.ts';

export interface RuleKind {
  /** The key by which a rule of this kind is recognised. */
  readonly key: string;
  /** The further keys it may have, besides `when`, `default` and `required`. */
  readonly keys: readonly string[];
  /** Throws a Problem. The function it answers throws MappingError, and answers undefined for "absent". */
  compile(map: RuleMap, scope: RuleScope): Read;
}

/** What a rule sees of the mapping around it. */
export interface RuleScope {
  readonly site: Place;
  /** The rule inside this one that makes `field`. */
  rule(node: Node, field: string): Read;
  /** A rule whose answer is only a part of what this one makes; it is no field of its own. `what` names it in messages: unit. */
  operand(node: Node, what: string): Read;
  /** A code table of the mapping's own directory. */
  table(name: string, at: Node): CodeTable;
}

export function misfit(site: Site, what: Misfit): never {
  throw new MappingError(site, what);
}
