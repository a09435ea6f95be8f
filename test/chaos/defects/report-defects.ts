/** The part of docs/reliability.md about planted defects. */
import type { Defect } from './defect.ts';
import type { DefectResult } from './defect-results.ts';
import { wordsOf } from './hunt.ts';

export function reportOfDefects(defects: readonly Defect[], results: readonly DefectResult[]): string {
  const byDefect = Map.groupBy(results, ({ defect }) => defect);
  const caught = defects.filter(({ name }) =>
    byDefect.get(name)?.some(({ found, without }) => found && !without?.found),
  );
  const lines = defects.flatMap((defect) => {
    const own = byDefect.get(defect.name);
    return own ? own.map((result) => lineOf(defect, result)) : [lineOf(defect, undefined)];
  });
  return `## ${defects.length} planted defects, ${caught.length} caught

A checker that finds nothing proves nothing until it has found something. Each defect takes one rule of the hub away, by other
text in its sources (test/chaos/defects/planted), and the matrix, the simulation or the conformance suite runs until something is
wrong. Then the same is run from the same seed without the defect: nothing may be wrong. Results:
[reliability-defects.jsonl](reliability-defects.jsonl).

| defect | the hub with it | found by | broken | at trial | seed | without it |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

Again: \`npm run chaos -- --defects\`, or one of them, \`npm run chaos -- --defects no-fencing\`.
`;
}

function lineOf(defect: Defect, result: DefectResult | undefined): string {
  const { found, without } = result ?? {};
  const outcome = found
    ? [found.invariant, found.trial, found.seed]
    : [result ? `not caught in ${result.trials} trials` : 'not run yet', '–', '–'];
  const clean = !without ? '–' : without.found ? `${without.found.invariant} too` : 'nothing';
  return `| ${[defect.name, defect.what, result?.by ?? wordsOf(defect.hunt), ...outcome, clean].join(' | ')} |`;
}
