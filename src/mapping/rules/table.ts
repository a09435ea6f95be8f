/** `{ table: codes/visit-modes.csv, path: … }`: a vendor's code becomes the canonical one, or with `reverse: true` the other way. */
import { isScalar } from 'yaml';
import { RuleMap, scalarOf, type Json, type Scalar } from '../rule-map.ts';
import { typeFound } from '../mapping-error.ts';
import { misfit, type RuleKind } from '../rule.ts';
import { compileSource, SOURCE_KEYS } from '../source.ts';
import type { Value } from '../treatment.ts';
import { Problem } from '../yaml-file.ts';

export const tableRule: RuleKind = {
  key: 'table',
  keys: [...SOURCE_KEYS, 'reverse', 'unmapped'],
  compile(map, scope) {
    const { site } = scope;
    const name = map.text('table') ?? '';
    const table = scope.table(name, map.required('table'));
    const codes = map.flag('reverse') ? table.toVendor : table.toCanonical;
    if (!codes) {
      throw new Problem(
        map.get('reverse'),
        `${name} has several vendor codes for one canonical value, so there is no way back; use a table of its own`,
      );
    }
    const unmapped = unmappedOf(map);
    const source = compileSource(map, site);
    const translate = (value: Value): Json =>
      codes.get(String(value)) ??
      unmapped?.default ??
      misfit(site, {
        sourcePath: source.text,
        found: typeFound(value),
        expected: `a code that ${name} lists`,
        advice: 'This one is not listed: add a row, or say "unmapped: { default: … }".',
      });
    if (source.many) return (item, root) => source.read(item, root)?.map(translate);
    return (item, root) => {
      const value = source.read(item, root);
      return value === undefined ? undefined : translate(value);
    };
  },
};

/** `fail` (also when nothing is said) or `{ default: x }`. */
function unmappedOf(map: RuleMap): { readonly default: NonNullable<Scalar> } | undefined {
  const node = map.get('unmapped');
  if (!node || (isScalar(node) && node.value === 'fail')) return undefined;
  const policy = RuleMap.of(node, 'fail or { default: … }');
  policy.only(['default'], '"unmapped"');
  const value = scalarOf(policy.required('default'), '"default"');
  if (value === null) throw new Problem(node, 'null is no code; leave the field out by "when", or name a default');
  return { default: value };
}
