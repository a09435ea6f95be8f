/** What watches a mapping at work. Only a mapping that was compiled to be watched has one: otherwise nothing here is ever called. */
import type { Budget } from './budget.ts';
import type { Site } from './mapping-error.ts';
import type { Read } from './read.ts';

/** A place that can go more than one way, and the ways. */
export interface Fork extends Site {
  /** `when`, `default`, `path` (the first of several that is present), `unmapped`, `gap`, `overlap`, … */
  readonly what: string;
  readonly outcomes: readonly string[];
}

export interface Observer {
  /** Wraps the function of a rule, so that what it makes, and of what, is recorded. */
  rule(site: Site, kind: string, read: Read): Read;
  /** Declares a fork while compiling; the answer is told the index of each outcome. */
  fork(fork: Fork): (outcome: number) => void;
  /** Runs `work` one step further down in the output. */
  within<T>(segment: string | number, work: () => T): T;
  /** Runs `work`, whose reads are questions (filters, conditions), not sources. */
  asking<T>(work: () => T): T;
}

/** Where a rule stands, who watches it, and what it may spend. */
export interface Place extends Site {
  readonly observer: Observer | undefined;
  readonly budget: Budget;
}
