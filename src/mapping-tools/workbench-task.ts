/** What the workbench of a hub has done in a process of its own, and what that answers. */
import type { Trial, TrialAnswer } from '../mapping/trial.ts';
import type { Comparison } from './compare-recorded.ts';
import type { CoverageReport } from './coverage-report.ts';
import type { DryRun } from './dry-run.ts';

/** Texts by path: slot.yaml, codes/modes.csv, examples/one.json. */
export type Texts = Readonly<Record<string, string>>;

interface Named {
  /** The directory contracts/. */
  readonly contracts: string;
  readonly adapter: string;
  readonly name: string;
}

export type WorkbenchTask =
  | ({ readonly kind: 'try' } & Trial)
  | ({ readonly kind: 'dry-run' } & Trial)
  | (Named & { readonly kind: 'problems' | 'coverage'; readonly texts: Texts })
  | (Named & {
      readonly kind: 'compare';
      readonly old: Texts;
      readonly now: Texts;
      readonly inputs: readonly RecordedText[];
    });

export interface RecordedText {
  readonly id: string;
  /** JSON. */
  readonly text: string;
}

/** Of each kind of task; each may be `stopped` instead. */
export interface WorkbenchAnswers {
  readonly try: TrialAnswer;
  readonly 'dry-run': DryRun | Extract<TrialAnswer, { kind: 'refused' }>;
  readonly problems: { readonly kind: 'problems'; readonly problems: readonly string[] };
  readonly coverage: ({ readonly kind: 'coverage' } & CoverageReport) | NotSound;
  readonly compare: ({ readonly kind: 'compared' } & Comparison) | NotSound;
}

/** A version does not load. */
export interface NotSound {
  readonly kind: 'not-sound';
  readonly problems: readonly string[];
}
