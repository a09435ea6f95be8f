/** `tessera retention`: what was kept long enough, and what becomes of it. */
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { Ports, Retired } from './ports.ts';
import { print } from './transactions.ts';

export function addRetentionCommand(program: Command, loadMain: Ports['loadMain']): void {
  program
    .command('retention')
    .description(
      'drop what was kept long enough (TESSERA_RETENTION), as a running hub does each hour; in the database of DATABASE_URL, or the embedded one of TESSERA_DATA_DIR while no hub runs there',
    )
    .option('--dry-run', 'only say what would be dropped')
    .option('--json', 'as JSON')
    .action(async ({ dryRun = false, json = false }: { readonly dryRun?: boolean; readonly json?: boolean }) => {
      const retired = await (await loadMain()).retentionOf(readConfig(process.env), dryRun);
      print(json ? JSON.stringify(retired) : textOf(retired, dryRun));
      if (retired.damaged.length > 0) process.exitCode = 1;
    });
}

function textOf({ partitions, postponed, damaged, answers }: Retired, isDry: boolean): string {
  const rows = partitions.map(
    ({ name, class: of, since, until, going, staying }) =>
      `${name} (${of}, ${since.slice(0, 10)} to ${until.slice(0, 10)}): ${going} rows ${isDry ? 'would be dropped' : 'dropped'}, ${staying} stay`,
  );
  return [
    ...(rows.length === 0 ? ['nothing was kept long enough'] : rows),
    ...(answers > 0 ? [`${answers} kept answers deleted`] : []),
    ...postponed.map((name) => `${name} is in use: try again`),
    ...damaged.map((id) => `the audit of ${id} is not sound, and nothing of it is dropped: npx tessera verify`),
  ].join('\n');
}
