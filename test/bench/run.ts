/** `npm run bench`: the table of speed, bench by bench. Exit code 0: measured; 1: what the hub did was wrong; 2: it could not run. */
import { loadavg } from 'node:os';
import { ProgressBar } from '../../src/cli/progress-bar.ts';
import type { Bench, Settings } from './bench.ts';
import { flame } from './flame/command.ts';
import { guard } from './guard.ts';
import { listBenches } from './list-benches.ts';
import { commit, machine } from './machine.ts';
import { measure } from './measure.ts';
import { shown } from './numbers.ts';
import { chosen, helpOf, readOptions, type Options } from './options.ts';
import { tableOf, writeReport } from './report.ts';
import { keepResult, newestResults, RESULTS } from './results.ts';
import { seed } from './seed/command.ts';

// By way of exit, whose listeners take the processes along.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

// Without waiting for what is left: a socket of a server that was stopped in the midst of it can keep Node from ending.
process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }),
);

async function main([first, ...more]: readonly string[]): Promise<number> {
  if (first === 'seed') return seed(more);
  if (first === 'flame') return flame(more);
  const options = readOptions([...(first === undefined ? [] : [first]), ...more]);
  const benches = await listBenches();
  if (options.help) {
    process.stdout.write(helpOf(benches));
    return 0;
  }
  if (options.report) {
    await writeReport(benches, newestResults(options.json ?? RESULTS));
    return 0;
  }
  if (options.guard) return guard(benches, options);
  return runAll(chosen(benches, options), options);
}

async function runAll(benches: readonly Bench[], options: Options): Promise<number> {
  const here = machine();
  process.stdout.write(
    `Node ${here.node}, ${here.cores} × ${here.processor}, ${here.memoryGb} GB; the load, the hub and Postgres share them\n`,
  );
  const [busy = 0] = loadavg();
  if (busy > 0.5) process.stdout.write(`The machine is not quiet (load ${shown(busy)}): believe the ratios only.\n`);
  if (options.scale < 1)
    process.stdout.write(`A trial at ${options.scale} of the counts: its figures prove nothing.\n`);
  let isWrong = false;
  for (const bench of benches) {
    const result = await runOne(bench, options);
    isWrong ||= result.faults.length > 0;
    if (options.json !== undefined) keepResult(options.json, result);
    process.stdout.write(`\n${bench.row} ${bench.name}: ${bench.title}\n${bench.what}\n\n${tableOf(bench, result)}\n`);
  }
  return isWrong ? 1 : 0;
}

async function runOne(bench: Bench, options: Options) {
  const bar = new ProgressBar(process.stderr);
  const startedAt = performance.now();
  const before = {
    bench: bench.name,
    row: bench.row,
    at: new Date().toISOString(),
    commit: commit(),
    machine: machine(),
    load: loadavg()[0] ?? 0,
    scale: options.scale,
  };
  const total = options.rounds ?? bench.rounds ?? 5;
  const settings: Settings = {
    ...options,
    say: (text) => bar.show(Number(/^round (\d+)/.exec(text)?.[1] ?? 1) - 1, total, `${bench.name}: ${text}`),
  };
  settings.say('starts');
  const outcome = await measure(bench, settings, options.rounds);
  bar.end();
  return { ...before, ...outcome, seconds: Math.round((performance.now() - startedAt) / 1000) };
}
