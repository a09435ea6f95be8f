/** Runs one bench: opens it, warms it up, measures it in rounds, and looks whether what was done is right. */
import type { Bench, Round, Settings } from './bench.ts';
import { median } from './numbers.ts';

const ROUNDS = 5;

export interface Measured {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Outcome {
  readonly rounds: number;
  /** By the name of the figure; one that no round has measured is not there. */
  readonly figures: Readonly<Record<string, Measured>>;
  /** What is wrong with what the hub has done; with any, the figures count for nothing. */
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

export async function measure(bench: Bench, settings: Settings, wanted: number | undefined): Promise<Outcome> {
  await using cleanUp = new AsyncDisposableStack();
  const opened = await bench.open(settings, cleanUp);
  const rounds: Round[] = [];
  const count = wanted ?? bench.rounds ?? ROUNDS;
  for (let nth = bench.isWarm === true ? 1 : 0; nth <= count; nth += 1) {
    settings.say(nth === 0 ? 'warms up' : `round ${nth} of ${count}`);
    const round = await opened.round();
    refuseUnknown(bench, round);
    if (nth > 0) rounds.push(round);
  }
  settings.say('looks at what was done');
  const faults = (await opened.check?.()) ?? [];
  return { rounds: rounds.length, figures: summary(bench, rounds), faults, notes: opened.notes?.() ?? [] };
}

export function summary({ figures }: Pick<Bench, 'figures'>, rounds: readonly Round[]): Outcome['figures'] {
  const measured = Object.keys(figures).map((name) => {
    const values = rounds.flatMap((round) => round[name] ?? []);
    return [name, { median: median(values), min: Math.min(...values), max: Math.max(...values) }] as const;
  });
  return Object.fromEntries(measured.filter(([, each]) => !Number.isNaN(each.median)));
}

function refuseUnknown({ name, figures }: Bench, round: Round): void {
  const unknown = Object.keys(round).filter((each) => !Object.hasOwn(figures, each));
  if (unknown.length > 0)
    throw new Error(`bench ${name} measures ${unknown.join(', ')}, which its figures do not name`);
}
