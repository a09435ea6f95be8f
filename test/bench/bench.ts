/** What a benchmark is: a file of rows/ that exports one. The names T1 to T12 are those of the aims, see docs/performance.md. */

export type Unit = '/s' | 'ms' | 's' | 'µs' | 'MB' | 'kB' | '×' | '';

export interface Figure {
  /** In words, for the table. */
  readonly what: string;
  readonly unit: Unit;
  /** What it is held to. `floor`: must be reached; `goal`: is tried for. Absent: it stands beside for comparison. */
  readonly held?: { readonly better: 'more' | 'less'; readonly floor: number; readonly goal: number };
}

/** What a round has measured, by the name of the figure. One that could not be measured in this round is left out. */
export type Round = Readonly<Record<string, number>>;

export interface OpenBench {
  round(): Promise<Round>;
  /** Asked once, after the last round: what is wrong with what the hub has done. A fast wrong answer is no answer. */
  check?(): Promise<readonly string[]>;
  /** Texts that belong into the report, such as plans of queries. */
  notes?(): readonly string[];
}

/** Benches of these kinds run for long, and only when asked for. */
export type Kind = 'growth' | 'soak' | 'overload';

export interface Settings {
  /** Counts of a round are multiplied by it: less than 1 for a trial run, whose figures prove nothing. */
  readonly scale: number;
  /** Requests a second of an open loop; undefined: as the aim says. */
  readonly rate: number | undefined;
  /** How long a timed round lasts; undefined: as the bench has it. */
  readonly seconds: number | undefined;
  /** Of a soak. */
  readonly minutes: number | undefined;
  readonly say: (text: string) => void;
}

export interface Bench {
  /** The name of its file without .ts. */
  readonly name: string;
  /** T1 to T12; or what it belongs to. */
  readonly row: string;
  /** In a few words. */
  readonly title: string;
  /** What exactly is measured, for whoever reads the figures. */
  readonly what: string;
  readonly kind?: Kind;
  readonly figures: Readonly<Record<string, Figure>>;
  /** Where five would take too long. */
  readonly rounds?: number;
  /** Without a round before, whose figures do not count. */
  readonly isWarm?: boolean;
  /** Whatever it starts is handed to `cleanUp`. */
  open(settings: Settings, cleanUp: AsyncDisposableStack): Promise<OpenBench>;
}

/** A count of a round, made smaller for a trial. */
export const scaled = ({ scale }: Settings, count: number): number => Math.max(1, Math.round(count * scale));
