/** `npm run chaos`: every row of the matrix on real processes; one line per row and queue, exit code 1 on any violation. */
import { NoRedis, type Driver } from './cluster.ts';
import { listDefects } from './defects/list-defects.ts';
import { runDefects } from './defects/run-defects.ts';
import { listRows } from './list-rows.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { writeReport } from './report.ts';
import { keepResult, readResults, type Result } from './results.ts';
import type { Row } from './row.ts';
import { runRow } from './run-row.ts';

/** Between the first seeds of two rows: a batch takes one each. */
const SEEDS_APART = 100_000;

// Without waiting for what is left: a socket that a fault left with half a write on it can keep Node from ending for ever.
process.exit(
  await main().catch((error: unknown) => {
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }),
);

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const rows = await listRows();
  if (options.report) {
    await writeReport(rows, readResults(), await listDefects());
    return 0;
  }
  const unknown = options.faults.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0)
    throw new Error(`no row ${unknown.join(', ')}; there are ${rows.map(({ name }) => name).join(', ')}`);
  const { defects } = options;
  if (defects) return withEnding(options, (ending) => runDefects({ ...options, names: defects, ending }));
  const chosen = rows.filter(({ name }) => options.faults.length === 0 || options.faults.includes(name));
  return withEnding(options, (ending) => runAll(chosen, options, ending));
}

/** Aborted when the time is over, or by Ctrl-C. */
async function withEnding({ minutes }: Options, work: (ending: AbortSignal) => Promise<number>): Promise<number> {
  const ending = new AbortController();
  process.once('SIGINT', () => ending.abort());
  // By way of exit, whose listeners take the processes along.
  process.once('SIGTERM', () => process.exit(143));
  const timer = setTimeout(() => ending.abort(), (minutes ?? 24 * 60) * 60_000);
  return work(ending.signal).finally(() => clearTimeout(timer));
}

async function runAll(rows: readonly Row[], options: Options, ending: AbortSignal): Promise<number> {
  let seed = options.seed ?? Math.floor(Date.now() / 1000);
  let failed = false;
  for (const row of rows) {
    for (const driver of row.drivers.filter((each) => options.drivers.includes(each))) {
      const trials = options.trials ?? Math.max(0, row.wanted - (options.resume ? doneOf(row.name, driver) : 0));
      if (trials === 0 || ending.aborted) continue;
      const result = await runOne(row, { driver, trials, seed, ending });
      if (result && options.resume) keepResult(result);
      if (result && result.violations.length > 0) failed = true;
      seed += SEEDS_APART;
    }
  }
  return failed ? 1 : 0;
}

/** Undefined when it could not be run here. */
async function runOne(
  row: Row,
  wish: { readonly driver: Driver; readonly trials: number; readonly seed: number; readonly ending: AbortSignal },
): Promise<Result | undefined> {
  try {
    const result = await runRow(row, { ...wish, say: (text) => process.stderr.write(`${text}\n`) });
    process.stdout.write(lineOf(result));
    for (const { invariant, detail, seed } of result.violations) {
      process.stderr.write(`  ${invariant} ${detail} (seed ${seed})\n`);
    }
    return result;
  } catch (error) {
    if (!(error instanceof NoRedis)) throw error;
    process.stdout.write(`skip ${row.name} ${wish.driver}: NOT TESTED, ${error.message}\n`);
    return undefined;
  }
}

function doneOf(row: string, driver: string): number {
  const ours = readResults().filter((each) => each.row === row && each.driver === driver && each.mended === undefined);
  return ours.reduce((sum, { trials }) => sum + trials, 0);
}

function lineOf(result: Result): string {
  const { violations, unknown, recoveryMs } = result;
  const parts = [
    `${result.trials} trials`,
    `${result.operations} operations`,
    `${violations.length} violations`,
    `unknown ${unknown.resolved} resolved ${unknown.parked} parked`,
    ...(recoveryMs.p50 === null ? [] : [`recovery p50 ${recoveryMs.p50} ms p95 ${recoveryMs.p95} ms`]),
    ...Object.entries(result.notes).map(([name, value]) => `${name} ${value}`),
    `seed ${result.seed}`,
    `${result.seconds} s`,
  ];
  return `${violations.length === 0 ? 'ok  ' : 'FAIL'} ${result.row} ${result.driver}: ${parts.join(', ')}\n`;
}
