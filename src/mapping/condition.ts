/** `when:` and `expect:`: a question about one value of the input. */
import type { Node } from 'yaml';
import type { Site } from './mapping-error.ts';
import type { Read } from './read-path.ts';
import { RuleMap, itemsOf, scalarOf } from './rule-map.ts';
import { compileOne, SOURCE_KEYS } from './source.ts';
import { Problem } from './yaml-file.ts';

export interface Condition {
  readonly holds: (item: unknown, root: unknown) => boolean;
  readonly read: Read;
  /** The path asked about, for messages. */
  readonly text: string;
}

const TESTS = ['equals', 'in', 'present'] as const;

/** `{ path, equals }`, `{ path, in: [...] }` or `{ path, present }`. Types count: the number 1 does not equal the text "1". */
export function compileCondition(node: Node, site: Site): Condition {
  const map = RuleMap.of(node, 'a condition: { path: status, equals: booked }, or in: [a, b], or present: true');
  map.only([...SOURCE_KEYS, ...TESTS], 'a condition');
  const tests = TESTS.filter((test) => map.has(test));
  if (tests.length !== 1) throw new Problem(node, 'a condition has one of equals, in, present');
  const { read, text } = compileOne(map, site, 'a condition');
  if (tests[0] === 'present') {
    const wanted = map.flag('present');
    return { text, read, holds: (item, root) => (read(item, root) !== undefined) === wanted };
  }
  const values = map.has('equals') ? [map.required('equals')] : itemsOf(map.required('in'), '"in"');
  const accepted = new Set<unknown>(values.map((value) => scalarOf(value, `"${tests[0]}"`)));
  if (accepted.has(null)) throw new Problem(node, 'null counts as absent; write "present: false"');
  return { text, read, holds: (item, root) => accepted.has(read(item, root)) };
}
