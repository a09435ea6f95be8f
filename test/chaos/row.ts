/** A row of the matrix: one fault. Each file of rows/ exports one as `row`, and is found by listing. */
import type { Driver, OwnedCluster, Shape } from './cluster.ts';
import type { Tally } from './tally.ts';

export interface RowRun {
  readonly driver: Driver;
  /** At most; a row ends earlier when `ending` is aborted. */
  readonly trials: number;
  /** The first; a batch takes the next one each. */
  readonly seed: number;
  readonly tally: Tally;
  /** The time given is over: finish the batch at hand, and check it. */
  readonly ending: AbortSignal;
  /** A line of progress. */
  say(text: string): void;
  /** A hub of its own; disposed by the row. */
  cluster(shape?: Omit<Shape, 'driver'>): Promise<OwnedCluster>;
}

export interface Row {
  /** The file's name without .ts. */
  readonly name: string;
  /** Place in the report. */
  readonly order: number;
  /** What is done to the hub, for the report. */
  readonly fault: string;
  /** Trials that the report asks for, of each driver in `drivers`. */
  readonly wanted: number;
  /** Whose queue matters to this fault; a row that no queue matters to has pg-boss only. */
  readonly drivers: readonly Driver[];
  /** What one trial is, for the report. */
  readonly trial: string;
  run(run: RowRun): Promise<void>;
}
