/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util';
import type { Driver } from './cluster.ts';

export interface Options {
  readonly help: boolean;
  /** Undefined: what a row asks for, less what is done already. */
  readonly trials: number | undefined;
  readonly seed: number | undefined;
  /** Names of rows; empty: all. */
  readonly faults: readonly string[];
  readonly drivers: readonly Driver[];
  /** Time for everything together. */
  readonly minutes: number | undefined;
  /** Go on where the results end, and add to them. */
  readonly resume: boolean;
  /** Only write the report from the results. */
  readonly report: boolean;
  /** Plant defects instead, and look for them: these, or with an empty list all. Undefined: no. */
  readonly defects: readonly string[] | undefined;
}

export const HELP = `npm run chaos -- [options]

  --trials N       trials of every row (default: what the report asks for, less what is done with --resume)
  --seed S         the seed of the first batch; the same seed draws the same faults (default: by the clock)
  --fault NAME     one row, by the name of its file in test/chaos/rows; may be repeated
  --driver NAME    pg-boss, bullmq or both (default both)
  --minutes M      stop after so long, when the batch at hand has been judged
  --resume         add the outcome to docs/reliability-results.jsonl, and do only what is left to do
  --report         write docs/reliability.md from the results, run nothing
  --defects [NAME] plant each defect of test/chaos/defects, or the one named, and run what must find it, up to 500 trials;
                   exit code 1 when one is not found; the outcome is added to docs/reliability-defects.jsonl;
                   with --fault by that row

One line per row; exit code 1 on any violation. CHAOS_LOGS=1 prints the processes' logs with a violation.
`;

/** Throws with words for a person. */
export function readOptions(argv: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      trials: { type: 'string' },
      seed: { type: 'string' },
      fault: { type: 'string', multiple: true, default: [] },
      driver: { type: 'string', default: 'both' },
      minutes: { type: 'string' },
      resume: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      defects: { type: 'boolean', default: false },
    },
  });
  const { help, fault, resume, report, defects } = values;
  if (positionals.length > 0 && !defects) throw new Error(`unexpected "${positionals.join(' ')}": see --help`);
  return {
    help,
    trials: wholeNumber('--trials', values.trials),
    seed: wholeNumber('--seed', values.seed),
    faults: fault,
    drivers: driversOf(values.driver),
    minutes: wholeNumber('--minutes', values.minutes),
    resume,
    report,
    defects: defects ? positionals : undefined,
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,12}$/.test(text)) throw new Error(`${name} expects a whole number, got "${text}"`);
  return Number(text);
}

function driversOf(text: string): readonly Driver[] {
  if (text === 'both') return ['pg-boss', 'bullmq'];
  if (text === 'pg-boss' || text === 'bullmq') return [text];
  throw new Error(`--driver expects pg-boss, bullmq or both, got "${text}"`);
}
