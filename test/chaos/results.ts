/** Outcomes of runs, one line of JSON per row and run, so that the report is gathered over many runs. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from './cluster.ts';
import { percentile, type Tally, type Violation } from './tally.ts';

const FILE = join(import.meta.dirname, '../../docs/reliability-results.jsonl');

export interface Result {
  readonly row: string;
  readonly driver: Driver;
  readonly trials: number;
  readonly operations: number;
  readonly violations: readonly Violation[];
  /** The first; each batch took the next one. */
  readonly seed: number;
  readonly commit: string;
  readonly at: string;
  readonly seconds: number;
  /** Transactions whose outcome was unknown at some time, by what became of them. */
  readonly unknown: { readonly resolved: number; readonly parked: number };
  /** From a fault until everything begun before it was settled. */
  readonly recoveryMs: { readonly p50: number | null; readonly p95: number | null };
  readonly notes: Readonly<Record<string, number | string>>;
  /**
   * Written by hand, when what broke a promise was mended: what it was. The run proves nothing of the hub as it is now, so its
   * trials do not count; the report tells of it.
   */
  readonly mended?: string;
}

export function resultOf(
  { row, driver, seed, seconds }: Pick<Result, 'row' | 'driver' | 'seed' | 'seconds'>,
  tally: Tally,
): Result {
  return {
    row,
    driver,
    trials: tally.trials,
    operations: tally.operations,
    violations: tally.violations.slice(0, 50),
    seed,
    commit: commit(),
    at: new Date().toISOString(),
    seconds: Math.round(seconds),
    unknown: { resolved: tally.resolved, parked: tally.parked },
    recoveryMs: {
      p50: percentile(tally.recoveriesMs, 0.5) ?? null,
      p95: percentile(tally.recoveriesMs, 0.95) ?? null,
    },
    notes: tally.notes,
  };
}

export function keepResult(result: Result): void {
  appendFileSync(FILE, `${JSON.stringify(result)}\n`);
}

/** Oldest first; none before the first run. */
export function readResults(): Result[] {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Result);
}

/** What was tested; with a plus where the tree had changes of its own. */
export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', '../../src', '../../adapters') === '' ? '' : '+')
    );
  } catch {
    return 'unknown';
  }
}
