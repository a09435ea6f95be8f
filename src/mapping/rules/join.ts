/** `{ join: [ rule, … ], with: ' ' }`: one text of several; what is absent is left out, and all of a list is taken. */
import { typeFound } from '../mapping-error.ts';
import { misfit, type RuleKind } from '../rule.ts';
import { itemsOf } from '../rule-map.ts';
import { isValue } from '../source.ts';
import { Problem } from '../yaml-file.ts';

const LENGTH_MAX = 100_000;

export const joinRule: RuleKind = {
  key: 'join',
  keys: ['with'],
  compile(map, { site, operand }) {
    const nodes = itemsOf(map.required('join'), '"join"');
    if (nodes.length === 0) throw new Problem(map.get('join'), '"join" is empty; name at least one rule');
    const reads = nodes.map((node, index) => operand(node, `join ${index}`));
    const between = map.text('with') ?? '';
    const refuse = (found: unknown, expected: string, advice: string): never =>
      misfit(site, { sourcePath: '"join"', found: typeFound(found), expected, advice });
    const textOf = (value: unknown): string =>
      isValue(value) ? String(value) : refuse(value, 'texts, numbers or booleans', 'Correct the rule inside "join".');
    return (item, root) => {
      const parts: string[] = [];
      let length = 0;
      for (const read of reads) {
        const value = read(item, root);
        for (const each of Array.isArray(value) ? value : [value]) {
          if (each === undefined || each === null || each === '') continue;
          const part = textOf(each);
          parts.push(part);
          length += part.length + between.length;
          if (length > LENGTH_MAX)
            return refuse(value, `a text of at most ${LENGTH_MAX} characters`, 'Join less, or correct the paths.');
        }
      }
      site.budget.spend(length >> 6, site);
      return parts.length === 0 ? undefined : parts.join(between);
    };
  },
};
