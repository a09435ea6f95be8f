/** What a row comes to. */

export interface Violation {
  /** I1 to I10 of docs/reliability.md, or `client` for an answer that no client should get. */
  readonly invariant: string;
  /** Ids and states; no patient's data. */
  readonly detail: string;
  /** Of the batch in which it was found: `--seed` starts it again. */
  readonly seed: number;
}

export class Tally {
  trials = 0;
  operations = 0;
  /** Transactions whose outcome was unknown at some time, by what became of them. */
  resolved = 0;
  parked = 0;
  readonly recoveriesMs: number[] = [];
  readonly violations: Violation[] = [];
  /** Numbers that only this row has, for the last column of the report. */
  readonly notes: Record<string, number | string> = {};

  violate(seed: number, invariant: string, detail: string): void {
    this.violations.push({ invariant, detail, seed });
  }
}

/** By nearest rank; undefined of nothing. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}
