/** The benches are found from the command line, or it is said where they are to be had. */
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { runBenches } from '../../../src/cli/bench.ts';
import { UsageError } from '../../../src/mapping-tools/finding.ts';

afterAll(() => {
  process.exitCode = 0;
});

test('an installation without benches says where they are to be had', async () => {
  const absent = join(import.meta.dirname, 'no-such-file.ts');
  await expect(runBenches([], absent)).rejects.toThrow(UsageError);
  await expect(runBenches([], absent)).rejects.toThrow('take a checkout of the repository');
});

test('the exit code is that of the benches', async () => {
  await runBenches(['--rounds', 'many']);
  expect(process.exitCode).toBe(2);
});
