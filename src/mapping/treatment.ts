/** `trim`, `after`, `before` and `as`: what a rule does to the value its path found. */
import { typeFound, type Found } from './mapping-error.ts';
import type { RuleMap } from './rule-map.ts';
import { Problem } from './yaml-file.ts';

/** One value of the input; null there counts as absent. */
export type Value = string | number | boolean;

type Treat = (value: Value) => Value | undefined;
type Refuse = (found: Found, expected: string, advice: string) => never;

/** In this order: trim, after, before, as. A text of which only blanks are left counts as absent once it is trimmed. */
export function compileTreatment(map: RuleMap, refuse: Refuse): Treat | undefined {
  const treatments: Treat[] = [];
  if (map.flag('trim')) treatments.push((value) => (typeof value === 'string' ? value.trim() || undefined : value));
  const after = marker(map, 'after');
  if (after !== undefined) {
    treatments.push((value) => {
      const at = typeof value === 'string' ? value.lastIndexOf(after) : -1;
      return typeof value === 'string' && at >= 0 ? value.slice(at + after.length) : notMarked(value, after, refuse);
    });
  }
  const before = marker(map, 'before');
  if (before !== undefined) {
    treatments.push((value) => {
      const at = typeof value === 'string' ? value.indexOf(before) : -1;
      return typeof value === 'string' && at >= 0 ? value.slice(0, at) : notMarked(value, before, refuse);
    });
  }
  const as = map.choice('as', ['string', 'number', 'integer', 'boolean']);
  if (as) treatments.push((value) => CONVERSIONS[as](value, refuse));
  const [only] = treatments;
  if (!only) return undefined;
  if (treatments.length === 1) return only;
  return (value) =>
    treatments.reduce<Value | undefined>((now, treat) => (now === undefined ? undefined : treat(now)), value);
}

function marker(map: RuleMap, key: 'after' | 'before'): string | undefined {
  const text = map.text(key);
  if (text === '') throw new Problem(map.get(key), `"${key}" is empty; name the text to look for`);
  return text;
}

const notMarked = (value: Value, wanted: string, refuse: Refuse): never =>
  refuse(typeFound(value), `a text with "${wanted}" in it`, 'Add another path or a filter for what else comes here.');

const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

const CONVERSIONS: Readonly<
  Record<'string' | 'number' | 'integer' | 'boolean', (value: Value, refuse: Refuse) => Value>
> = {
  string: (value) => String(value),
  number: toNumber,
  integer(value, refuse) {
    const number = toNumber(value, refuse);
    if (Number.isSafeInteger(number)) return number;
    return refuse(typeFound(value), 'a whole number', 'Use "as: number" if fractions are right here.');
  },
  boolean(value, refuse) {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return refuse(typeFound(value), 'true or false', 'Use a code table for other words.');
  },
};

function toNumber(value: Value, refuse: Refuse): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && NUMBER.test(value)) return Number(value);
  return refuse(typeFound(value), 'a number, or a text of digits', 'Add "trim: true" if blanks surround it.');
}
