/** `{ split: { path: names, by: ';' } }`: the parts of a text, as a list; empty parts are left out. */
import { typeFound } from '../mapping-error.ts';
import { misfit, type RuleKind } from '../rule.ts';
import { RuleMap } from '../rule-map.ts';
import { compileOne, SOURCE_KEYS } from '../source.ts';
import { PARTS_MAX } from '../treatment.ts';
import { Problem } from '../yaml-file.ts';

export const splitRule: RuleKind = {
  key: 'split',
  keys: [],
  compile(outer, { site }) {
    const map = RuleMap.of(outer.required('split'), 'a map such as { path: names, by: ";" }');
    map.only([...SOURCE_KEYS, 'by'], 'a split');
    const by = map.text('by') ?? '';
    if (by === '') throw new Problem(map.node, '"split" needs "by": the text between the parts');
    const { read, text } = compileOne(map, site, 'a split');
    return (item, root) => {
      const value = read(item, root);
      if (value === undefined) return undefined;
      const parts = typeof value === 'string' ? value.split(by, PARTS_MAX + 1) : [];
      if (typeof value !== 'string' || parts.length > PARTS_MAX) {
        return misfit(site, {
          sourcePath: text,
          found: typeFound(value),
          expected: `a text of at most ${PARTS_MAX} parts`,
          advice: 'Correct the path, or name another text between the parts.',
        });
      }
      const list = parts.map((part) => part.trim()).filter((part) => part !== '');
      return list.length === 0 ? undefined : list;
    };
  },
};
