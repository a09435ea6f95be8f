/** `{ const: free }`: always the same value. */
import type { RuleKind } from '../rule.ts';

export const constRule: RuleKind = {
  key: 'const',
  keys: [],
  compile(map) {
    const value = map.json('const');
    // A list or map is made anew each time, so that nobody's change of one output is seen in the next.
    return typeof value === 'object' && value !== null ? () => structuredClone(value) : () => value;
  },
};
