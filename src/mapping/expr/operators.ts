/** The operators of an expression, on two values. */
import type { Evaluation } from './evaluation.ts';
import { asNumber, finite, textOf } from './values.ts';

export type Operate = (left: unknown, right: unknown, run: Evaluation, at: number) => unknown;

const arithmetic =
  (count: (left: number, right: number) => number): Operate =>
  (left, right, run, at) => {
    const a = left === undefined ? undefined : asNumber(left, run, at);
    const b = right === undefined ? undefined : asNumber(right, run, at);
    return a === undefined || b === undefined ? undefined : finite(count(a, b), run, at);
  };

const comparison =
  (holds: (left: string | number, right: string | number) => boolean): Operate =>
  (left, right, run, at) => {
    if (typeof left === 'number' && typeof right === 'number') return holds(left, right);
    if (typeof left === 'string' && typeof right === 'string') return holds(left, right);
    for (const side of [left, right])
      if (side !== undefined && typeof side !== 'string' && typeof side !== 'number')
        return run.fail(at, side, 'texts or numbers to compare');
    if (left === undefined || right === undefined) return undefined;
    return run.fail(at, right, 'two texts, or two numbers', 'Convert one of them by $number or $string.');
  };

const isComposite = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Of values only: two objects or lists are not compared. */
const equality =
  (wanted: boolean): Operate =>
  (left, right, run, at) => {
    if (left === undefined || right === undefined) return false;
    if (isComposite(left) && isComposite(right))
      return run.fail(at, left, 'a value to compare', 'Name the member that is meant.');
    return (left === right) === wanted;
  };

export const OPERATIONS: Readonly<Record<string, Operate>> = {
  '+': arithmetic((a, b) => a + b),
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  '/': arithmetic((a, b) => a / b),
  '%': arithmetic((a, b) => a % b),
  '=': equality(true),
  '!=': equality(false),
  '<': comparison((a, b) => a < b),
  '<=': comparison((a, b) => a <= b),
  '>': comparison((a, b) => a > b),
  '>=': comparison((a, b) => a >= b),
  '&': (left, right, run, at) => run.text((textOf(left, run, at) ?? '') + (textOf(right, run, at) ?? ''), at),
  in: (left, right, run, at) => {
    if (left === undefined || right === undefined) return false;
    const list: readonly unknown[] = Array.isArray(right) ? right : [right];
    run.spend(list.length, at);
    return list.includes(left);
  },
};
