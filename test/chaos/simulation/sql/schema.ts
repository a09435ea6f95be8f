/** The hub's tables as src/db/schema.txt describes them: columns, defaults, unique keys and checks are the real ones. */
import { readFileSync } from 'node:fs';
import { ExpressionCompiler } from './expression.ts';
import { parseExpression } from './parse.ts';
import { Names, type RunContext } from './scope.ts';
import { Table, type Column, type Row } from './table.ts';
import { stored } from './values.ts';

const SCHEMA = new URL('../../../../src/db/schema.txt', import.meta.url);
const NO_RUN: RunContext = { parameters: [], ctes: new Map() };

export interface Sequences {
  next(): number;
}

export function readTables(now: () => number, sequences: Sequences): Map<string, Table> {
  const expressions = new ExpressionCompiler(() => {
    throw new Error('a constraint has no subquery');
  }, now);
  const tables = new Map<string, Table>();
  for (const block of readFileSync(SCHEMA, 'utf8').split('\n\n')) {
    const [head = '', ...lines] = block.split('\n');
    const [, name] = /^table (\w+)(?: partition by .*)?$/.exec(head) ?? [];
    if (name === undefined) continue;
    tables.set(name, readTable(name, lines, expressions, sequences));
  }
  return tables;
}

function readTable(
  name: string,
  lines: readonly string[],
  expressions: ExpressionCompiler,
  sequences: Sequences,
): Table {
  const columns: Column[] = [];
  const indexed = new Set<string>();
  const uniques: { name: string; columns: string; rest: string }[] = [];
  const checks: { name: string; text: string }[] = [];
  for (const line of lines) {
    const [, constraint, kind, rest] = /^ {2}constraint (\w+) (PRIMARY KEY|UNIQUE|CHECK) \((.*)\)$/.exec(line) ?? [];
    const [, unique, index, on, more] =
      /^ {2}CREATE (UNIQUE )?INDEX (\w+) .*? USING btree \((.*?)\)( .*)?$/.exec(line) ?? [];
    if (constraint && kind === 'CHECK') checks.push({ name: constraint, text: rest ?? '' });
    else if (constraint) uniques.push({ name: constraint, columns: rest ?? '', rest: '' });
    else if (unique && index) uniques.push({ name: index, columns: on ?? '', rest: more ?? '' });
    if (on ?? (constraint && kind !== 'CHECK' ? rest : undefined)) indexed.add(/\w+/.exec(on ?? rest ?? '')?.[0] ?? '');
    const column =
      /^ {2}(?!constraint |CREATE |trigger )(\w+) (.+?)( not null)?(?: default (.+)| (generated .+))?$/.exec(line);
    if (column) columns.push(readColumn(column, expressions, sequences));
  }
  const table = new Table(
    name,
    columns,
    [...indexed].filter((each) => columns.some((column) => column.name === each)),
  );
  const test = (text: string): ((row: Row) => unknown) => {
    const names = new Names(undefined);
    names.sources.push({ alias: name, columns: new Map(columns.map((each) => [each.name, each.type])) });
    const { of } = expressions.compile(parseExpression(text), names);
    return (row) => of({ rows: [row], up: undefined, run: NO_RUN });
  };
  for (const { name: check, text } of checks) {
    const holds = test(text);
    table.checks.push({ name: check, holds: (row) => holds(row) !== false });
  }
  for (const unique of uniques) table.uniques.push(readUnique(unique, test));
  return table;
}

function readUnique(
  { name, columns: on, rest }: { name: string; columns: string; rest: string },
  test: (text: string) => (row: Row) => unknown,
) {
  const [, condition] = /WHERE (.*)$/.exec(rest) ?? [];
  const concerns = condition === undefined ? undefined : test(condition);
  const nulls = rest.includes('NULLS NOT DISTINCT');
  const columns = on.split(', ');
  const values = columns.map(test);
  return {
    name,
    columns,
    isPartial: concerns !== undefined || columns.some((column) => column.includes('(')),
    rows: new Map<string, Row>(),
    key: (row: Row): string | undefined => {
      if (concerns && concerns(row) !== true) return undefined;
      let key = '';
      for (const value of values) {
        const part = value(row);
        if (part === null && !nulls) return undefined;
        key += `${String(part)}\u0000`;
      }
      return key;
    },
  };
}

function readColumn(
  [, name = '', sqlType = '', notNull, fallback, identity]: RegExpExecArray,
  expressions: ExpressionCompiler,
  sequences: Sequences,
): Column {
  const type = sqlType === 'timestamp with time zone' ? 'timestamptz' : sqlType;
  let fill: Column['fill'];
  if (identity) fill = () => sequences.next();
  else if (fallback !== undefined) {
    const { of } = expressions.compile(parseExpression(fallback), new Names(undefined));
    fill = () => stored(type.endsWith('[]') ? [] : of({ rows: [], up: undefined, run: NO_RUN }), type);
  }
  return { name, type, notNull: notNull !== undefined, fill };
}
