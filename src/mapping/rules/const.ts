/** `{ const: free }`: always the same value. */
import type { RuleKind } from '../rule.ts';
import { partsOf } from '../rule-map.ts';

export const constRule: RuleKind = {
  key: 'const',
  keys: [],
  compile(map, { site }) {
    const value = map.json('const');
    if (typeof value !== 'object' || value === null) return () => value;
    const parts = partsOf(value);
    // A list or map is made anew each time, so that nobody's change of one output is seen in the next.
    return () => {
      site.budget.spend(parts, site);
      return structuredClone(value);
    };
  },
};
