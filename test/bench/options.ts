/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import type { Bench, Kind } from './bench.ts';
import { RESULTS } from './results.ts';

export interface Options {
  readonly help: boolean;
  readonly report: boolean;
  readonly guard: boolean;
  /** Writes what the guard compares with. */
  readonly baseline: boolean;
  readonly names: readonly string[];
  readonly all: boolean;
  readonly kinds: ReadonlySet<Kind>;
  readonly rounds: number | undefined;
  readonly scale: number;
  readonly rate: number | undefined;
  readonly seconds: number | undefined;
  readonly minutes: number | undefined;
  /** Where the results go; undefined: nowhere. */
  readonly json: string | undefined;
}

const KINDS: readonly Kind[] = ['growth', 'soak', 'overload'];

/** Throws an Error that says what was expected. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      report: { type: 'boolean', default: false },
      guard: { type: 'boolean', default: false },
      baseline: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
      overload: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      scale: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string' },
      minutes: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const scale = numberOf('scale', values.scale) ?? 1;
  const rate = numberOf('rate', values.rate);
  return {
    ...values,
    names: positionals,
    kinds: new Set(KINDS.filter((kind) => values[kind])),
    rounds: numberOf('rounds', values.rounds),
    scale,
    rate,
    seconds: numberOf('seconds', values.seconds),
    minutes: numberOf('minutes', values.minutes),
    // A trial, or an answer to another question, is kept only where somebody asks for it.
    json: values.json ?? (scale >= 1 && rate === undefined ? RESULTS : undefined),
  };
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} expects a number above 0, got "${text}"`);
  return value;
}

/** Throws where a name is unknown. Without names, and with no kind of long ones: those that everybody runs. */
export function chosen(benches: readonly Bench[], { names, all, kinds }: Options): readonly Bench[] {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name || bench.row === name));
  if (unknown.length > 0)
    throw new Error(
      `no bench ${unknown.join(', ')}; there are ${benches.map((bench) => `${bench.name} (${bench.row})`).join(', ')}`,
    );
  const isPlain = all || (names.length === 0 && kinds.size === 0);
  return benches.filter(
    ({ name, row, kind }) => names.includes(name) || names.includes(row) || (kind ? kinds.has(kind) : isPlain),
  );
}

export const helpOf = (benches: readonly Bench[]): string => `npm run bench -- [names or T rows] [options]

Each bench starts what it needs, warms up, measures the hub, the limit and the peers in the same run, and looks at the end
whether what was done is right: exit code 1 when it is not. Figures of a busy machine say little; ratios within a run say more.

${benches.map(({ name, row, title, kind }) => `  ${name.padEnd(18)}${row.padEnd(7)}${title}${kind ? ` (--${kind})` : ''}`).join('\n')}

  --all             all but the long ones; so it is without names, too
  --growth          how it is with 10^4 to 10^7 slots and transactions
  --soak            60 % of what can be sustained, for --minutes (default 30)
  --overload        three times what can be sustained, for --seconds (default 120), and the recovery
  --rounds N        default 5
  --rate N          calls a second of an open loop; other than what the aim asks for, so that the figures are not kept
  --seconds N       how long a round of an open loop lasts
  --scale X         a trial with X times the counts (0.1, say); its figures are not kept
  --json FILE       where the results go, one line each (default docs/performance-results.jsonl)
  --report          only write the tables of docs/performance.md from the results
  --guard           mapping, availability and bookings, short: exit code 1 when a ratio has fallen by more than 30 %
                    against test/bench/baseline.json; --guard --baseline writes that file
  flame FILE.svg    where the time of a booking goes, as a picture
  seed --help       fill a database of yours with slots and transactions
`;
