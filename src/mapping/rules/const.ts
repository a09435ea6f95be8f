/** `{ const: free }`: always the same value. */
import type { RuleKind } from '../rule.ts';
import { partsOf } from '../rule-map.ts';

export const constRule: RuleKind = {
  key: 'const',
  keys: [],
  compile(map, { site }) {
    const value = map.json('const');
    const parts = partsOf(value);
    if (parts === 1 && (typeof value !== 'object' || value === null)) return () => value;
    // A list or map is made anew each time, so that nobody's change of one output is seen in the next.
    return () => {
      site.budget.spend(parts, site);
      return structuredClone(value);
    };
  },
};
