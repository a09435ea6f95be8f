/** The command line. The composition root is handed in: nobody but the program itself imports main.ts. */
import { Command, Option } from 'commander';
import { ConfigError } from '../config.ts';
import type { Ports } from './ports.ts';
import { start } from './start.ts';
import { simulate } from './simulate.ts';

/** argv: as the process got it. Resolves when the command has been carried out or, for one that goes on, has begun. */
export async function run(argv: readonly string[], { loadMain }: Ports): Promise<void> {
  const program = new Command('tessera')
    .description('Integration hub for appointment scheduling: one API in front of every hospital information system.')
    .showHelpAfterError('(tessera --help lists the commands)');

  program
    .command('start')
    .description('run the hub; settings come from the environment (TESSERA_PORT, TESSERA_DATA_DIR, DATABASE_URL, ...)')
    .option('--json', 'print where it listens as one line of JSON')
    .action(async (options: { readonly json?: boolean }) => start((await loadMain()).startHub, options.json ?? false));

  program
    .command('simulate')
    .description('run the simulated hospital of an adapter')
    .argument('<adapter>', 'a folder of adapters/ with a simulator')
    .addOption(new Option('--port <port>', 'where the hospital listens; 0: any free port').default(0).argParser(portOf))
    .addOption(
      new Option('--control-port <port>', 'where /_control listens; 0: any free port').default(0).argParser(portOf),
    )
    .option('--directory <directory>', 'where it keeps its book', '.tessera/simulators')
    .option('--json', 'print where it listens as one line of JSON')
    .action(async (adapter: string, options: Parameters<typeof simulate>[2]) =>
      simulate((await loadMain()).startSimulator, adapter, options),
    );

  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.stderr.write(`tessera: ${(error as Error).message}\n`);
    process.exitCode = error instanceof ConfigError ? 2 : 1;
  }
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`expected a port from 0 to 65535, got "${text}"`);
  return port;
}
