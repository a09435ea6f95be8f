/** Runs one row under one queue driver. */
import { NoRedis, startCluster, type Driver, type OwnedCluster, type Shape } from './cluster.ts';
import { resultOf, type Result } from './results.ts';
import type { Row } from './row.ts';
import { Tally } from './tally.ts';

export interface RowWish {
  readonly driver: Driver;
  readonly trials: number;
  readonly seed: number;
  readonly ending: AbortSignal;
  readonly say: (text: string) => void;
  /** Default: one of its own for every time that the row asks. */
  readonly cluster?: (shape: Shape) => Promise<OwnedCluster>;
}

/** A row that breaks off is a violation of its own: what it has not judged is not proved. Throws NoRedis. */
export async function runRow(
  row: Row,
  { driver, trials, seed, ending, say, cluster = startCluster }: RowWish,
): Promise<Result> {
  const tally = new Tally();
  const begun = performance.now();
  try {
    await row.run({
      driver,
      trials,
      seed,
      tally,
      ending,
      say: (text) => say(`${row.name} ${driver}: ${text}`),
      cluster: (shape = {}) => cluster({ ...shape, driver }),
    });
  } catch (error) {
    if (error instanceof NoRedis) throw error;
    tally.violate(seed, 'run', error instanceof Error ? (error.stack ?? error.message).slice(-2_000) : String(error));
  }
  return resultOf({ row: row.name, driver, seed, seconds: (performance.now() - begun) / 1000 }, tally);
}
