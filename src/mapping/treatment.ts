/** `trim`, `after`, `before`, `split`, `normalise`, `case` and `as`: what a rule does to the value its path found. */
import { typeFound, type Found } from './mapping-error.ts';
import type { RuleMap } from './rule-map.ts';
import { NORMALISATIONS, normalised } from './normalise.ts';
import { Problem } from './yaml-file.ts';

/** One value of the input; null there counts as absent. */
export type Value = string | number | boolean;

type Treat = (value: Value) => Value | undefined;
type Refuse = (found: Found, expected: string, advice: string) => never;

/** In this order: trim, after, before, split and part, normalise, case, as. A text of which nothing is left counts as absent. */
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
  const part = partOf(map);
  if (part) treatments.push((value) => part(textIn(value, refuse)));
  const normalise = map.choice('normalise', NORMALISATIONS);
  if (normalise) treatments.push((value) => normalised(normalise, textIn(value, refuse)));
  const letters = map.choice('case', ['upper', 'lower']);
  if (letters === 'upper') treatments.push((value) => textIn(value, refuse).toUpperCase());
  if (letters === 'lower') treatments.push((value) => textIn(value, refuse).toLowerCase());
  const as = map.choice('as', ['string', 'number', 'integer', 'boolean']);
  if (as) treatments.push((value) => CONVERSIONS[as](value, refuse));
  const [only] = treatments;
  if (!only) return undefined;
  if (treatments.length === 1) return only;
  return (value) =>
    treatments.reduce<Value | undefined>((now, treat) => (now === undefined ? undefined : treat(now)), value);
}

/** Numbers are texts here: an identifier may be sent as either. */
function textIn(value: Value, refuse: Refuse): string {
  if (typeof value === 'boolean') return refuse('boolean', 'a text', 'Correct the path: true and false have no parts.');
  return String(value);
}

/** `split: ','` with `part: 0`; -1 is the last one. A part that is not there, or empty, is absent. */
function partOf(map: RuleMap): ((text: string) => string | undefined) | undefined {
  const by = marker(map, 'split');
  if (by === undefined) {
    if (map.has('part')) throw new Problem(map.get('part'), '"part" needs a "split": the text between the parts');
    return undefined;
  }
  const part = map.scalar('part');
  if (typeof part !== 'number' || !Number.isInteger(part) || Math.abs(part) > PARTS_MAX) {
    throw new Problem(
      map.get('part') ?? map.node,
      '"split" here needs a "part": 0 for the first, -1 for the last; for all, use { split: … } as rule',
    );
  }
  return (text) => text.split(by, PARTS_MAX).at(part)?.trim() || undefined;
}

export const PARTS_MAX = 1_000;

function marker(map: RuleMap, key: 'after' | 'before' | 'split'): string | undefined {
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
