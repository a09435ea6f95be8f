/**
 * A short look, for whoever merges: ratios within one run, compared with those that are committed. Times of this machine and that
 * one cannot be compared; how the hub does beside its limits can.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { measure } from './measure.ts';
import { shown } from './numbers.ts';

const FILE = join(import.meta.dirname, 'baseline.json');
/** What is looked at: figures that are ratios, of benches that are quick; at which part of their counts. */
const GUARDED: Readonly<Record<string, { readonly figures: readonly string[]; readonly scale: number }>> = {
  // What V8 has not compiled yet says nothing: this one is measured whole.
  mapping: { figures: ['ratio'], scale: 1 },
  book: { figures: ['ratio'], scale: 0.2 },
  availability: { figures: ['ratio'], scale: 0.2 },
};
const ROUNDS = 3;
const FALL_MAX = 0.3;

/** By bench and figure. */
export type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>;

export async function guard(benches: readonly Bench[], { baseline }: { readonly baseline: boolean }): Promise<number> {
  const measured: Record<string, Record<string, number>> = {};
  const faults: string[] = [];
  for (const bench of benches) {
    const guarded = GUARDED[bench.name];
    if (!guarded) continue;
    const settings = { scale: guarded.scale, rate: undefined, seconds: undefined, minutes: undefined, say: () => {} };
    const outcome = await measure(bench, settings, ROUNDS);
    faults.push(...outcome.faults);
    measured[bench.name] = Object.fromEntries(
      guarded.figures.map((figure) => [figure, outcome.figures[figure]?.median ?? Number.NaN]),
    );
  }
  if (baseline) {
    writeFileSync(FILE, `${JSON.stringify(measured, null, 2)}\n`);
    process.stdout.write(`${FILE} is written\n`);
    return faults.length === 0 ? 0 : 1;
  }
  if (!existsSync(FILE)) throw new Error('there is no test/bench/baseline.json: npm run bench -- --guard --baseline');
  const fallen = [...fallenFrom(JSON.parse(readFileSync(FILE, 'utf8')) as Ratios, measured)];
  for (const line of [...faults.map((fault) => `wrong: ${fault}`), ...fallen]) process.stderr.write(`bench: ${line}\n`);
  if (fallen.length === 0) process.stdout.write(`no ratio has fallen by more than ${FALL_MAX * 100} %\n`);
  return fallen.length + faults.length === 0 ? 0 : 1;
}

/** In words, what has fallen by more than 30 %, or could not be measured. */
export function* fallenFrom(committed: Ratios, measured: Ratios): Generator<string> {
  for (const [bench, figures] of Object.entries(committed)) {
    for (const [figure, before] of Object.entries(figures)) {
      const now = measured[bench]?.[figure] ?? Number.NaN;
      if (now >= before * (1 - FALL_MAX)) continue;
      yield `${bench}: ${figure} is ${shown(now)}, expected at least ${shown(before * (1 - FALL_MAX))} (committed: ${shown(before)})`;
    }
  }
}
