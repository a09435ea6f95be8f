/** What JSONata takes values for, as far as it is a value and not an object or a list. */
import type { Evaluation } from './evaluation.ts';

/** Undefined stays undefined. Unlike in JSONata, objects and lists have no text: it would be a whole message. */
export function textOf(value: unknown, run: Evaluation, at: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return run.text(value, at);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'number')
    return String(Number.isInteger(value) ? value : Number(finite(value, run, at).toPrecision(15)));
  return run.fail(at, value, 'a text, a number, true or false', 'Name the member that is meant.');
}

export function asText(value: unknown, run: Evaluation, at: number): string {
  if (typeof value === 'string') return run.text(value, at);
  return run.fail(at, value, 'a text', 'Make one by $string first.');
}

export function asNumber(value: unknown, run: Evaluation, at: number): number {
  if (typeof value === 'number') return finite(value, run, at);
  return run.fail(at, value, 'a number', 'Make one by $number first.');
}

export function finite(value: number, run: Evaluation, at: number): number {
  return Number.isFinite(value) ? value : run.fail(at, value, 'a number that is neither too large nor divided by 0');
}

/** Effective boolean value: empty text, 0, null, empty list and empty object are false; a list is true when any item is. */
export function asBoolean(value: unknown, run: Evaluation, at: number, depth = 0): boolean | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    run.spend(value.length, at);
    return depth < 50 && value.some((item) => asBoolean(item, run, at, depth + 1) === true);
  }
  if (typeof value === 'object' && value !== null) return hasMembers(value);
  return Boolean(value);
}

/** To look whether an object has a member is to list them all: once for each object, however often it is asked. */
const known = new WeakMap<object, boolean>();

function hasMembers(value: object): boolean {
  const before = known.get(value);
  if (before !== undefined) return before;
  const has = Object.keys(value).length > 0;
  known.set(value, has);
  return has;
}

export const asList = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
