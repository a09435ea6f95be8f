/** `{ each: identifier, fields: { … } }`: a list of objects, one per item. */
import type { RuleKind } from '../rule.ts';
import { compileEach } from '../each-item.ts';
import { compileFields } from './fields.ts';

export const eachRule: RuleKind = {
  key: 'each',
  keys: ['fields'],
  compile(map, scope) {
    const list = compileEach(map, scope.site, compileFields(map, scope, `${scope.site.field}[]`));
    return (item, root) => {
      const found = list(item, root);
      return found === undefined || found.length === 0 ? undefined : found;
    };
  },
};
