/**
 * `{ group: rows, by: doctor, fields: { … } }`: items with the same value at `by` become one object each, in the order in which
 * they are first met. Its paths begin at { key, items }: `key` is that value, `items` are the items.
 */
import { compileEach } from '../each-item.ts';
import { typeFound } from '../mapping-error.ts';
import { parsePath } from '../path.ts';
import { readPath } from '../read-path.ts';
import { misfit, type RuleKind } from '../rule.ts';
import { isValue } from '../source.ts';
import { Problem } from '../yaml-file.ts';
import { compileFields } from './fields.ts';

export const groupRule: RuleKind = {
  key: 'group',
  keys: ['by', 'fields'],
  compile(map, { site, rule }) {
    const node = map.required('by');
    const { read, many } = readPath(
      parsePath(map.text('by') ?? '', node),
      (sourcePath, found, expected, advice) => misfit(site, { sourcePath, found, expected, advice }),
      site,
    );
    if (many) throw new Problem(node, '"by" takes one value, and [*] yields a list; name an item or a filter instead');
    const keyOf = (item: unknown, root: unknown): string => {
      const key = read(item, root);
      if (isValue(key)) return String(key);
      return misfit(site, {
        sourcePath: map.text('by') ?? '',
        found: typeFound(key),
        expected: 'a text, a number or a boolean to group by',
        advice: 'Correct "by", or leave such items out by a filter in "group".',
      });
    };
    const itemsOf = compileEach(map, 'group', site, (item) => item);
    const translate = compileFields(map, rule, site, `${site.field}[]`);
    return (item, root) => {
      const groups = new Map<string, unknown[]>();
      for (const each of itemsOf(item, root) ?? []) {
        const key = keyOf(each, root);
        const group = groups.get(key);
        if (group) group.push(each);
        else groups.set(key, [each]);
      }
      const list: unknown[] = [];
      for (const [key, items] of groups) {
        const make = (): unknown => translate({ key, items }, root);
        const value = site.observer ? site.observer.within(list.length, make) : make();
        if (value !== undefined) list.push(value);
      }
      return list.length === 0 ? undefined : list;
    };
  },
};
