/** Paths and filters of an expression: JSONata's rules of sequences, in which one value and a list of one are the same. */
import type { Ast } from './ast.ts';
import type { Evaluate, Evaluation } from './evaluation.ts';
import { asBoolean } from './values.ts';

type Compile = (ast: Ast) => Evaluate;

/** A member; of a list, that of every item. */
export function compileName(name: string, position: number): Evaluate {
  return (context, run) => {
    if (!Array.isArray(context)) return memberOf(context, name);
    const found: unknown[] = [];
    collect(context, name, found, run, position);
    return single(found);
  };
}

function collect(list: readonly unknown[], name: string, into: unknown[], run: Evaluation, position: number): void {
  for (const item of list) {
    run.spend(1, position);
    if (Array.isArray(item)) {
      collect(item, name, into, run, position);
      continue;
    }
    const value = memberOf(item, name);
    if (Array.isArray(value)) for (const each of value) into.push(each);
    else if (value !== undefined) into.push(value);
  }
}

function memberOf(context: unknown, name: string): unknown {
  if (typeof context !== 'object' || context === null || !Object.hasOwn(context, name)) return undefined;
  const value: unknown = Reflect.get(context, name);
  return value;
}

export function compilePath(ast: Extract<Ast, { type: 'path' }>, compile: Compile): Evaluate {
  const { position, keepList } = ast;
  const names = ast.steps.flatMap(({ of, filters }) => (of.type === 'name' && filters.length === 0 ? [of.name] : []));
  const general = generalPath(ast, compile);
  if (keepList || names.length < ast.steps.length) return general;
  // Names alone, over objects alone: most paths of most documents.
  return (context, run) => {
    let value = context;
    for (const name of names) {
      if (Array.isArray(value)) return general(context, run);
      value = memberOf(value, name);
      if (value === undefined) return undefined;
    }
    run.spend(1, position);
    return value;
  };
}

function generalPath({ steps, position, keepList }: Extract<Ast, { type: 'path' }>, compile: Compile): Evaluate {
  const isAbsolute = ['context', 'root'].includes(steps[0]?.of.type ?? '');
  const compiled = steps.map(({ of, filters }) => ({
    read: filters.length === 0 ? compile(of) : compileFilter(compile(of), filters, compile),
    // A list that the expression itself writes is one value for the steps before it.
    isList: of.type === 'list',
  }));
  return (context, run) => {
    let sequence: readonly unknown[] = Array.isArray(context) && !isAbsolute ? context : [context];
    let isOneList = false;
    for (const [index, { read, isList }] of compiled.entries()) {
      if (index === 0 && isList) {
        const list = read(context, run);
        sequence = Array.isArray(list) ? list : [list];
        isOneList = true;
        continue;
      }
      const found: unknown[] = [];
      for (const item of sequence) {
        run.spend(1, position);
        const value = read(item, run);
        if (value !== undefined) found.push(value);
      }
      const [only] = found;
      isOneList = index === compiled.length - 1 && found.length === 1 && Array.isArray(only);
      sequence = isOneList && Array.isArray(only) ? only : isList ? found : found.flat();
      run.spend(sequence.length, position);
      if (sequence.length === 0) break;
    }
    if (isOneList || (keepList && sequence.length > 0)) return sequence;
    return single(sequence);
  };
}

function single(sequence: readonly unknown[]): unknown {
  return sequence.length > 1 ? sequence : sequence[0];
}

/** Numbers pick an item (from 0, from the end below 0); anything else is asked of every item. */
export function compileFilter(of: Evaluate, filters: readonly Ast[], compile: Compile): Evaluate {
  let read = of;
  for (const filter of filters) {
    const before = read;
    const keep =
      filter.type === 'constant' && typeof filter.value === 'number' ? itemAt(filter.value) : byTest(filter, compile);
    read = (context, run) => {
      const value = before(context, run);
      return value === undefined ? undefined : keep(Array.isArray(value) ? value : [value], run);
    };
  }
  return read;
}

const itemAt =
  (number: number) =>
  (list: readonly unknown[]): unknown =>
    list.at(Math.floor(number));

function byTest(filter: Ast, compile: Compile): (list: readonly unknown[], run: Evaluation) => unknown {
  const test = compile(filter);
  return (list, run) => {
    const kept: unknown[] = [];
    for (const [index, item] of list.entries()) {
      run.spend(1, filter.position);
      const answer = test(item, run);
      if (Array.isArray(answer)) run.spend(answer.length, filter.position);
      const wanted = numbersOf(answer);
      if (wanted) {
        for (const number of wanted) {
          const at = Math.floor(number);
          if ((at < 0 ? list.length + at : at) === index) kept.push(item);
        }
      } else if (asBoolean(answer, run, filter.position) === true) kept.push(item);
    }
    return single(kept);
  };
}

function numbersOf(answer: unknown): readonly number[] | undefined {
  if (typeof answer === 'number') return [answer];
  if (!Array.isArray(answer) || answer.length === 0) return undefined;
  return answer.every((item): item is number => typeof item === 'number') ? answer : undefined;
}
