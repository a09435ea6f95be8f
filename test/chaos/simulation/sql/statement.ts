/** Makes a function of a statement. */
import { ExpressionCompiler, type Compiled } from './expression.ts';
import { Names, type RunContext, type Scope } from './scope.ts';
import { compileJoin, type SourceMaker } from './sources.ts';
import type { Assignment, Body, Delete, From, Insert, Item, Select, Statement, Update } from './syntax.ts';
import type { Row, Table, Undo } from './table.ts';
import { order, shown, stored } from './values.ts';

interface Result {
  readonly rows: Row[];
  /** Rows returned, or changed. */
  readonly count: number;
}

interface Part {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly run: (context: RunContext, undo: Undo) => Result;
}

export type Plan = (parameters: readonly unknown[], undo: Undo) => Result;

export class StatementCompiler {
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #now: () => number;

  constructor(tables: ReadonlyMap<string, Table>, now: () => number) {
    this.#tables = tables;
    this.#now = now;
  }

  compile(statement: Statement): Plan {
    const ctes = new Map<string, ReadonlyMap<string, string>>();
    const maker = this.#maker(ctes);
    const parts = statement.with.map(({ name, body }) => {
      const part = compileBody(maker, body);
      ctes.set(name, new Map(part.columns.map((each) => [each.name, each.type])));
      return { name, part };
    });
    const main = compileBody(maker, statement.body);
    return (parameters, undo) => {
      const context: RunContext = { parameters, ctes: new Map() };
      for (const { name, part } of parts) context.ctes.set(name, part.run(context, undo).rows);
      const { rows, count } = main.run(context, undo);
      return {
        rows: rows.map((row) =>
          Object.fromEntries(main.columns.map(({ name, type }) => [name, shown(row[name], type)])),
        ),
        count,
      };
    };
  }

