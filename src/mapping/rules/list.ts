/** `{ list: [ rule, … ] }`: a list written out; items that come to nothing are left out. */
import type { RuleKind } from '../rule.ts';
import { itemsOf } from '../rule-map.ts';

export const listRule: RuleKind = {
  key: 'list',
  keys: [],
  compile(map, scope) {
    const { observer } = scope.site;
    const reads = itemsOf(map.required('list'), '"list"').map((node, index) =>
      scope.rule(node, `${scope.site.field}[${index}]`),
    );
    return (item, root) => {
      const list: unknown[] = [];
      for (const read of reads) {
        const value = observer ? observer.within(list.length, () => read(item, root)) : read(item, root);
        if (value !== undefined) list.push(value);
      }
      return list.length === 0 ? undefined : list;
    };
  },
};
