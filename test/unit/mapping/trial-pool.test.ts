import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TrialPool, type Trial, type TrialAnswer } from '../../../src/mapping/index.ts';
import { head } from './mapping-directory.ts';

const CONTRACTS = join(import.meta.dirname, '../../../contracts');
const LIMITS = { timeMs: 2_000, memoryMiB: 96, children: 2 };

const trial = (rule: string, input: unknown, more: readonly (readonly [string, string])[] = []): Trial => ({
  texts: [
    ['one.yaml', `${head('one')}fields:\n  out: ${rule}\n`],
    ['examples/any.json', '{"input": {}, "output": {}}'],
    ...more,
  ],
  shown: 'mappings/x',
  mapping: 'one',
  input,
  contracts: CONTRACTS,
});

const rows = (count: number): object => ({ list: Array.from({ length: count }, (_, i) => ({ x: `v${i}` })) });

const ENDLESS = new URL('../../support/endless-child.ts', import.meta.url);
const endless: Trial = { ...trial('{ const: 1 }', {}), mapping: 'endless' };
// A mapping that copies its input into a text, over and over, and keeps all of them.
const greedy = trial("{ each: list, fields: { t: { expr: '$$.list.x' } } }", rows(900));

describe('a mapping that is tried out', () => {
  let pool: TrialPool;
  beforeAll(() => {
    pool = new TrialPool(LIMITS, ENDLESS);
  });
  afterAll(() => pool[Symbol.asyncDispose]());

  test('answers its output, and what made it of what', async () => {
    const answer = await pool.try(
      trial('{ table: codes/c.csv, path: a.b }', { a: { b: 'A', c: 1 } }, [
        ['codes/c.csv', 'vendor,canonical,source,date\nA,z,s,d\n'],
      ]),
    );
    expect(answer).toMatchObject({
      kind: 'done',
      output: { out: 'z' },
      made: [{ at: '/out', rule: 'table', from: ['/a/b'], line: 5 }],
      source: [
        { path: 'a.b', read: true },
        { path: 'a.c', read: false },
      ],
    });
  });

  test('answers its faults, and an input that does not fit, with their places', async () => {
    expect(await pool.try(trial('{ pth: a }', {}))).toEqual({
      kind: 'refused',
      problems: [
        { file: 'mappings/x/one.yaml', line: 5, column: 8, message: expect.stringContaining('a rule has one of') },
      ],
    });
    expect(await pool.try({ ...trial('{ const: 1 }', {}), mapping: 'two' })).toMatchObject({ kind: 'refused' });
    const answer = await pool.try(trial('{ path: a, as: number }', { a: 'CANARY' }));
    expect(answer).toMatchObject({ kind: 'misfit', error: { file: 'mappings/x/one.yaml', line: 5, found: 'text' } });
    expect(JSON.stringify(answer)).not.toContain('CANARY');
  });

  test('sees nothing of the environment of the process that asks', async () => {
    process.env['TESSERA_TRIAL_CANARY'] = 'SECRET';
    await using fresh = new TrialPool(LIMITS);
    expect(JSON.stringify(await fresh.try(trial("{ expr: '$$' }", {})))).not.toContain('SECRET');
    delete process.env['TESSERA_TRIAL_CANARY'];
  });

  test('is not charged with the start of the child, which takes longer than the trial may', async () => {
    const program = new URL('../../support/slow-child.ts', import.meta.url);
    await using slow = new TrialPool({ timeMs: 600, children: 1 }, program);
    const started = performance.now();
    expect(await slow.try(trial('{ const: 1 }', {}))).toEqual({ kind: 'done' });
    expect(performance.now() - started).toBeGreaterThan(1_200);
  });

  test('is stopped within 1.5 times its limit when it goes on for ever, and holds up nothing meanwhile', async () => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    // Two children are there: the start of one is not in the limit.
    await Promise.all([pool.try(trial('{ const: 1 }', {})), pool.try(trial('{ const: 1 }', {}))]);
    delay.enable();
    const started = performance.now();
    const until = async (answer: Promise<TrialAnswer>): Promise<[TrialAnswer, number]> => [
      await answer,
      performance.now() - started,
    ];
    const [[stopped, took], [other]] = await Promise.all([
      until(pool.try(endless)),
      until(pool.try(trial('{ path: a }', { a: 1 }))),
    ]);
    delay.disable();
    expect(stopped).toEqual({ kind: 'stopped', why: 'time', limit: LIMITS.timeMs });
    expect(other).toMatchObject({ kind: 'done', output: { out: 1 } });
    expect(took).toBeGreaterThanOrEqual(LIMITS.timeMs - 5);
    expect(took).toBeLessThan(1.5 * LIMITS.timeMs);
    // In nanoseconds. What the child does for two seconds holds this process up for less than a tenth of one.
    expect(delay.percentile(99) / 1e6).toBeLessThan(100);
    expect(await pool.try(trial('{ const: 1 }', {}))).toMatchObject({ kind: 'done', output: { out: 1 } });
  });

  test('is stopped when it takes too much memory, and the next one is answered', async () => {
    await using small = new TrialPool({ timeMs: 20_000, memoryMiB: 24, children: 1 });
    const answers = await Promise.all([small.try(greedy), small.try(trial('{ const: 1 }', {}))]);
    expect(answers).toMatchObject([
      { kind: 'stopped', why: 'memory', limit: 24 },
      { kind: 'done', output: { out: 1 } },
    ]);
  });

  test('is not answered when its answer is too long to be read in passing', async () => {
    const long = trial("{ each: list, fields: { a: { text: '{$root.a}' } } }", { ...rows(30), a: 'x'.repeat(100_000) });
    expect(await pool.try(long)).toMatchObject({ kind: 'stopped', why: 'size' });
  });

  test('waits for its turn when all children are busy', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => pool.try(trial('{ path: n }', { n }))));
    expect(answers.map((answer) => (answer.kind === 'done' ? answer.output : answer))).toEqual(
      Array.from({ length: 12 }, (_, out) => ({ out })),
    );
  });
});

test('a pool that is closed leaves no child behind', async () => {
  const pool = new TrialPool(LIMITS);
  const children = (): number => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
  const before = children();
  await pool.try(trial('{ const: 1 }', {}));
  await pool[Symbol.asyncDispose]();
  expect(children()).toBeLessThanOrEqual(before);
});
