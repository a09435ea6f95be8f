/** Makes functions of expressions: three-valued logic as in SQL, null as null. */
import { callOf, AGGREGATES } from './functions.ts';
import type { Names, Scope } from './scope.ts';
import type { Expression, Select } from './syntax.ts';
import { equal, instantMs, order, stored } from './values.ts';

export interface Compiled {
  readonly type: string;
  readonly of: (scope: Scope) => unknown;
}

/** Compiles a select inside an expression. */
export type SelectCompiler = (
  select: Select,
  names: Names,
) => {
  readonly columns: readonly { name: string; type: string }[];
  readonly run: (scope: Scope) => Record<string, unknown>[];
};

export class ExpressionCompiler {
  readonly #select: SelectCompiler;
  readonly #now: () => number;

  constructor(select: SelectCompiler, now: () => number) {
    this.#select = select;
    this.#now = now;
  }

  compile(expression: Expression, names: Names): Compiled {
    switch (expression.kind) {
      case 'value': {
        const { value } = expression;
        return { type: typeof value === 'string' ? 'unknown' : typeof value, of: () => value };
      }
      case 'interval':
        return { type: 'interval', of: () => expression.ms };
      case 'parameter': {
        const index = expression.number - 1;
        return { type: 'unknown', of: (scope) => scope.run.parameters[index] ?? null };
      }
      case 'column':
        return this.#column(expression.table, expression.name, names);
      case 'binary':
        return this.#binary(expression, names);
      case 'not': {
        const { of } = this.compile(expression.of, names);
        return {
          type: 'boolean',
          of: (scope) => {
            const value = of(scope);
            return value === null ? null : !value;
          },
        };
      }
      case 'minus': {
        const { of, type } = this.compile(expression.of, names);
        return { type, of: (scope) => -Number(of(scope)) };
      }
      case 'is-null': {
        const { of } = this.compile(expression.of, names);
        return { type: 'boolean', of: (scope) => ((of(scope) ?? null) === null) !== expression.not };
      }
      case 'cast':
        return this.#cast(this.compile(expression.of, names), expression.type);
      case 'row':
      case 'array': {
        const items = expression.items.map((each) => this.compile(each, names));
        return { type: expression.kind, of: (scope) => items.map((each) => each.of(scope)) };
      }
      case 'case':
        return this.#case(expression, names);
      case 'call':
        return this.#call(expression.name, expression.args, names);
      default:
        return this.#set(expression, names);
    }
  }

  /** Memberships and subqueries. */
  #set(
    expression: Extract<Expression, { kind: 'in' | 'in-select' | 'any' | 'exists' | 'scalar' }>,
    names: Names,
  ): Compiled {
    switch (expression.kind) {
      case 'any': {
        const { of, type } = this.compile(expression.of, names);
        const array = this.compile(expression.array, names);
        const read = type === 'timestamptz' ? instantMs : (value: unknown) => value;
        return membership(of, (scope) => (array.of(scope) as unknown[] | null)?.map(read) ?? [], false);
      }
      case 'in': {
        const { of } = this.compile(expression.of, names);
        const list = expression.list.map((each) => this.compile(each, names));
        return membership(of, (scope) => list.map((each) => each.of(scope)), expression.not);
      }
      case 'in-select': {
        const { of } = this.compile(expression.of, names);
        const { run } = this.#select(expression.select, names);
        return membership(of, (scope) => run(scope).map((row) => Object.values(row)[0]), expression.not);
      }
      case 'exists': {
        const { run } = this.#select(expression.select, names);
        return { type: 'boolean', of: (scope) => run(scope).length > 0 };
      }
      case 'scalar': {
        const { run, columns } = this.#select(expression.select, names);
        const [first] = columns;
        const name = first?.name ?? '';
        return { type: first?.type ?? 'unknown', of: (scope) => run(scope)[0]?.[name] ?? null };
      }
      default:
        return expression satisfies never;
    }
  }

  #column(table: string | undefined, name: string, names: Names): Compiled {
    const { depth, index, type } = names.find(table, name);
    if (depth === 0) return { type, of: (scope) => scope.rows[index]?.[name] ?? null };
    if (depth === 1) return { type, of: (scope) => scope.up?.rows[index]?.[name] ?? null };
    return {
      type,
      of: (scope) => {
        let at: Scope | undefined = scope;
        for (let left = depth; left > 0; left -= 1) at = at?.up;
        return at?.rows[index]?.[name] ?? null;
      },
    };
  }

  #binary({ sign, left, right }: Extract<Expression, { kind: 'binary' }>, names: Names): Compiled {
    const a = this.compile(left, names);
    const b = this.compile(right, names);
    const boolean = (of: (scope: Scope) => unknown): Compiled => ({ type: 'boolean', of });
    if (sign === 'and') {
      return boolean((scope) => {
        const first = a.of(scope);
        if (first === false) return false;
        const second = b.of(scope);
        if (second === false) return false;
        return first === null || second === null ? null : true;
      });
    }
    if (sign === 'or') {
      return boolean((scope) => {
        const first = a.of(scope);
        if (first === true) return true;
        const second = b.of(scope);
        if (second === true) return true;
        return first === null || second === null ? null : false;
      });
    }
    if (['=', '<>', '<', '>', '<=', '>=', 'is distinct', 'is not distinct'].includes(sign)) {
      return boolean(comparison(sign, a, b));
    }
    return arithmetic(sign, a, b);
  }

  #cast({ of, type: from }: Compiled, to: string): Compiled {
    const convert = CASTS[to];
    const read =
      to === 'text' && from === 'timestamptz' ? (value: unknown) => new Date(Number(value)).toISOString() : convert;
    if (!read) return { type: to, of };
    return {
      type: to,
      of: (scope) => {
        const value = of(scope);
        return value === null ? null : read(value);
      },
    };
  }

  #case({ of, whens, otherwise }: Extract<Expression, { kind: 'case' }>, names: Names): Compiled {
    const subject = of && this.compile(of, names);
    const branches = whens.map((each) => ({
      when: this.compile(each.when, names),
      value: this.compile(each.value, names),
    }));
    const last = otherwise ? this.compile(otherwise, names) : undefined;
    const typed = [...branches.map((each) => each.value), ...(last ? [last] : [])].find(
      ({ type }) => type !== 'unknown',
    );
    return {
      type: typed?.type ?? 'unknown',
      of: (scope) => {
        const value = subject?.of(scope);
        for (const branch of branches) {
          const met = branch.when.of(scope);
          if (subject ? value !== null && equal(value, met) : met === true) return branch.value.of(scope);
        }
        return last?.of(scope) ?? null;
      },
    };
  }

  #call(name: string, args: readonly Expression[], names: Names): Compiled {
    const compiled = args.map((each) => this.compile(each, names));
    const aggregate = AGGREGATES[name];
    if (aggregate) {
      names.hasAggregate = true;
      const [arg] = compiled;
      return {
        type: name === 'min' || name === 'max' ? (arg?.type ?? 'unknown') : name === 'count' ? 'bigint' : 'jsonb',
        of: (scope) =>
          aggregate(
            (scope.group ?? []).map((rows) => (arg ? arg.of({ rows: [...rows], up: scope.up, run: scope.run }) : true)),
          ),
      };
    }
    return callOf(name, compiled, this.#now);
  }
}

