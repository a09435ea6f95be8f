/** Functions on lists; a single value is a list of one. */
import type { ExpressionFunction } from './expression-function.ts';
import type { Evaluation } from './evaluation.ts';
import { asList, asNumber } from './values.ts';

const ofNumbers = (count: (numbers: readonly number[]) => number | undefined): ExpressionFunction => ({
  least: 1,
  most: 1,
  ofContext: false,
  run([list], run, at) {
    if (list === undefined) return undefined;
    const numbers = asList(list).map((item) => asNumber(item, run, at));
    run.spend(numbers.length, at);
    return count(numbers);
  },
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const extreme =
  (pick: (a: number, b: number) => number) =>
  (numbers: readonly number[]): number | undefined =>
    numbers.length === 0 ? undefined : numbers.reduce((a, b) => pick(a, b));

export const LIST_FUNCTIONS: readonly (readonly [string, ExpressionFunction])[] = [
  ['count', { least: 1, most: 1, ofContext: false, run: ([list]) => asList(list).length }],
  ['sum', ofNumbers(sum)],
  ['max', ofNumbers(extreme(Math.max))],
  ['min', ofNumbers(extreme(Math.min))],
  ['average', ofNumbers((numbers) => (numbers.length === 0 ? undefined : sum(numbers) / numbers.length))],
  ['append', { least: 2, most: 2, ofContext: false, run: append }],
  [
    'reverse',
    {
      least: 1,
      most: 1,
      ofContext: false,
      run: ([list], run, at) => (list === undefined ? undefined : spent(asList(list), run, at).toReversed()),
    },
  ],
  ['distinct', { least: 1, most: 1, ofContext: false, run: distinct }],
];

function append([first, second]: readonly unknown[], run: Evaluation, at: number): unknown {
  if (first === undefined) return second;
  if (second === undefined) return first;
  return spent([...asList(first), ...asList(second)], run, at);
}

function distinct([list]: readonly unknown[], run: Evaluation, at: number): unknown {
  if (!Array.isArray(list)) return list;
  for (const item of spent(list, run, at))
    if (typeof item === 'object' && item !== null)
      run.fail(at, item, 'texts, numbers or booleans', 'Name the member that is meant.');
  return [...new Set(list)];
}

function spent(list: readonly unknown[], run: Evaluation, at: number): readonly unknown[] {
  run.spend(list.length, at);
  return list;
}
