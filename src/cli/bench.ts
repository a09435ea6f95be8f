/** `tessera bench`: the table of speed. It lives beside the tests, so a checkout has it, and a package or an image has not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../mapping-tools/finding.ts';

const BENCHES = join(import.meta.dirname, '../../test/bench/run.ts');

export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description(
      'measure this hub, the limits of the machine and others in the same run (in a checkout; --help lists the benches)',
    )
    .argument('[benches and options...]')
    .helpOption(false)
    .allowUnknownOption()
    .action((given: string[]) => runBenches(given));
}

/** Ends with the exit code of the benches. Throws UsageError where there are none. */
export async function runBenches(given: readonly string[], benches = BENCHES): Promise<void> {
  if (!existsSync(benches))
    throw new UsageError(
      'the benches are not part of this installation: take a checkout of the repository, and run "npm ci" and "npm run bench" in it',
    );
  const child = spawn(process.execPath, [benches, ...given], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
