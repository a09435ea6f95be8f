/** The tables: for the terminal, and between the marks in docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Bench, Figure } from './bench.ts';
import { costModel } from './costs.ts';
import type { Measured } from './measure.ts';
import { shown } from './numbers.ts';
import type { Result } from './results.ts';
import { verdictOn } from './verdict.ts';

const PAGE = join(import.meta.dirname, '../../docs/performance.md');
const BEGIN = '<!-- measured: begin (npm run bench -- --report writes what follows) -->';
const END = '<!-- measured: end -->';

/** One bench: each of its figures, and what it is held to. */
export function tableOf({ figures }: Bench, result: Pick<Result, 'figures' | 'faults' | 'notes'>): string {
  const lines = Object.entries(figures).flatMap(([name, figure]) => {
    const measured = result.figures[name];
    return measured ? [lineOf([figure.what, ...cellsOf(figure, measured)])] : [];
  });
  const faults = result.faults.map((fault) => `- **wrong:** ${fault}`);
  const notes = result.notes.map((note) => `\n${note}`);
  return [
    '| | median (spread) | floor | goal | |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    ...(faults.length > 0 ? ['', ...faults] : []),
    ...notes,
  ].join('\n');
}

/** All that was measured: first what is held to something, then each bench. */
export function pageOf(benches: readonly Bench[], results: ReadonlyMap<string, Result>): string {
  const measured = benches.flatMap((bench) => {
    const result = results.get(bench.name);
    return result ? [{ bench, result }] : [];
  });
  const held = measured.flatMap(({ bench, result }) =>
    Object.entries(bench.figures).flatMap(([name, figure]) => {
      const value = result.figures[name];
      return figure.held && value
        ? [lineOf([bench.row, `${bench.name}: ${figure.what}`, ...cellsOf(figure, value)])]
        : [];
    }),
  );
  const costs = costModel(results);
  const missing = benches.filter(({ name }) => !results.has(name)).map(({ name }) => name);
  return [
    '| | held to something | median (spread) | floor | goal | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...held,
    ...(missing.length > 0 ? ['', `Not measured yet: ${missing.join(', ')}.`] : []),
    ...(costs === undefined ? [] : ['', costs]),
    ...measured.map(({ bench, result }) => `\n${sectionOf(bench, result)}`),
  ].join('\n');
}

function sectionOf(bench: Bench, result: Result): string {
  const { processor, cores, memoryGb, system, node } = result.machine;
  return [
    `### ${bench.row}, \`${bench.name}\`: ${bench.title}`,
    '',
    bench.what,
    '',
    tableOf(bench, result),
    '',
    `${result.rounds} rounds, ${result.at.slice(0, 10)}, commit ${result.commit}; Node ${node}, ${cores} × ${processor}, ${memoryGb} GB, ${system}; load when it began ${shown(result.load)}.`,
  ].join('\n');
}

/** Puts the tables between the marks of docs/performance.md. Throws where the marks are missing. */
export async function writeReport(benches: readonly Bench[], results: ReadonlyMap<string, Result>): Promise<void> {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest = ''] = page.split(BEGIN);
  const after = rest.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`expected the lines\n${BEGIN}\n${END}\nin ${PAGE}: the tables stand between them`);
  const text = `${before}${BEGIN}\n\n${pageOf(benches, results)}\n\n${END}${after}`;
  writeFileSync(PAGE, await format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}

function cellsOf(figure: Figure, { median, min, max }: Measured): string[] {
  const { unit, held } = figure;
  const of = (value: number): string => (unit === '' ? shown(value) : `${shown(value)} ${unit}`);
  const sign = held?.better === 'less' ? '≤' : '≥';
  const spread = min === max ? '' : ` (${shown(min)}–${shown(max)})`;
  return [
    `${of(median)}${spread}`,
    held ? `${sign} ${of(held.floor)}` : '',
    held ? `${sign} ${of(held.goal)}` : '',
    verdictOn(figure, median)?.words ?? '',
  ];
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
