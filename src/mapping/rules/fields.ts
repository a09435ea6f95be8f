/** `{ fields: { … } }`: an object; absent when all its members are. */
import type { Place } from '../observer.ts';
import type { Read } from '../read.ts';
import type { RuleKind, RuleScope } from '../rule.ts';
import { RuleMap } from '../rule-map.ts';
import { Problem } from '../yaml-file.ts';

export const fieldsRule: RuleKind = {
  key: 'fields',
  keys: [],
  compile: (map, scope) => compileFields(map, scope.rule, scope.site, scope.site.field),
};

/** The object that the map under `fields` describes; `prefix` is its own place in the target, '' at the top. */
export function compileFields(map: RuleMap, rule: RuleScope['rule'], site: Place, prefix: string): Read {
  const fields = RuleMap.of(map.required('fields'), 'a map of fields, each with its rule');
  if (fields.keys.length === 0) throw new Problem(fields.node, '"fields" is empty; name at least one field');
  const names = fields.keys;
  const { observer } = site;
  const reads = names.map((name) => {
    const read = rule(fields.required(name), prefix === '' ? name : `${prefix}.${name}`);
    return observer ? (item: unknown, root: unknown) => observer.within(name, () => read(item, root)) : read;
  });
  return (item, root) => {
    const object: Record<string, unknown> = {};
    let isEmpty = true;
    for (let index = 0; index < reads.length; index++) {
      const value = reads[index]?.(item, root);
      const name = names[index];
      if (value === undefined || name === undefined) continue;
      object[name] = value;
      isEmpty = false;
    }
    return isEmpty ? undefined : object;
  };
}
