/** `{ each: identifier, fields: { … } }`: a list of objects, one per item; with `item` instead, of what that rule makes. */
import type { RuleKind } from '../rule.ts';
import { compileEach } from '../each-item.ts';
import { Problem } from '../yaml-file.ts';
import { compileFields } from './fields.ts';

export const eachRule: RuleKind = {
  key: 'each',
  keys: ['fields', 'item'],
  compile(map, { site, rule }) {
    if (map.has('fields') && map.has('item'))
      throw new Problem(map.get('item'), 'a list has either "fields", for objects, or "item", for one rule');
    const inner = `${site.field}[]`;
    const item = map.get('item');
    const list = compileEach(map, 'each', site, item ? rule(item, inner) : compileFields(map, rule, site, inner));
    return (each, root) => {
      const found = list(each, root);
      return found === undefined || found.length === 0 ? undefined : found;
    };
  },
};