  /** A condition on one row of a table. */
  #maker(ctes: ReadonlyMap<string, ReadonlyMap<string, string>>): SourceMaker {
    const select: SourceMaker['select'] = (inner, names) => compileSelect(maker, inner, names);
    const expressions = new ExpressionCompiler(select, this.#now);
    const maker: SourceMaker = { tables: this.#tables, ctes, expressions, select };
    return maker;
  }
}

function compileBody(maker: SourceMaker, body: Body): Part {
  switch (body.kind) {
    case 'select': {
      const { columns, run } = compileSelect(maker, body, undefined);
      return {
        columns,
        run: (context) => {
          const rows = run({ rows: [], up: undefined, run: context });
          return { rows, count: rows.length };
        },
      };
    }
    case 'insert':
      return compileInsert(maker, body);
    case 'update':
      return compileChange(maker, body, body.set);
    case 'delete':
      return compileChange(maker, body, undefined);
    default:
      return body satisfies never;
  }
}

function tableOf(maker: SourceMaker, name: string): Table {
  const table = maker.tables.get(name);
  if (!table) throw new Error(`the simulated database knows no table ${name}`);
  return table;
}

function compileItems(maker: SourceMaker, items: readonly Item[], names: Names) {
  return items.flatMap((item) => {
    if (!item.star) return [{ name: item.name, ...maker.expressions.compile(item.value, names) }];
    throw new Error('the simulated database wants columns by their names');
  });
}

const project = (items: readonly (Compiled & { readonly name: string })[], scope: Scope): Row => {
  const row: Row = {};
  for (const { name, of } of items) row[name] = of(scope);
  return row;
};

function compileSelect(maker: SourceMaker, select: Select, up: Names | undefined) {
  const names = new Names(up);
  const join = compileJoin(maker, select.from, select.where, names);
  names.hasAggregate = false;
  const items = compileItems(maker, select.items, names);
  const { hasAggregate } = names;
  const orders = select.order.map(({ by, descending }) => ({
    by: maker.expressions.compile(by, names),
    sign: descending ? -1 : 1,
  }));
  const limit = select.limit && maker.expressions.compile(select.limit, names);
  const run = (outer: Scope): Row[] => {
    const scope: Scope = { rows: [], up: outer, run: outer.run };
    if (hasAggregate) {
      const group: (Row | undefined)[][] = [];
      join(scope, () => void group.push([...scope.rows]));
      return [project(items, { ...scope, group })];
    }
    const most = limit ? Number(limit.of(scope)) : Infinity;
    const found: { readonly row: Row; readonly keys: readonly unknown[] }[] = [];
    join(scope, () => {
      found.push({ row: project(items, scope), keys: orders.map(({ by }) => by.of(scope)) });
      return orders.length > 0 || found.length < most;
    });
    if (orders.length > 0) {
      found.sort((a, b) => {
        for (const [index, { sign }] of orders.entries()) {
          const ordered = order(a.keys[index], b.keys[index]);
          if (ordered !== 0) return ordered * sign;
        }
        return 0;
      });
    }
    return found.slice(0, most).map(({ row }) => row);
  };
  return { columns: items.map(({ name, type }) => ({ name, type })), run };
}

function compileSet(maker: SourceMaker, table: Table, set: readonly Assignment[], names: Names) {
  return set.map(({ column, value }) => {
    const { type } = table.columns.get(column) ?? {};
    if (type === undefined) throw new Error(`the simulated database knows no column ${table.name}.${column}`);
    return { name: column, type, of: maker.expressions.compile(value, names).of };
  });
}

const changesOf = (set: ReturnType<typeof compileSet>, scope: Scope): Row => {
  const changes: Row = {};
  for (const { name, type, of } of set) changes[name] = stored(of(scope), type);
  return changes;
};

/** Update and delete: the other sources first, so that the table itself is found by its index. */
function compileChange(
  maker: SourceMaker,
  change: Update | Delete,
  assignments: readonly Assignment[] | undefined,
): Part {
  const table = tableOf(maker, change.table);
  const target: From = {
    source: { kind: 'table', name: change.table, alias: change.alias },
    left: false,
    on: undefined,
  };
  const names = new Names(undefined);
  const join = compileJoin(maker, [...change.from, target], change.where, names);
  const at = change.from.length;
  const set = assignments && compileSet(maker, table, assignments, names);
  const items = change.returning && compileItems(maker, change.returning, names);
  return {
    columns: (items ?? []).map(({ name, type }) => ({ name, type })),
    run: (context, undo) => {
      const scope: Scope = { rows: [], up: undefined, run: context };
      const hits = new Map<Row, { readonly rows: (Row | undefined)[]; readonly changes: Row }>();
      join(scope, () => {
        const row = scope.rows[at];
        if (row && !hits.has(row)) hits.set(row, { rows: [...scope.rows], changes: set ? changesOf(set, scope) : {} });
      });
      const rows: Row[] = [];
      for (const [row, hit] of hits) {
        if (set) table.update(row, hit.changes, undo);
        else table.delete(row, undo);
        if (items) rows.push(project(items, { rows: hit.rows, up: undefined, run: context }));
      }
      return { rows, count: hits.size };
    },
  };
}

function compileInsert(maker: SourceMaker, insert: Insert): Part {
  const table = tableOf(maker, insert.table);
  const values = compileValues(maker, insert);
  const names = new Names(undefined);
  const columns = new Map([...table.columns.values()].map(({ name, type }) => [name, type]));
  names.sources.push({ alias: insert.alias, columns });
  const items = insert.returning && compileItems(maker, insert.returning, names);
  names.sources.push({ alias: 'excluded', columns });
  const { conflict } = insert;
  const set = conflict?.set && compileSet(maker, table, conflict.set, names);
  const where = conflict?.where && maker.expressions.compile(conflict.where, names);
  const uniques = table.uniques.filter(
    ({ columns: of }) => conflict?.columns === undefined || of.toSorted().join() === conflict.columns.toSorted().join(),
  );
  return {
    columns: (items ?? []).map(({ name, type }) => ({ name, type })),
    run: (context, undo) => {
      const rows: Row[] = [];
      let count = 0;
      for (const given of values(context)) {
        const row = filled(table, insert.columns, given);
        const rival = conflict && uniques.map((each) => each.rows.get(each.key(row) ?? '')).find((each) => each);
        const scope: Scope = { rows: [rival ?? row, row], up: undefined, run: context };
        if (!rival) table.insert(row, undo);
        else if (set && (!where || where.of(scope) === true)) table.update(rival, changesOf(set, scope), undo);
        else continue;
        count += 1;
        if (items) rows.push(project(items, scope));
      }
      return { rows, count };
    },
  };
}

function compileValues(maker: SourceMaker, { select, rows = [] }: Insert): (context: RunContext) => unknown[][] {
  if (select) {
    const { run, columns } = compileSelect(maker, withPlaces(select), undefined);
    return (context) =>
      run({ rows: [], up: undefined, run: context }).map((row) => columns.map(({ name }) => row[name]));
  }
  const names = new Names(undefined);
  const compiled = rows.map((row) => row.map((each) => maker.expressions.compile(each, names)));
  return (context) => compiled.map((row) => row.map(({ of }) => of({ rows: [], up: undefined, run: context })));
}

/** Two items of a select may have one name; as values of an insert they are told apart by their places. */
const withPlaces = (select: Select): Select => ({
  ...select,
  items: select.items.map((item, index) => ({ ...item, name: `${index}` })),
});

function filled(table: Table, columns: readonly string[], given: readonly unknown[]): Row {
  const row: Row = {};
  for (const { name, type, fill } of table.columns.values()) {
    const index = columns.indexOf(name);
    row[name] = index === -1 ? (fill?.() ?? null) : stored(given[index], type);
  }
  return row;
}
