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
const LOOKS = 3;

/** By bench and figure. */
export type Ratios = Readonly<Record<string, Readonly<Record<string, number>>>>;

export async function guard(benches: readonly Bench[], { baseline }: { readonly baseline: boolean }): Promise<number> {
  const guarded = benches.filter(({ name }) => name in GUARDED);
  const { measured, faults } = await look(guarded);
  if (baseline) {
    writeFileSync(FILE, `${JSON.stringify(measured, null, 2)}\n`);
    process.stdout.write(`${FILE} is written\n`);
    return faults.length === 0 ? 0 : 1;
  }
  if (!existsSync(FILE)) throw new Error('there is no test/bench/baseline.json: npm run bench -- --guard --baseline');
  const committed = JSON.parse(readFileSync(FILE, 'utf8')) as Ratios;
  // What the machine did besides may be at fault: a ratio that is low each time has fallen.
  let falls = fallsOf(committed, measured);
  for (let looks = 1; looks < LOOKS && falls.length > 0; looks += 1) {
    const again = await look(guarded.filter(({ name }) => falls.some(({ bench }) => bench === name)));
    faults.push(...again.faults);
    const still = new Set(fallsOf(committed, { ...measured, ...again.measured }).map(keyOf));
    falls = falls.filter((fall) => still.has(keyOf(fall)));
  }
  const fallen = falls.map(({ text }) => text);
  for (const line of [...faults.map((fault) => `wrong: ${fault}`), ...fallen]) process.stderr.write(`bench: ${line}\n`);
  if (fallen.length === 0) process.stdout.write(`no ratio has fallen by more than ${FALL_MAX * 100} %\n`);
  return fallen.length + faults.length === 0 ? 0 : 1;
}

async function look(benches: readonly Bench[]): Promise<{ readonly measured: Ratios; readonly faults: string[] }> {
  const measured: Record<string, Record<string, number>> = {};
  const faults: string[] = [];
  for (const bench of benches) {
    const { figures = [], scale = 1 } = GUARDED[bench.name] ?? {};
    const settings = { scale, rate: undefined, seconds: undefined, minutes: undefined, say: () => {} };
    const outcome = await measure(bench, settings, ROUNDS);
    faults.push(...outcome.faults);
    measured[bench.name] = Object.fromEntries(
      figures.map((figure) => [figure, outcome.figures[figure]?.median ?? Number.NaN]),
    );
  }
  return { measured, faults };
}

interface Fall {
  readonly bench: string;
  readonly figure: string;
  /** In words. */
  readonly text: string;
}

const keyOf = ({ bench, figure }: Fall): string => `${bench}/${figure}`;

/** What has fallen by more than 30 %, or could not be measured. */
export function fallsOf(committed: Ratios, measured: Ratios): readonly Fall[] {
  return Object.entries(committed).flatMap(([bench, figures]) =>
    Object.entries(figures).flatMap(([figure, before]) => {
      const now = measured[bench]?.[figure] ?? Number.NaN;
      const least = before * (1 - FALL_MAX);
      if (now >= least) return [];
      const text = `${bench}: ${figure} is ${shown(now)}, expected at least ${shown(least)} (committed: ${shown(before)})`;
      return [{ bench, figure, text }];
    }),
  );
}
