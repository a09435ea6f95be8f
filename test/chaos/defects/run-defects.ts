/** `npm run chaos -- --defects`: plants each defect, and looks for it. Exit code 1 when one is not caught. */
import { commit } from '../results.ts';
import type { Defect } from './defect.ts';
import { keepDefectResult, type DefectResult } from './defect-results.ts';
import { hunt, wordsOf } from './hunt.ts';
import { listDefects } from './list-defects.ts';

export interface DefectsWish {
  /** Empty: all. */
  readonly names: readonly string[];
  /** The first; default 1, so that its number says how many it took. */
  readonly seed: number | undefined;
  /** Rows to hunt by, instead of what each defect names. Empty: that. */
  readonly faults: readonly string[];
  /** Of each defect, at most; default 500. */
  readonly trials: number | undefined;
  readonly ending: AbortSignal;
}

const TRIALS_MAX = 500;

export async function runDefects({
  names,
  seed = 1,
  faults,
  trials = TRIALS_MAX,
  ending,
}: DefectsWish): Promise<number> {
  const all = await listDefects();
  const unknown = names.filter((name) => !all.some((each) => each.name === name));
  if (unknown.length > 0)
    throw new Error(`no defect ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  let missed = 0;
  for (const defect of all.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const hunts = faults.length > 0 ? faults.map((row) => ({ by: 'row', row }) as const) : [defect.hunt];
    for (const by of hunts) {
      if (ending.aborted) break;
      const result = await huntOne(defect, by, { seed, trials, ending });
      keepDefectResult(result);
      process.stdout.write(lineOf(result));
      if (!result.found || result.without?.found) missed += 1;
    }
  }
  return missed > 0 || ending.aborted ? 1 : 0;
}

async function huntOne(
  defect: Defect,
  by: Defect['hunt'],
  wish: { readonly seed: number; readonly trials: number; readonly ending: AbortSignal },
): Promise<DefectResult> {
  const since = performance.now();
  const say = (text: string): void => void process.stderr.write(`${defect.name}: ${text}\n`);
  const { trials, found } = await hunt(by, { ...wish, planted: defect, say });
  // A hub that breaks its promises without the defect would prove nothing with it. A seed of the simulation stands for itself;
  // a batch of a row is one of those that went before it.
  const same = by.by === 'simulation' && found ? { seed: found.seed, trials: 1 } : { trials };
  const without = found ? await hunt(by, { ...wish, ...same, say: (text) => say(`without it: ${text}`) }) : undefined;
  return {
    defect: defect.name,
    by: wordsOf(by),
    trials,
    found: found ?? null,
    without: without ? { trials: without.trials, found: without.found ?? null } : null,
    commit: commit(),
    at: new Date().toISOString(),
    seconds: Math.round((performance.now() - since) / 1000),
  };
}

function lineOf({ defect, by, trials, found, without, seconds }: DefectResult): string {
  if (!found) return `FAIL ${defect}: not caught in ${trials} trials of ${by}, ${seconds} s\n`;
  const caught = `caught by ${by} at trial ${found.trial} (seed ${found.seed}), ${found.invariant} ${found.detail}`;
  return without?.found
    ? `FAIL ${defect}: ${caught}; but without it too: ${without.found.invariant} ${without.found.detail}\n`
    : `ok   ${defect}: ${caught}; not without it, ${seconds} s\n`;
}
