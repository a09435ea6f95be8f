/** `{ list: [ rule, … ] }`: a list written out; items that come to nothing are left out. */
import type { RuleKind } from '../rule.ts';
import { itemsOf } from '../rule-map.ts';

export const listRule: RuleKind = {
  key: 'list',
  keys: [],
  compile(map, scope) {
    const reads = itemsOf(map.required('list'), '"list"').map((node, index) =>
      scope.rule(node, `${scope.site.field}[${index}]`),
    );
    return (item, root) => {
      const list = reads.map((read) => read(item, root)).filter((value) => value !== undefined);
      return list.length === 0 ? undefined : list;
    };
  },
};
