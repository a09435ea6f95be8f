/** The command line. The composition root is handed in: nobody but the program itself imports main.ts. */
import { Command, Option } from 'commander';
import { ConfigError } from '../config.ts';
import { addAccessCommands } from './access.ts';
import { checkAdapters, newAdapter } from './adapter.ts';
import { addBenchCommand } from './bench.ts';
import { UsageError } from '../mapping-tools/finding.ts';
import { addEraseCommand } from './erase.ts';
import { HubAway, Refusal } from './hub-api.ts';
import { addKeyCommands } from './keys.ts';
import type { Ports } from './ports.ts';
import { addMapCommands } from './map.ts';
import { addMessageCommands } from './messages.ts';
import { addReplayCommands } from './replay.ts';
import { start } from './start.ts';
import { simulate } from './simulate.ts';
import { addReconcileCommand } from './reconcile.ts';
import { addTransactionCommands } from './transactions.ts';
import { addRetentionCommand } from './retention.ts';
import { addVerifyCommand } from './verify.ts';

/** argv: as the process got it. Resolves when the command has been carried out or, for one that goes on, has begun. */
export async function run(argv: readonly string[], { loadMain }: Ports): Promise<void> {
  const program = new Command('tessera')
    .description('Integration hub for appointment scheduling: one API in front of every hospital information system.')
    .showHelpAfterError('(tessera --help lists the commands)');

  program
    .command('start')
    .description('run the hub; settings come from the environment (TESSERA_PORT, TESSERA_DATA_DIR, DATABASE_URL, ...)')
    .option('--json', 'print where it listens as one line of JSON')
    .action((options: { readonly json?: boolean }) => start(loadMain, options.json ?? false));

  program
    .command('simulate')
    .description('run the simulated hospital of an adapter')
    .argument('<adapter>', 'a folder of adapters/ with a simulator')
    .addOption(new Option('--port <port>', 'where the hospital listens; 0: any free port').default(0).argParser(portOf))
    .addOption(
      new Option('--control-port <port>', 'where /_control listens; 0: any free port').default(0).argParser(portOf),
    )
    .addOption(
      new Option('--feed-to <host:port>', 'the hub’s HL7 v2 listener, for a hospital that tells by itself').argParser(
        addressOf,
      ),
    )
    .option('--name <name>', 'what it calls itself in its messages, where one hub hears several of a kind')
    .option('--directory <directory>', 'where it keeps its book', '.tessera/simulators')
    .option('--json', 'print where it listens as one line of JSON')
    .action(async (adapter: string, options: Parameters<typeof simulate>[2]) =>
      simulate((await loadMain()).startSimulator, adapter, options),
    );

  const adapter = program.command('adapter').description('write an adapter, and hold it to the contract');
  adapter
    .command('new')
    .description(
      'copy the template: an adapter, its simulator and its mappings, which keep the contract from the start',
    )
    .argument('<name>', 'kebab-case; the name of both folders, and the adapter’s id')
    .option('--into <directory>', 'where adapters/<name> and mappings/<name> are made', '.')
    .action((name: string, { into }: { readonly into: string }) => newAdapter(name, into));
  adapter
    .command('check')
    .description('run the conformance suite; exit code 1 when anything is broken')
    .argument(
      '[directory...]',
      'adapters/<name>, here or elsewhere; default: all of this installation, and the template',
    )
    .option('--json', 'print the reports as one line of JSON each')
    .option('--report <file>', 'write all of it as one page of Markdown')
    .action(async (directories: string[], options: Parameters<typeof checkAdapters>[2]) =>
      checkAdapters(await loadMain(), directories, options),
    );

  addMapCommands(program);
  addTransactionCommands(program);
  addMessageCommands(program);
  addReplayCommands(program);
  addReconcileCommand(program);
  addAccessCommands(program);
  addKeyCommands(program);
  addEraseCommand(program);
  addVerifyCommand(program, loadMain);
  addBenchCommand(program);
  addRetentionCommand(program, loadMain);

  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.stderr.write(`tessera: ${(error as Error).message}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** 1: found wrong, or refused as things stand. 2: it cannot be carried out as it was given, or there is no hub to do it. */
function exitCodeOf(error: unknown): 1 | 2 {
  if (error instanceof Refusal) return error.isFinding ? 1 : 2;
  return error instanceof ConfigError || error instanceof UsageError || error instanceof HubAway ? 2 : 1;
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '') throw new Error(`expected host:port, got "${text}"`);
  return { host, port: portOf(port) };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`expected a port from 0 to 65535, got "${text}"`);
  return port;
}
