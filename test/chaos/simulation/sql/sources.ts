/** Joins the sources of a statement: nested loops, by an index wherever a condition allows it. */
import type { Compiled, ExpressionCompiler } from './expression.ts';
import type { Names, Scope } from './scope.ts';
import type { Expression, From, Source } from './syntax.ts';
import type { Row, Table } from './table.ts';
import { instantMs, stored } from './values.ts';

/** What a source gives: its rows, seen from the rows of the sources before it. */
interface Opened {
  readonly alias: string;
  readonly columns: ReadonlyMap<string, string>;
  readonly table: Table | undefined;
  readonly rows: (scope: Scope) => Iterable<Row>;
}

export interface SourceMaker {
  readonly tables: ReadonlyMap<string, Table>;
  /** Columns of the `with` parts read so far. */
  readonly ctes: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly expressions: ExpressionCompiler;
  readonly select: (
    select: Extract<Source, { kind: 'select' }>['select'],
    names: Names,
  ) => { readonly columns: readonly { name: string; type: string }[]; readonly run: (scope: Scope) => Row[] };
}

interface Lookup {
  readonly column: string;
  readonly values: (scope: Scope) => readonly unknown[];
}

interface Level {
  readonly opened: Opened;
  readonly left: boolean;
  readonly lookup: Lookup | undefined;
  readonly conditions: readonly Compiled[];
  /** Of a left join: what decides about a row after it is known whether it has a partner. */
  readonly afterwards: readonly Compiled[];
}

/** Calls `found` for every combination of rows that fits; `found` returns false to stop. */
export type Join = (scope: Scope, found: () => boolean | void) => void;

function conjunctsOf(expression: Expression | undefined): Expression[] {
  if (!expression) return [];
  return expression.kind === 'binary' && expression.sign === 'and'
    ? [...conjunctsOf(expression.left), ...conjunctsOf(expression.right)]
    : [expression];
}

export function compileJoin(
  maker: SourceMaker,
  from: readonly From[],
  where: Expression | undefined,
  names: Names,
): Join {
  const opened = from.map(({ source }) => {
    const one = open(maker, source, names);
    names.sources.push(one);
    return one;
  });
  const conditions = conjunctsOf(where).map((each) => condition(maker, each, names));
  const levels = opened.map((one, index): Level => {
    const join = from[index];
    const own = conjunctsOf(join?.on).map((each) => condition(maker, each, names));
    const here = conditions.filter(({ level }) => level === index || (index === 0 && level === -1));
    const tests = join?.left ? own : [...own, ...here];
    const lookup =
      one.table &&
      lookupAmong(
        maker,
        tests.map(({ expression }) => expression),
        one,
        index,
        names,
      );
    return {
      opened: one,
      left: join?.left ?? false,
      lookup,
      conditions: tests.map(({ compiled }) => compiled),
      afterwards: join?.left ? here.map(({ compiled }) => compiled) : [],
    };
  });
  const unconditional = levels.length === 0 ? conditions.map(({ compiled }) => compiled) : [];
  return (scope, found) => {
    if (unconditional.some(({ of }) => of(scope) !== true)) return;
    visit(levels, 0, scope, found);
  };
}

function visit(levels: readonly Level[], index: number, scope: Scope, found: () => boolean | void): boolean {
  const level = levels[index];
  if (!level) return found() !== false;
  const { opened, lookup, conditions, afterwards } = level;
  let any = false;
  const candidates = lookup && opened.table ? byIndex(opened.table, lookup, scope) : opened.rows(scope);
  for (const row of candidates) {
    scope.rows[index] = row;
    if (!all(conditions, scope)) continue;
    any = true;
    if (all(afterwards, scope) && !visit(levels, index + 1, scope, found)) return false;
  }
  if (level.left && !any) {
    scope.rows[index] = undefined;
    if (all(afterwards, scope) && !visit(levels, index + 1, scope, found)) return false;
  }
  return true;
}

function all(conditions: readonly Compiled[], scope: Scope): boolean {
  for (const { of } of conditions) if (of(scope) !== true) return false;
  return true;
}

function* byIndex(table: Table, lookup: Lookup, scope: Scope): Iterable<Row> {
  for (const value of new Set(lookup.values(scope))) yield* table.find(lookup.column, value);
}

/** `level`: the last source that the condition names; -1 when none of this select. */
function condition(maker: SourceMaker, expression: Expression, names: Names) {
  names.used = new Set();
  const compiled = maker.expressions.compile(expression, names);
  return { expression, compiled, level: Math.max(-1, ...names.used) };
}

/** An equation between an indexed column of this source and something known before. */
function lookupAmong(
  maker: SourceMaker,
  conditions: readonly Expression[],
  { alias, columns, table }: Opened,
  index: number,
  names: Names,
): Lookup | undefined {
  for (const each of conditions) {
    const sides =
      each.kind === 'any'
        ? [[each.of, each.array]]
        : each.kind === 'binary' && each.sign === '='
          ? [
              [each.left, each.right],
              [each.right, each.left],
            ]
          : [];
    for (const [column, value] of sides) {
      if (column?.kind !== 'column' || value === undefined || !table?.isIndexed(column.name)) continue;
      if (column.table !== undefined && column.table !== alias) continue;
      const isOwn = names.find(column.table, column.name);
      if (isOwn.depth !== 0 || isOwn.index !== index) continue;
      names.used = new Set();
      const compiled = maker.expressions.compile(value, names);
      if ([...names.used].some((used) => used >= index)) continue;
      const read = columns.get(column.name) === 'timestamptz' ? instantMs : (known: unknown) => known;
      return {
        column: column.name,
        values: (scope) => {
          const known = compiled.of(scope);
          return each.kind === 'any' ? ((known ?? []) as unknown[]).map(read) : [read(known)];
        },
      };
    }
  }
  return undefined;
}

function open(maker: SourceMaker, source: Source, names: Names): Opened {
  if (source.kind === 'select') {
    // Lateral: it sees the sources before it, as the row at hand has them.
    const { columns, run } = maker.select(source.select, names);
    return { alias: source.alias, columns: typesOf(columns), table: undefined, rows: run };
  }
  if (source.kind === 'recordset') {
    const { of } = maker.expressions.compile(source.of, names);
    return {
      alias: source.alias,
      columns: typesOf(source.columns),
      table: undefined,
      rows: (scope) => {
        const read = stored(of(scope), 'jsonb') as Row[];
        return read.map((row) =>
          Object.fromEntries(source.columns.map(({ name, type }) => [name, stored(row[name], type)])),
        );
      },
    };
  }
  const cte = maker.ctes.get(source.name);
  if (cte) {
    return { alias: source.alias, columns: cte, table: undefined, rows: ({ run }) => run.ctes.get(source.name) ?? [] };
  }
  const table = maker.tables.get(source.name);
  if (!table) throw new Error(`the simulated database knows no table ${source.name}`);
  const columns = new Map([...table.columns.values()].map(({ name, type }) => [name, type]));
  return { alias: source.alias, columns, table, rows: () => table.rows };
}

const typesOf = (columns: readonly { name: string; type: string }[]): ReadonlyMap<string, string> =>
  new Map(columns.map(({ name, type }) => [name, type]));
