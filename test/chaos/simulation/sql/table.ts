/** A table in memory: rows, unique keys, hash indexes, and an undo for each change. */

export type Row = Record<string, unknown>;

export interface Column {
  readonly name: string;
  /** `timestamptz` is kept as milliseconds, `jsonb` as its value, the rest as pg hands it to JavaScript. */
  readonly type: string;
  readonly notNull: boolean;
  readonly fill: (() => unknown) | undefined;
}

export interface Unique {
  readonly name: string;
  /** The key of a row; undefined when the constraint does not concern it. */
  readonly key: (row: Row) => string | undefined;
  readonly columns: readonly string[];
  /** It holds under a condition, or of expressions: any change may concern it. */
  readonly isPartial: boolean;
  readonly rows: Map<string, Row>;
}

export interface Check {
  readonly name: string;
  readonly holds: (row: Row) => boolean;
}

/** As node-postgres throws it (PostgreSQL, Appendix A). */
export class Violation extends Error {
  readonly code: string;
  readonly constraint: string;
  constructor(code: string, constraint: string, what: string) {
    super(`${what} violates "${constraint}"`);
    this.code = code;
    this.constraint = constraint;
  }
}

export type Undo = (() => void)[];

export class Table {
  readonly name: string;
  readonly columns: ReadonlyMap<string, Column>;
  readonly rows = new Set<Row>();
  readonly uniques: Unique[] = [];
  readonly checks: Check[] = [];
  readonly #indexes = new Map<string, Map<unknown, Set<Row>>>();

  constructor(name: string, columns: readonly Column[], indexed: readonly string[]) {
    this.name = name;
    this.columns = new Map(columns.map((each) => [each.name, each]));
    for (const column of indexed) this.#indexes.set(column, new Map());
  }

  clear(): void {
    this.rows.clear();
    for (const { rows } of this.uniques) rows.clear();
    for (const index of this.#indexes.values()) index.clear();
  }

  isIndexed(column: string): boolean {
    return this.#indexes.has(column);
  }

  /** In the order of their insertion. */
  find(column: string, value: unknown): Iterable<Row> {
    return this.#indexes.get(column)?.get(value) ?? [];
  }

  insert(row: Row, undo: Undo): void {
    this.#validate(row);
    for (const unique of this.uniques) {
      const key = unique.key(row);
      if (key !== undefined && unique.rows.has(key)) throw new Violation('23505', unique.name, `a row of ${this.name}`);
    }
    this.#add(row);
    undo.push(() => this.#drop(row));
  }

  update(row: Row, changes: Row, undo: Undo): void {
    const before: Row = {};
    for (const column of Object.keys(changes)) before[column] = row[column];
    const changed = { ...row, ...changes };
    this.#validate(changed);
    for (const unique of this.#touched(changes)) {
      const key = unique.key(changed);
      const owner = key === undefined ? undefined : unique.rows.get(key);
      if (owner !== undefined && owner !== row) throw new Violation('23505', unique.name, `a row of ${this.name}`);
    }
    this.#rekey(row, changes);
    undo.push(() => this.#rekey(row, before));
  }

  #touched(changes: Row): Unique[] {
    return this.uniques.filter(({ columns, isPartial }) => isPartial || columns.some((column) => column in changes));
  }

  delete(row: Row, undo: Undo): void {
    this.#drop(row);
    undo.push(() => this.#add(row));
  }

  #rekey(row: Row, changes: Row): void {
    const touched = this.#touched(changes);
    for (const unique of touched) {
      const key = unique.key(row);
      if (key !== undefined) unique.rows.delete(key);
    }
    for (const [column, index] of this.#indexes) {
      if (column in changes && changes[column] !== row[column]) {
        index.get(row[column])?.delete(row);
        group(index, changes[column]).add(row);
      }
    }
    Object.assign(row, changes);
    for (const unique of touched) {
      const key = unique.key(row);
      if (key !== undefined) unique.rows.set(key, row);
    }
  }

  #add(row: Row): void {
    this.rows.add(row);
    for (const unique of this.uniques) {
      const key = unique.key(row);
      if (key !== undefined) unique.rows.set(key, row);
    }
    for (const [column, index] of this.#indexes) group(index, row[column]).add(row);
  }

  #drop(row: Row): void {
    this.rows.delete(row);
    for (const unique of this.uniques) {
      const key = unique.key(row);
      if (key !== undefined) unique.rows.delete(key);
    }
    for (const [column, index] of this.#indexes) index.get(row[column])?.delete(row);
  }

  #validate(row: Row): void {
    for (const { name, notNull } of this.columns.values()) {
      if (notNull && row[name] === null) throw new Violation('23502', name, `null in ${this.name}.${name}`);
    }
    for (const check of this.checks) {
      if (!check.holds(row)) throw new Violation('23514', check.name, `a row of ${this.name}`);
    }
  }
}

function group(index: Map<unknown, Set<Row>>, value: unknown): Set<Row> {
  const found = index.get(value);
  if (found) return found;
  const made = new Set<Row>();
  index.set(value, made);
  return made;
}
