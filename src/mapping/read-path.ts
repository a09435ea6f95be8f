/** Compiles a path, once, into plain closures over a JSON tree. Absent and null members end a path: the answer is undefined. */
import { typeFound, type Found } from './mapping-error.ts';
import type { Observer, Place } from './observer.ts';
import type { Filter, Path, Step } from './path.ts';
import type { Read } from './read.ts';

/** Told of a value that is not what the path says it is; throws, or answers undefined. `at`: the path up to that value. */
export type OnMisfit = (at: string, found: Found, expected: string, advice: string) => undefined;

interface Surroundings {
  readonly onMisfit: OnMisfit;
  readonly observer: Observer | undefined;
  /** Called before as many items are looked at. */
  readonly spend: (items: number) => void;
}

export interface PathReader {
  readonly read: Read;
  /** True when the path can match more than one value: `read` then answers a list, or undefined instead of an empty one. */
  readonly many: boolean;
}

/** `eachMatch`: filters without a number take all their matches instead of the first. */
export function readPath(path: Path, onMisfit: OnMisfit, site: Place, eachMatch = false): PathReader {
  const { budget, observer } = site;
  return readerOf(path, { onMisfit, observer, spend: (items) => budget.spend(items, site) }, eachMatch);
}

function readerOf(path: Path, around: Surroundings, eachMatch: boolean): PathReader {
  const steps = path.steps.map((step): Step =>
    eachMatch && step.kind === 'pick' ? { ...step, take: step.take ?? 'all' } : step,
  );
  const many = steps.some((step) => step.kind === 'pick' && step.take === 'all');
  const from = many ? readAll(steps, around) : readOne(steps, 0, around);
  return { many, read: path.fromRoot ? (_item, root) => from(root) : from };
}

type One = (value: unknown) => unknown;
type Collect = (value: unknown, into: unknown[]) => void;

const itself: One = (value) => value;

function readOne(steps: readonly Step[], index: number, around: Surroundings): One {
  const step = steps[index];
  if (!step) return itself;
  const last = index === steps.length - 1;
  const next = readOne(steps, index + 1, around);
  const step1 =
    step.kind === 'name'
      ? member(step.name, previous(steps, index), around)
      : pickOne(step, previous(steps, index), around);
  return last ? step1 : (value) => next(step1(value));
}

function readAll(steps: readonly Step[], around: Surroundings): One {
  const collect = collectFrom(steps, 0, around);
  return (value) => {
    const found: unknown[] = [];
    collect(value, found);
    return found.length === 0 ? undefined : found;
  };
}

function collectFrom(steps: readonly Step[], index: number, around: Surroundings): Collect {
  const step = steps[index];
  if (!step) {
    return (value, into) => {
      if (value !== undefined && value !== null) into.push(value);
    };
  }
  const next = collectFrom(steps, index + 1, around);
  const at = previous(steps, index);
  if (step.kind === 'name') {
    const read = member(step.name, at, around);
    return (value, into) => next(read(value), into);
  }
  if (step.take !== 'all') {
    const read = pickOne(step, at, around);
    return (value, into) => next(read(value), into);
  }
  const matches = allOf(step.filters, around);
  return (value, into) => {
    const list = listAt(value, at, around);
    around.spend(list.length);
    for (const item of list) if (matches(item)) next(item, into);
  };
}

function member(name: string, at: string, around: Surroundings): One {
  // Only names that every object inherits (toString, …) need the slower question whose member it is.
  const inherited = name in Object.prototype;
  return (value) => {
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) {
      const advice = Array.isArray(value)
        ? `Say which item is meant: "${at}[0]" or a filter.`
        : 'Shorten the path, or correct it.';
      return around.onMisfit(at, typeFound(value), `an object with "${name}"`, advice);
    }
    return inherited && !Object.hasOwn(value, name) ? undefined : value[name];
  };
}

function pickOne(step: Extract<Step, { kind: 'pick' }>, at: string, around: Surroundings): One {
  const wanted = typeof step.take === 'number' ? step.take : 0;
  if (step.filters.length === 0) return (value) => listAt(value, at, around)[wanted];
  const matches = allOf(step.filters, around);
  return (value) => {
    const list = listAt(value, at, around);
    around.spend(list.length);
    let left = wanted;
    for (const item of list) if (matches(item) && left-- === 0) return item;
    return undefined;
  };
}

const NOTHING: readonly unknown[] = [];

function listAt(value: unknown, at: string, around: Surroundings): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value !== undefined && value !== null)
    around.onMisfit(at, typeFound(value), 'an array', 'Remove the brackets behind it, or correct the path.');
  return NOTHING;
}

type Test = (item: unknown) => boolean;

function allOf(filters: readonly Filter[], { observer, spend }: Surroundings): Test {
  const tests = filters.map((filter) => compileFilter(filter, spend));
  const [only] = tests;
  const all: Test = only && tests.length === 1 ? only : (item) => tests.every((test) => test(item));
  return observer ? (item) => observer.asking(() => all(item)) : all;
}

/** An item that has not the shape a filter asks about does not match. Numbers and booleans are compared by their JSON text. */
function compileFilter({ path, operator, value }: Filter, spend: Surroundings['spend']): Test {
  const { read, many } = readerOf(path, { onMisfit: () => undefined, observer: undefined, spend }, false);
  const compare = COMPARISONS[operator](value);
  if (many) {
    return (item) => {
      const found = read(item, undefined);
      return Array.isArray(found) ? found.some((each) => compare(textOrUndefined(each))) : compare(undefined);
    };
  }
  return (item) => compare(textOrUndefined(read(item, undefined)));
}

const COMPARISONS: Readonly<Record<Filter['operator'], (value: string) => (found: string | undefined) => boolean>> = {
  '=': (value) => (found) => found === value,
  '!=': (value) => (found) => found !== value,
  '^=': (value) => (found) => found !== undefined && found.startsWith(value),
  '$=': (value) => (found) => found !== undefined && found.endsWith(value),
  '*=': (value) => (found) => found !== undefined && found.includes(value),
};

function textOrUndefined(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const previous = (steps: readonly Step[], index: number): string => steps[index - 1]?.upTo ?? '.';
