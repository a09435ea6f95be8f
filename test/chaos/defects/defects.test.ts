/** Defects can still be planted, and a few of them are found. `npm run chaos -- --defects` does the rest. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { edited, type Edit } from '../../support/plant-edits.ts';
import { hunt } from './hunt.ts';
import { listDefects } from './list-defects.ts';
import { reportOfDefects } from './report-defects.ts';

const ROOT = join(import.meta.dirname, '../../..');
const defects = await listDefects();
/** Caught within a second or two. */
const SHARE = ['attempt-after-send', 'delete-then-insert', 'slot-claims-shared'];

describe.each(defects)('$name', ({ edits }) => {
  const files = Object.entries(Object.groupBy(edits, ({ file }) => file));

  test.each(files)('can be planted in %s, which is still a program then', (file, ours: readonly Edit[] = []) => {
    const source = readFileSync(join(ROOT, file), 'utf8');
    const text = edited(source, ours);
    expect(text).not.toBe(source);
    expect(stripTypeScriptTypes(text)).not.toBe('');
  });
});

test('a text that is not there, or there twice, is not planted silently', () => {
  const edit = { file: 'a.ts', find: 'one', replace: 'two' };
  expect(edited('one', [edit])).toBe('two');
  expect(() => edited('none', [{ ...edit, find: 'some' }])).toThrow('a.ts has 0 times, instead of once: some');
  expect(() => edited('one one', [edit])).toThrow('a.ts has 2 times, instead of once: one');
});

test.each(defects.filter(({ name }) => SHARE.includes(name)))(
  'the simulation catches $name within 20 seeds, and finds nothing in that seed without it',
  async (defect) => {
    const wish = { seed: 1, trials: 20, ending: new AbortController().signal, say: () => {} };
    const { found } = await hunt(defect.hunt, { ...wish, planted: defect });
    expect(found).toMatchObject({ invariant: defect.breaks });
    const without = await hunt(defect.hunt, { ...wish, seed: found?.seed ?? 0, trials: 1 });
    expect(without).toEqual({ trials: 1, found: undefined });
  },
  60_000,
);

test('the report tells of each defect whether, where and when it was caught, and what the same run says without it', () => {
  const [first, second, third] = defects;
  if (!first || !second || !third) throw new Error('there are no defects');
  const found = { trial: 3, seed: 7, invariant: 'I2', detail: '' };
  const base = { by: 'row zombie', commit: 'abc', at: '2026-01-01T00:00:00.000Z', seconds: 5 };
  const text = reportOfDefects(
    [first, second, third],
    [
      { ...base, defect: first.name, trials: 5, found, without: { trials: 5, found: null } },
      { ...base, defect: first.name, by: 'simulation', trials: 5, found, without: { trials: 5, found } },
      { ...base, defect: second.name, trials: 500, found: null, without: null },
    ],
  );
  expect(text).toContain('## 3 planted defects, 1 caught');
  expect(text).toContain(`| ${first.name} | ${first.what} | row zombie | I2 | 3 | 7 | nothing |`);
  expect(text).toContain(`| ${first.name} | ${first.what} | simulation | I2 | 3 | 7 | I2 too |`);
  expect(text).toContain(`| ${second.name} | ${second.what} | row zombie | not caught in 500 trials | – | – | – |`);
  expect(text).toContain('not run yet');
});
