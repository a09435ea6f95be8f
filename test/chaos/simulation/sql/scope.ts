/** Where the names in an expression are looked up. */
import type { Row } from './table.ts';

/** One select at work: a row of each of its sources, and the select around it. */
export interface Scope {
  readonly rows: (Row | undefined)[];
  readonly up: Scope | undefined;
  readonly run: RunContext;
  /** The rows of an aggregate. */
  group?: readonly (Row | undefined)[][];
}

export interface RunContext {
  readonly parameters: readonly unknown[];
  /** What the `with` parts returned. */
  readonly ctes: Map<string, readonly Row[]>;
}

interface Named {
  readonly alias: string;
  readonly columns: ReadonlyMap<string, string>;
}

/** The same at the time of compiling. */
export class Names {
  readonly sources: Named[] = [];
  readonly up: Names | undefined;
  /** Indexes of the sources that were named since this was last emptied. */
  used = new Set<number>();
  hasAggregate = false;

  constructor(up: Names | undefined) {
    this.up = up;
  }

  find(table: string | undefined, name: string): { depth: number; index: number; type: string } {
    const index = this.sources.findIndex(
      (each) => (table === undefined || each.alias === table) && each.columns.has(name),
    );
    if (index !== -1) {
      this.used.add(index);
      return { depth: 0, index, type: this.sources[index]?.columns.get(name) ?? '' };
    }
    if (this.up) {
      const outer = this.up.find(table, name);
      return { ...outer, depth: outer.depth + 1 };
    }
    throw new Error(`the simulated database knows no column ${table === undefined ? '' : `${table}.`}${name}`);
  }
}
