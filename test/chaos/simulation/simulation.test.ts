/** A small share of what `node test/chaos/simulate.ts` does for as many seeds as there is time. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);

/** The simulation puts its own time in the place of the process's: it is given a process of its own. */
async function simulate(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['test/chaos/simulate.ts', ...args]).catch(
    (error: unknown) => error as { stdout: string },
  );
  return stdout;
}

test('no promise is broken, whatever goes wrong, in seeded worlds of 100 operations each', async () => {
  expect(await simulate('--seeds', '100', '--from', '20000', '--ops', '100')).toMatch(/: 0 seeds break a promise\n$/);
}, 170_000);

test('the same seed tells the same story', async () => {
  const [once, again] = [await simulate('--seed', '7', '--trace'), await simulate('--seed', '7', '--trace')];
  expect(once).toMatch(/^digest [0-9a-f]{16}/m);
  expect(withoutSpeed(again)).toBe(withoutSpeed(once));
}, 60_000);

const withoutSpeed = (told: string): string => told.replace(/ in [\d.]+ s \(\d+\/s\)/, '');

test('each planted defect is found', async () => {
  const table = await simulate('--proof');
  expect(table.trim().split('\n').length).toBeGreaterThanOrEqual(12);
  expect(table).not.toContain('MISSED');
}, 60_000);
