import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Row, RowRun } from '../row.ts';

const PROGRAM = join(import.meta.dirname, '../simulate.ts');
const OPERATIONS = 100;
/** Of one process: a few seconds' work, so that a row ends soon after it is told to. */
const SEEDS = 200;

interface Simulated {
  readonly operations: number;
  readonly broken: readonly { readonly seed: number; readonly promise: string; readonly what: string }[];
}

/** Runs seeds in a process of their own, whose globals are virtual. Throws when it ends without an account of them. */
async function simulate(seed: number, seeds: number): Promise<Simulated> {
  const child = spawn(
    process.execPath,
    [PROGRAM, '--seeds', String(seeds), '--ops', String(OPERATIONS), '--from', String(seed)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = (await text(child.stdout)).split('\n');
  const total = lines.map((line) => /^\d+ seeds from \d+, (\d+) operations/.exec(line)).findLast((match) => match);
  if (!total) throw new Error(`the simulation of ${seeds} seeds from ${seed} gave no account of itself`);
  let at = seed;
  const broken: { seed: number; promise: string; what: string }[] = [];
  for (const line of lines) {
    const start = /^seed (\d+) breaks:/.exec(line);
    if (start) at = Number(start[1]);
    const [, promise, what] = /^ {2}(I\d+) {2}(.*)/.exec(line) ?? [];
    if (promise !== undefined && what !== undefined) broken.push({ seed: at, promise, what });
  }
  return { operations: Number(total[1]), broken };
}

async function run({ trials, seed, tally, ending, say }: RowRun): Promise<void> {
  let next = seed;
  const end = seed + trials;
  const begun = performance.now();
  const work = async (): Promise<void> => {
    while (next < end && !ending.aborted) {
      const from = next;
      const seeds = Math.min(SEEDS, end - from);
      next += seeds;
      const { operations, broken } = await simulate(from, seeds);
      tally.trials += seeds;
      tally.operations += operations;
      for (const each of broken) tally.violate(each.seed, each.promise, each.what);
      say(`${tally.trials} seeds, ${Math.round(tally.operations / ((performance.now() - begun) / 1000))} operations/s`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  tally.notes['operations/s'] = Math.round(tally.operations / ((performance.now() - begun) / 1000));
}

export const row: Row = {
  name: 'simulation',
  order: 30,
  fault:
    'seeded simulation of clock, network, HIS, queue, database errors, crashes and suspended workers (test/chaos/simulate.ts)',
  trial: `one seed: a world of ${OPERATIONS} operations`,
  wanted: 10_000,
  drivers: ['pg-boss'],
  run,
};
