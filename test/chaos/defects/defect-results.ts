/** What came of hunts, one line of JSON each. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Find } from './hunt.ts';

const FILE = join(import.meta.dirname, '../../../docs/reliability-defects.jsonl');

export interface DefectResult {
  readonly defect: string;
  /** In words, what ran. */
  readonly by: string;
  /** Trials with the defect planted. */
  readonly trials: number;
  /** Null: not caught. */
  readonly found: Find | null;
  /** The same seeds without the defect: null when there was nothing to compare, or no time. */
  readonly without: { readonly trials: number; readonly found: Find | null } | null;
  readonly commit: string;
  readonly at: string;
  readonly seconds: number;
}

export function keepDefectResult(result: DefectResult): void {
  appendFileSync(FILE, `${JSON.stringify(result)}\n`);
}

/** The newest of each defect and each thing that hunted it. */
export function readDefectResults(): readonly DefectResult[] {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, 'utf8').split('\n').filter(Boolean);
  const results = lines.map((line) => JSON.parse(line) as DefectResult);
  return [...new Map(results.map((result) => [`${result.defect} ${result.by}`, result])).values()];
}
