/** Reads the statements that the hub's code sends. What it does not know it refuses by name: nothing is guessed. */
import { Reader } from './parse-expression.ts';
import type {
  Assignment,
  Body,
  Delete,
  Expression,
  From,
  Insert,
  Item,
  Select,
  Source,
  Statement,
  Update,
} from './syntax.ts';
import { tokensOf } from './tokens.ts';

export function parse(sql: string): Statement {
  const reader = new Reader(tokensOf(sql), select);
  const ctes: { name: string; body: Body }[] = [];
  if (reader.takes('with')) {
    do {
      const name = reader.name();
      reader.expect('as', '(');
      ctes.push({ name, body: body(reader) });
      reader.expect(')');
    } while (reader.takes(','));
  }
  const statement = { with: ctes, body: body(reader) };
  if (!reader.done) throw new Error(`the simulated database cannot read all of: ${sql}`);
  return statement;
}

export function parseExpression(sql: string): Expression {
  return new Reader(tokensOf(sql), select).expression();
}

function body(reader: Reader): Body {
  if (reader.sees('select')) return select(reader);
  if (reader.takes('insert', 'into')) return insert(reader);
  if (reader.takes('update')) return update(reader);
  if (reader.takes('delete', 'from')) return remove(reader);
  throw new Error(`the simulated database knows no statement that begins with ${String(reader.peek()?.text)}`);
}

/** Words that may follow a table's name, and are no alias. */
const AFTER_TABLE = new Set([
  'set',
  'where',
  'on',
  'join',
  'left',
  'order',
  'limit',
  'for',
  'returning',
  'using',
  'from',
  'values',
  'cross',
]);

function alias(reader: Reader, name: string): string {
  if (reader.takes('as')) return reader.name();
  const next = reader.peek();
  return next?.kind === 'word' && !AFTER_TABLE.has(next.text) ? reader.name() : name;
}

function items(reader: Reader): Item[] {
  return reader.list(() => {
    if (reader.takes('*')) return { value: { kind: 'value', value: null }, name: '*', star: true };
    const value = reader.expression();
    const name = reader.takes('as')
      ? reader.name()
      : value.kind === 'column' || value.kind === 'call'
        ? value.name
        : 'column';
    return { value, name, star: value.kind === 'column' && value.name === '*' };
  });
}

function source(reader: Reader): Source {
  reader.takes('lateral');
  if (reader.takes('(')) {
    const inner = select(reader);
    reader.expect(')');
    return { kind: 'select', select: inner, alias: alias(reader, 'subquery') };
  }
  const name = reader.name();
  if (name === 'jsonb_to_recordset') {
    reader.expect('(');
    const of = reader.expression();
    reader.expect(')', 'as');
    const as = reader.name();
    reader.expect('(');
    const columns = reader.list(() => ({ name: reader.name(), type: reader.type() }));
    reader.expect(')');
    return { kind: 'recordset', of, alias: as, columns };
  }
  return { kind: 'table', name, alias: alias(reader, name) };
}

function sources(reader: Reader): From[] {
  const all: From[] = [];
  do {
    all.push({ source: source(reader), left: false, on: undefined });
    while (reader.sees('join') || reader.sees('left', 'join') || reader.sees('cross', 'join')) {
      const left = reader.takes('left');
      const cross = reader.takes('cross');
      reader.expect('join');
      const joined = source(reader);
      if (!cross) reader.expect('on');
      all.push({ source: joined, left, on: cross ? undefined : reader.expression() });
    }
  } while (reader.takes(','));
  return all;
}

const where = (reader: Reader): Expression | undefined => (reader.takes('where') ? reader.expression() : undefined);
const returning = (reader: Reader): Item[] | undefined => (reader.takes('returning') ? items(reader) : undefined);

function select(reader: Reader): Select {
  reader.expect('select');
  const selected = items(reader);
  const from = reader.takes('from') ? sources(reader) : [];
  const condition = where(reader);
  const order = reader.takes('order', 'by')
    ? reader.list(() => {
        const by = reader.expression();
        const descending = reader.takes('desc');
        reader.takes('asc');
        return { by, descending };
      })
    : [];
  const limit = reader.takes('limit') ? reader.expression() : undefined;
  // One statement at a time: nobody else holds a row.
  if (reader.takes('for', 'update') || reader.takes('for', 'key', 'share')) {
    if (reader.takes('of')) reader.list(() => reader.name());
    reader.takes('skip', 'locked');
  }
  return { kind: 'select', items: selected, from, where: condition, order, limit };
}

const assignments = (reader: Reader): Assignment[] =>
  reader.list(() => {
    const column = reader.name();
    reader.expect('=');
    return { column, value: reader.expression() };
  });

function names(reader: Reader): string[] {
  const all = reader.list(() => reader.name());
  reader.expect(')');
  return all;
}

function insert(reader: Reader): Insert {
  const table = reader.name();
  const as = alias(reader, table);
  reader.expect('(');
  const columns = names(reader);
  const rows = reader.takes('values')
    ? reader.list(() => {
        reader.expect('(');
        const row = reader.list(() => reader.expression());
        reader.expect(')');
        return row;
      })
    : undefined;
  const from = rows ? undefined : select(reader);
  let conflict: Insert['conflict'];
  if (reader.takes('on', 'conflict')) {
    const target = reader.takes('(') ? names(reader) : undefined;
    reader.expect('do');
    if (reader.takes('nothing')) conflict = { columns: target, set: undefined, where: undefined };
    else {
      reader.expect('update', 'set');
      conflict = { columns: target, set: assignments(reader), where: where(reader) };
    }
  }
  return { kind: 'insert', table, alias: as, columns, rows, select: from, conflict, returning: returning(reader) };
}

function update(reader: Reader): Update {
  const table = reader.name();
  const as = alias(reader, table);
  reader.expect('set');
  const set = assignments(reader);
  const from = reader.takes('from') ? sources(reader) : [];
  return { kind: 'update', table, alias: as, set, from, where: where(reader), returning: returning(reader) };
}

function remove(reader: Reader): Delete {
  const table = reader.name();
  const as = alias(reader, table);
  const from = reader.takes('using') ? sources(reader) : [];
  return { kind: 'delete', table, alias: as, from, where: where(reader), returning: returning(reader) };
}
