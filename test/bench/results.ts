/** What was measured, one line of JSON for each bench and run: docs/performance-results.jsonl. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './measure.ts';
import type { Machine } from './machine.ts';

export const RESULTS = join(import.meta.dirname, '../../docs/performance-results.jsonl');

export interface Result extends Outcome {
  readonly bench: string;
  readonly row: string;
  readonly at: string;
  readonly commit: string;
  readonly machine: Machine;
  /** Jobs that waited for a processor when it began (the 1-minute load average): of a quiet machine about 0. */
  readonly load: number;
  readonly seconds: number;
  /** Less than 1: a trial. */
  readonly scale: number;
}

export function keepResult(file: string, result: Result): void {
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** The newest of each bench; trials are left out. */
export function newestResults(file: string): ReadonlyMap<string, Result> {
  if (!existsSync(file)) return new Map();
  const results = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Result)
    .filter(({ scale }) => scale >= 1);
  return new Map(results.map((result) => [result.bench, result]));
}
