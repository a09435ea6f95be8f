/** Rules that are never used, as their `when` cannot hold: by itself, or beside the conditions of the rules around them. */
import type { Node } from 'yaml';
import type { RuleMap } from '../../mapping/rule-map.ts';
import { mapOf, nodesOf, rulesOf, textAt, valueAt, type Rule } from '../outline.ts';
import type { Check, Subject } from './check.ts';

/** A question about one value, and which answers hold. */
export interface Asked {
  /** The same for two questions about the same value. */
  readonly key: string;
  readonly path: string;
  /** Undefined: any value. */
  readonly values: readonly unknown[] | undefined;
  readonly fits: (value: unknown) => boolean;
  readonly isAbsent: boolean;
}

export const conditions: Check = (subject) => {
  const { head } = subject;
  const always = nodesOf(head.map.get('expect')).flatMap((node) => conjunctsOf(node, 0));
  for (const rule of rulesOf(head)) {
    const node = rule.map.get('when');
    if (node) check(node, rule.scope, [...always, ...around(rule)], subject);
  }
};

function check(node: Node, scope: number, context: readonly Asked[], subject: Subject): void {
  const map = mapOf(node);
  const before = [...context];
  for (const each of nodesOf(map?.get('all'), [])) {
    check(each, scope, before, subject);
    before.push(...conjunctsOf(each, scope));
  }
  for (const each of nodesOf(map?.get('any'), [])) check(each, scope, context, subject);
  const asked = map && askedBy(map, scope);
  if (!asked) return;
  if (asked.values?.length === 0) {
    subject.tell(node, 'unreachable', `no value can fit this condition${hintFor(map)}; it never holds`);
  } else if (context.some((other) => other.key === asked.key && excludeEachOther(asked, other))) {
    const message = `"${asked.path}" is asked about before or further out too, and both cannot hold; the rule is never used`;
    subject.tell(node, 'unreachable', message);
  }
}

function around(rule: Rule): Asked[] {
  const { parent } = rule;
  return parent ? [...around(parent), ...conjunctsOf(parent.map.get('when'), parent.scope)] : [];
}

/** What must hold for the condition to hold; nothing is known of `any` and `not`. */
export function conjunctsOf(node: Node | undefined, scope: number): Asked[] {
  const map = mapOf(node);
  if (!map) return [];
  if (map.has('all')) return nodesOf(map.get('all'), []).flatMap((each) => conjunctsOf(each, scope));
  const asked = askedBy(map, scope);
  return asked ? [asked] : [];
}

function excludeEachOther(a: Asked, b: Asked): boolean {
  if (a.isAbsent !== b.isAbsent) return true;
  if (a.values) return !a.values.some((value) => (b.values?.includes(value) ?? true) && b.fits(value));
  return b.values !== undefined && !b.values.some(a.fits);
}

const TREATMENTS = ['trim', 'after', 'before', 'split', 'part', 'normalise', 'case', 'as'];

function askedBy(map: RuleMap, scope: number): Asked | undefined {
  const node = map.get('path');
  if (!node) return undefined;
  const path = nodesOf(node).map(textAt).join(' or ');
  const fromRoot = path.startsWith('$root.');
  const place = fromRoot ? `0 ${path.slice('$root.'.length)}` : `${scope} ${path}`;
  const key = `${place} ${TREATMENTS.map((each) => JSON.stringify(valueAt(map.get(each)))).join('|')}`;
  const named = map.has('equals') ? [map.get('equals')] : nodesOf(map.get('in'), []);
  const isListed = map.has('equals') || map.has('in');
  const values = isListed ? named.map(valueAt).filter((value) => canBe(map, value)) : undefined;
  return { key, path, values, fits: testOf(map), isAbsent: valueAt(map.get('present')) === false };
}

function testOf(map: RuleMap): (value: unknown) => boolean {
  const [begins, ends, contains] = ['begins', 'ends', 'contains'].map((key) => textAt(map.get(key)));
  const isAny = begins === undefined && ends === undefined && contains === undefined;
  return (value) =>
    isAny ||
    (typeof value === 'string' &&
      value.startsWith(begins ?? '') &&
      value.endsWith(ends ?? '') &&
      value.includes(contains ?? ''));
}

/** What `trim`, `case` and `as` make of a value is of one kind only. */
function canBe(map: RuleMap, value: unknown): boolean {
  const as = valueAt(map.get('as'));
  if (as === 'string' && typeof value !== 'string') return false;
  if ((as === 'number' || as === 'integer') && typeof value !== 'number') return false;
  if (as === 'integer' && !Number.isInteger(value)) return false;
  if (as === 'boolean' && typeof value !== 'boolean') return false;
  if (typeof value !== 'string') return true;
  const letters = valueAt(map.get('case'));
  if (letters === 'upper' && value !== value.toUpperCase()) return false;
  if (letters === 'lower' && value !== value.toLowerCase()) return false;
  return valueAt(map.get('trim')) !== true || (value.trim() === value && value !== '');
}

function hintFor(map: RuleMap): string {
  const as = textAt(map.get('as'));
  if (as !== undefined) return `: after "as: ${as}" a value is of that type`;
  if (map.has('case')) return `: after "case" all letters are ${textAt(map.get('case')) ?? ''}`;
  return map.has('trim') ? ': after "trim" no value has blanks around it, or is empty' : '';
}
