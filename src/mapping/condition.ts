/** `when:` and `expect:`: a question about one value of the input. */
import type { Node } from 'yaml';
import type { Place } from './observer.ts';
import type { Read } from './read.ts';
import { RuleMap, itemsOf, scalarOf } from './rule-map.ts';
import { compileOne, SOURCE_KEYS } from './source.ts';
import { Problem } from './yaml-file.ts';

export interface Condition {
  readonly holds: (item: unknown, root: unknown) => boolean;
  readonly read: Read;
  /** The path asked about, for messages. */
  readonly text: string;
}

const TESTS = ['equals', 'in', 'present', 'begins', 'ends', 'contains'] as const;
const GROUPS = ['all', 'any', 'not'] as const;

/**
 * `{ path, equals }`, `{ path, in: [...] }`, `{ path, present }`, `{ path, begins | ends | contains }`; or of conditions:
 * `{ all: [...] }`, `{ any: [...] }`, `{ not: {...} }`. Types count: the number 1 does not equal the text "1".
 */
export function compileCondition(node: Node, site: Place): Condition {
  const { observer } = site;
  const condition = compileOneOrMore(node, site);
  if (!observer) return condition;
  return { ...condition, holds: (item, root) => observer.asking(() => condition.holds(item, root)) };
}

function compileOneOrMore(node: Node, site: Place): Condition {
  const map = RuleMap.of(node, 'a condition: { path: status, equals: booked }, or in: [a, b], or present: true');
  const group = GROUPS.find((key) => map.has(key));
  if (group) return compileGroup(map, group, site);
  map.only([...SOURCE_KEYS, ...TESTS], 'a condition');
  const [test, ...others] = TESTS.filter((key) => map.has(key));
  if (!test || others.length > 0) throw new Problem(node, `a condition has one of ${[...TESTS, ...GROUPS].join(', ')}`);
  const { read, text } = compileOne(map, site, 'a condition');
  return { text, read, holds: holdsFor(map, test, read) };
}

function compileGroup(map: RuleMap, group: (typeof GROUPS)[number], site: Place): Condition {
  map.only([group], `a condition with "${group}"`);
  const nodes = group === 'not' ? [map.required(group)] : itemsOf(map.required(group), `"${group}"`);
  const inner = nodes.map((node) => compileOneOrMore(node, site));
  const [first] = inner;
  if (!first) throw new Problem(map.get(group), `"${group}" is empty; name at least one condition`);
  const asked = { text: inner.map(({ text }) => text).join(', '), read: first.read };
  if (group === 'not') return { ...asked, holds: (item, root) => !first.holds(item, root) };
  return group === 'all'
    ? { ...asked, holds: (item, root) => inner.every(({ holds }) => holds(item, root)) }
    : { ...asked, holds: (item, root) => inner.some(({ holds }) => holds(item, root)) };
}

function holdsFor(map: RuleMap, test: (typeof TESTS)[number], read: Read): Condition['holds'] {
  if (test === 'present') {
    const wanted = map.flag('present');
    return (item, root) => (read(item, root) !== undefined) === wanted;
  }
  if (test === 'begins' || test === 'ends' || test === 'contains') {
    const part = map.text(test) ?? '';
    if (part === '') throw new Problem(map.get(test), `"${test}" is empty; name the text to look for`);
    const fits = TEXT_TESTS[test];
    return (item, root) => {
      const value = read(item, root);
      return typeof value === 'string' && fits(value, part);
    };
  }
  const values = map.has('equals') ? [map.required('equals')] : itemsOf(map.required('in'), '"in"');
  const accepted = new Set<unknown>(values.map((value) => scalarOf(value, `"${test}"`)));
  if (accepted.has(null)) throw new Problem(map.node, 'null counts as absent; write "present: false"');
  return (item, root) => accepted.has(read(item, root));
}

const TEXT_TESTS: Readonly<Record<'begins' | 'ends' | 'contains', (value: string, part: string) => boolean>> = {
  begins: (value, part) => value.startsWith(part),
  ends: (value, part) => value.endsWith(part),
  contains: (value, part) => value.includes(part),
};
