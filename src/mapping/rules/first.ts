/** `{ first: [ rule, … ] }`: the first of several rules that answers anything; each may have its own `when`. */
import type { RuleKind } from '../rule.ts';
import { itemsOf } from '../rule-map.ts';
import { Problem } from '../yaml-file.ts';

export const firstRule: RuleKind = {
  key: 'first',
  keys: [],
  compile(map, { site, rule }) {
    const nodes = itemsOf(map.required('first'), '"first"');
    if (nodes.length === 0) throw new Problem(map.get('first'), '"first" is empty; name at least one rule');
    // All make the same field: an error of the contract is then shown at the last of them.
    const reads = nodes.map((node) => rule(node, site.field));
    const outcomes = [...nodes.map((_node, index) => `rule ${index + 1}`), 'none'];
    const taken = site.observer?.fork({ ...site, what: 'first', outcomes });
    return (item, root) => {
      for (let index = 0; index < reads.length; index++) {
        const value = reads[index]?.(item, root);
        if (value === undefined) continue;
        taken?.(index);
        return value;
      }
      taken?.(reads.length);
      return undefined;
    };
  },
};
