/** `{ table: codes/visit-modes.csv, path: … }`: a vendor's code becomes the canonical one, or with `reverse: true` the other way. */
import { isScalar } from 'yaml';
import { RuleMap, scalarOf, type Json, type Scalar } from '../rule-map.ts';
import { MappingError, typeFound, UnmappedCodeError, type Misfit, type MissingRow } from '../mapping-error.ts';
import type { RuleKind } from '../rule.ts';
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
    const row: MissingRow = { table: name, side: map.flag('reverse') ? 'canonical' : 'vendor' };
    const refuse = (value: Value): never => {
      const misfit: Misfit = {
        sourcePath: source.text,
        found: typeFound(value),
        expected: `a code that ${name} lists`,
        advice: 'This one is not listed: add a row, or say "unmapped: { default: … }" or "unmapped: park".',
      };
      const code = String(value);
      // What is this long is no code, and would not be put into a table.
      throw unmapped === 'park' && code.length <= CODE_LENGTH_MAX
        ? new UnmappedCodeError(site, misfit, row, code)
        : new MappingError(site, misfit);
    };
    const taken = site.observer?.fork({ ...site, what: 'table', outcomes: ['a listed code', 'unmapped'] });
    const translate = (value: Value): Json => {
      const code = codes.get(String(value));
      taken?.(code === undefined ? 1 : 0);
      if (code !== undefined) return code;
      return typeof unmapped === 'object' ? unmapped.default : refuse(value);
    };
    if (source.many) return (item, root) => source.read(item, root)?.map(translate);
    return (item, root) => {
      const value = source.read(item, root);
      return value === undefined ? undefined : translate(value);
    };
  },
};

const CODE_LENGTH_MAX = 200;

/** `fail` (also when nothing is said), `park` or `{ default: x }`. */
function unmappedOf(map: RuleMap): 'fail' | 'park' | { readonly default: NonNullable<Scalar> } {
  const node = map.get('unmapped');
  if (!node) return 'fail';
  if (isScalar(node)) return map.choice<'fail' | 'park'>('unmapped', ['fail', 'park']) ?? 'fail';
  const policy = RuleMap.of(node, 'fail, park or { default: … }');
  policy.only(['default'], '"unmapped"');
  const value = scalarOf(policy.required('default'), '"default"');
  if (value === null) throw new Problem(node, 'null is no code; leave the field out by "when", or name a default');
  return { default: value };
}
