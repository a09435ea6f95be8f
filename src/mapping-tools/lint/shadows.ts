/** Parts of a rule that something before them makes useless. */
import type { Filter } from '../../mapping/path.ts';
import type { RuleMap } from '../../mapping/rule-map.ts';
import { mapOf, nodesOf, partsOf, pathAt, rulesOf, valueAt, type Rule } from '../outline.ts';
import type { Check, Subject } from './check.ts';
import { conjunctsOf } from './conditions.ts';

export const shadows: Check = (subject) => {
  for (const rule of rulesOf(subject.head)) {
    for (const part of partsOf(rule)) {
      repetitions(part, subject);
      contradictions(part, subject);
    }
    useless(rule, subject);
    alternatives(rule, subject);
  }
};

/** `path: [a, b, a]` and `in: [x, y, x]`. */
function repetitions(part: RuleMap, { tell }: Subject): void {
  for (const key of ['path', 'in']) {
    const seen = new Set<unknown>();
    for (const node of nodesOf(part.get(key), [])) {
      const value = valueAt(node);
      const message = `"${String(value)}" stands earlier in this list, so this one is never reached; remove it`;
      if (seen.has(value)) tell(node, 'shadowed', message);
      seen.add(value);
    }
  }
}

/** `[a=1][a=2]`: no item fits both. */
function contradictions(part: RuleMap, { tell }: Subject): void {
  for (const node of ['path', 'each', 'group'].flatMap((key) => nodesOf(part.get(key)))) {
    const path = pathAt(node);
    if (path?.steps.some((step) => step.kind === 'pick' && excludeEachOther(step.filters))) {
      tell(node, 'unreachable', `no item can fit all filters of "${path.text}"; correct one of them`);
    }
  }
}

const excludeEachOther = (filters: readonly Filter[]): boolean =>
  filters.some((a, index) =>
    filters.slice(index + 1).some((b) => {
      if (a.path.text !== b.path.text || a.path.steps.some((step) => step.kind === 'pick')) return false;
      if (a.operator === '=' && b.operator === '=') return a.value !== b.value;
      return a.value === b.value && [a.operator, b.operator].toSorted().join(' ') === '!= =';
    }),
  );

function useless({ map, parent }: Rule, { tell }: Subject): void {
  const otherwise = map.get('default');
  if (!otherwise || !parent) return;
  if (isConstant(map)) {
    tell(otherwise, 'shadowed', 'a constant is always present, so "default" is never used; remove it, or the constant');
  }
  const required = map.get('required');
  const message = 'with a "default" the value is always present, so "required" has no effect; remove one of them';
  if (required) tell(required, 'shadowed', message);
}

/** In `first`, what stands behind a rule that answers whenever the later one would be asked. */
function alternatives({ map, children }: Rule, { tell }: Subject): void {
  if (!map.has('first')) return;
  for (const [index, rule] of children.entries()) {
    const before = children.slice(0, index).findIndex((earlier) => alwaysAnswers(earlier) && covers(earlier, rule));
    if (before < 0) continue;
    tell(
      rule.node,
      'shadowed',
      `rule ${before + 1} of this "first" answers whenever this one would; move it up, or remove it`,
    );
  }
}

/** Or throws, which ends the matter too. */
const alwaysAnswers = ({ map }: Rule): boolean =>
  isConstant(map) || map.has('default') || map.has('text') || valueAt(map.get('required')) === true;

function covers(earlier: Rule, later: Rule): boolean {
  const wide = earlier.map.get('when');
  if (!wide) return true;
  const [asked] = mapOf(wide)?.has('path') ? conjunctsOf(wide, earlier.scope) : [];
  if (!asked) return false;
  return conjunctsOf(later.map.get('when'), later.scope).some(
    ({ key, values, isAbsent }) =>
      key === asked.key &&
      !isAbsent &&
      !asked.isAbsent &&
      values !== undefined &&
      values.every((value) => (asked.values?.includes(value) ?? true) && asked.fits(value)),
  );
}

const isConstant = (map: RuleMap): boolean => map.has('const') && valueAt(map.get('const')) !== null;
