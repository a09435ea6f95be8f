/**
 * A database in memory for the hub's own SQL: the statements of src/ run as they are, over the tables of src/db/schema.txt.
 * One statement runs at a time, so what Postgres does about concurrent ones is not simulated here (see
 * test/hub/many-processes.test.ts). test/chaos/simulation/same-as-postgres.test.ts holds it to the real thing.
 */
import { parse } from './parse.ts';
import { readTables } from './schema.ts';
import { StatementCompiler, type Plan } from './statement.ts';
import type { Row, Table, Undo } from './table.ts';

export interface QueryResult {
  readonly rows: Row[];
  readonly rowCount: number;
}

export class MemoryDatabase {
  readonly tables: ReadonlyMap<string, Table>;
  readonly #compiler: StatementCompiler;
  readonly #plans = new Map<string, Plan>();
  #sequence = 0;

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number) {
    this.tables = readTables(now, { next: () => (this.#sequence += 1) });
    this.#compiler = new StatementCompiler(this.tables, now);
  }

  /** The last number that an identity column was given. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Empty again; what was compiled stays. */
  clear(): void {
    for (const table of this.tables.values()) table.clear();
    this.#sequence = 0;
  }

  /** Runs one statement; changes nothing when it throws. What undoes it is added to `undo`. */
  run(text: string, values: readonly unknown[] = [], undo: Undo = []): QueryResult {
    let plan = this.#plans.get(text);
    if (!plan) {
      plan = this.#compiler.compile(parse(text));
      this.#plans.set(text, plan);
    }
    const own: Undo = [];
    try {
      const { rows, count } = plan(values, own);
      undo.push(...own);
      return { rows, rowCount: count };
    } catch (error) {
      undoAll(own);
      throw error;
    }
  }

  rows(table: string): Iterable<Row> {
    return this.tables.get(table)?.rows ?? [];
  }
}

export function undoAll(undo: Undo): void {
  for (let work = undo.pop(); work; work = undo.pop()) work();
}