const CASTS: Readonly<Record<string, (value: unknown) => unknown>> = {
  text: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  float8: Number,
  int: Number,
  integer: Number,
  bigint: Number,
  jsonb: (value) => stored(value, 'jsonb'),
  timestamptz: instantMs,
};

function membership(of: (scope: Scope) => unknown, list: (scope: Scope) => readonly unknown[], not: boolean): Compiled {
  return {
    type: 'boolean',
    of: (scope) => {
      const value = of(scope);
      if (value === null) return null;
      const all = list(scope);
      if (all.some((each) => equal(value, each ?? null))) return !not;
      return all.includes(null) ? null : not;
    },
  };
}

function comparison(sign: string, a: Compiled, b: Compiled): (scope: Scope) => unknown {
  const isInstant = a.type === 'timestamptz' || b.type === 'timestamptz';
  const left = isInstant ? (scope: Scope) => instantMs(a.of(scope)) : a.of;
  const right = isInstant ? (scope: Scope) => instantMs(b.of(scope)) : b.of;
  if (sign === 'is distinct') return (scope) => !equal(left(scope), right(scope));
  if (sign === 'is not distinct') return (scope) => equal(left(scope), right(scope));
  const test = {
    '=': equal,
    '<>': (x: unknown, y: unknown) => !equal(x, y),
    '<': (x: unknown, y: unknown) => order(x, y) < 0,
    '>': (x: unknown, y: unknown) => order(x, y) > 0,
    '<=': (x: unknown, y: unknown) => order(x, y) <= 0,
    '>=': (x: unknown, y: unknown) => order(x, y) >= 0,
  }[sign];
  if (!test) throw new Error(`the simulated database knows no comparison ${sign}`);
  return (scope) => {
    const x = left(scope);
    if (x === null) return null;
    const y = right(scope);
    return y === null ? null : test(x, y);
  };
}

function arithmetic(sign: string, a: Compiled, b: Compiled): Compiled {
  const both =
    (work: (x: never, y: never) => unknown) =>
    (scope: Scope): unknown => {
      const x = a.of(scope);
      const y = b.of(scope);
      return x === null || y === null ? null : work(x as never, y as never);
    };
  const instants = [a.type, b.type].filter((type) => type === 'timestamptz').length;
  const type =
    instants === 1 ? 'timestamptz' : [a.type, b.type].includes('interval') || instants === 2 ? 'interval' : 'number';
  switch (sign) {
    case '+':
      return { type, of: both((x: number, y: number) => x + y) };
    case '-':
      return { type, of: both((x: number, y: number) => x - y) };
    case '*':
      return { type, of: both((x: number, y: number) => x * y) };
    case '/':
      return { type, of: both((x: number, y: number) => x / y) };
    case '||':
      return { type: 'text', of: both((x: string, y: string) => x + y) };
    case '->':
      return { type: 'jsonb', of: both((x: Record<string, unknown>, y: string) => x[y] ?? null) };
    case '->>':
      return {
        type: 'text',
        of: both((x: Record<string, unknown>, y: string) => {
          const value = x[y] ?? null;
          return value === null || typeof value === 'string' ? value : JSON.stringify(value);
        }),
      };
    default:
      throw new Error(`the simulated database knows no operator ${sign}`);
  }
}
