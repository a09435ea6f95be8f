/** What the bench says of its figures. What it measures is not tested here; that what it measures with is right, is. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { edited, type Edit } from '../support/plant-edits.ts';
import type { Bench, Figure } from './bench.ts';
import { costModel } from './costs.ts';
import { fallsOf } from './guard.ts';
import { listBenches } from './list-benches.ts';
import { measure, summary } from './measure.ts';
import { median, quantile, shown } from './numbers.ts';
import { chosen, readOptions } from './options.ts';
import { pageOf, tableOf } from './report.ts';
import type { Result } from './results.ts';
import { UNPROTECTED } from './unprotected/edits.ts';
import { verdictOn } from './verdict.ts';

const ROOT = join(import.meta.dirname, '../..');
const more: Figure = { what: 'hub / A', unit: '×', held: { better: 'more', floor: 0.5, goal: 1 } };
const less: Figure = { what: 'p99', unit: 'ms', held: { better: 'less', floor: 50, goal: 20 } };
const none: Figure = { what: 'lost', unit: '', held: { better: 'less', floor: 0, goal: 0 } };

test('medians, quantiles and figures are what they are called', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([])).toBeNaN();
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
  expect([14_300, 214.4, 17.44, 0.362, 0, Number.NaN].map(shown)).toEqual(['14,300', '214', '17.4', '0.36', '0', '–']);
});

test.each([
  [more, 1, 'goal', 'goal met'],
  [more, 0.75, 'floor', 'floor met, goal missed by 25.0 %'],
  [more, 0.25, 'nothing', 'floor missed by 50.0 %'],
  [less, 20, 'goal', 'goal met'],
  [less, 50, 'floor', 'floor met, goal missed by 150 %'],
  [less, 75, 'nothing', 'floor missed by 50.0 %'],
  [none, 0, 'goal', 'goal met'],
  [none, 3, 'nothing', 'floor missed by 3.00'],
] as const)('%j at %d reaches %s', (figure, value, reached, words) => {
  expect(verdictOn(figure, value)).toEqual({ reached, words });
});

const bench: Bench = {
  name: 'some',
  row: 'T1',
  title: 'something',
  what: 'Something is measured.',
  figures: { ratio: more, p99: less, never: none },
  async open(_, cleanUp) {
    let nth = 0;
    cleanUp.defer(() => void (nth = -1));
    return {
      round: async () => ({ ratio: (nth += 1) / 10, p99: 30 }),
      check: async () => ['1 slots have more than one living appointment'],
    };
  },
};
const settings = { scale: 1, rate: undefined, seconds: undefined, minutes: undefined, say: () => {} };

test('a round before the others warms up, and what is wrong is told beside the figures', async () => {
  const outcome = await measure(bench, settings, 3);
  expect(outcome.figures['ratio']).toEqual({ median: 0.3, min: 0.2, max: 0.4 });
  const table = tableOf(bench, outcome);
  expect(table).toContain('| hub / A | 0.30 × (0.20–0.40) | ≥ 0.50 × | ≥ 1.00 × | floor missed by 40.0 % |');
  expect(table).toContain('| p99 | 30.0 ms | ≤ 50.0 ms | ≤ 20.0 ms | floor met, goal missed by 50.0 % |');
  expect(table).toContain('- **wrong:** 1 slots have more than one living appointment');
  expect(table).not.toContain('lost');
});

test('a figure that the bench does not name is refused', async () => {
  const odd: Bench = { ...bench, figures: { ratio: more } };
  await expect(measure(odd, settings, 1)).rejects.toThrow('bench some measures p99, which its figures do not name');
});

test('the page says what was measured, on what, and what was not', async () => {
  const outcome = await measure(bench, settings, 1);
  const machine = { processor: 'P', cores: 2, memoryGb: 24, system: 'linux', node: '24' };
  const at = '2026-01-02T03:04:05.000Z';
  const result: Result = {
    ...outcome,
    bench: 'some',
    row: 'T1',
    at,
    commit: 'abc',
    machine,
    load: 0,
    seconds: 1,
    scale: 1,
  };
  const page = pageOf([bench, { ...bench, name: 'other' }], new Map([['some', result]]));
  expect(page).toContain('| T1 | some: hub / A | 0.20 × | ≥ 0.50 × | ≥ 1.00 × | floor missed by 60.0 % |');
  expect(page).toContain('Not measured yet: other.');
  expect(page).toContain('1 rounds, 2026-01-02, commit abc; Node 24, 2 × P, 24 GB, linux; load when it began 0.');
});

test('of a figure that no round has measured nothing is said', () => {
  expect(summary(bench, [{ p99: 1 }, { p99: 3 }])).toEqual({ p99: { median: 3, min: 1, max: 3 } });
});

describe('the guard', () => {
  test('finds what has fallen by more than 30 %, or is not there any more', () => {
    const committed = { book: { ratio: 0.5 }, mapping: { ratio: 0.8 }, availability: { ratio: 0.2 } };
    const measured = { book: { ratio: 0.34 }, mapping: { ratio: 0.57 }, availability: {} };
    expect(fallsOf(committed, measured).map(({ text }) => text)).toEqual([
      'book: ratio is 0.34, expected at least 0.35 (committed: 0.50)',
      'availability: ratio is –, expected at least 0.14 (committed: 0.20)',
    ]);
  });
});

test('rows are chosen by name or by T row; long ones only when asked for', async () => {
  const benches = await listBenches();
  const names = (...args: string[]): string[] => chosen(benches, readOptions(args)).map(({ name }) => name);
  expect(names('book', 'T8')).toEqual(['book', 'hl7-read', 'mapping', 'soap-page']);
  expect(names('--soak')).toEqual(['soak']);
  expect(names('--all')).toEqual(names());
  expect(names()).not.toContain('growth');
  expect(() => names('nonsense')).toThrow('no bench nonsense; there are book (T1), open-loop (T2)');
  expect(() => readOptions(['--rounds', 'many'])).toThrow('--rounds expects a number above 0, got "many"');
});

test('what protects the hub can still be taken away for the bench that measures what it costs', () => {
  for (const [file, ours = []] of Object.entries(Object.groupBy(UNPROTECTED, ({ file: of }: Edit) => of))) {
    const source = readFileSync(join(ROOT, file), 'utf8');
    expect(stripTypeScriptTypes(edited(source, ours))).not.toBe('');
  }
});

test('what more calls cost follows from what one costs', () => {
  const of = (hub: number, postgres: number): Result => ({
    bench: '',
    row: '',
    at: '',
    commit: '',
    load: 0,
    seconds: 1,
    scale: 1,
    rounds: 5,
    faults: [],
    notes: [],
    machine: { processor: 'P', cores: 2, memoryGb: 24, system: 'linux', node: '24' },
    figures: { hubUs: { median: hub, min: 0, max: 0 }, postgresUs: { median: postgres, min: 0, max: 0 } },
  });
  expect(costModel(new Map([['book', of(1, 1)]]))).toBeUndefined();
  const text = costModel(
    new Map([
      ['availability', of(100, 50)],
      ['book', of(1_100, 1_050)],
    ]),
  );
  expect(text).toContain('| 90 reads and 10 bookings: the mean that follows | 200 | 150 |');
  // 1,000 calls/s of 200 µs: a fifth of a core.
  expect(text).toContain('| 1,000 | 0.20 | 0.15 | 1 | 28 | 100 |');
  expect(text).toContain('| 5,787 | 1.16 | 0.87 | 2 | 56 | 579 |');
});
