/** `tessera map`: what integration engineers do with mappings all day. All but `dryrun`, `versions` and `codes` works without a hub. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { loadContracts } from '../contracts.ts';
import { findAccess } from './hub-api.ts';
import { addCodeCommands } from './map-codes.ts';
import type { DryRunOptions } from './map-dry-run.ts';
import { addVersionCommands, numberOf } from './map-versions.ts';
import { addAccess, type HubOptions } from './transactions.ts';
import type { CoverageOptions, MapAnswer, MapCall, MapOptions, TryOptions } from './map-call.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Exit codes: 0 nothing to say, 1 findings, 2 the command cannot be carried out as it was given. */
const NOT_USABLE = 2;
const FINDINGS = 1;

/** Every command is a file of its own, and read when it is asked for. */
export function addMapCommands(program: Command): void {
  const map = program
    .command('map')
    .description('look at mappings: check, test, try and compare them (docs/write-a-mapping.md)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_USABLE));
  const add = (name: string, description: string): Command =>
    map
      .command(name)
      .description(description)
      .option('--mappings <directory>', 'where <adapter>/<mapping>.yaml are', usualDirectory())
      .option('--json', 'print JSON');
  const NAMES = '<adapter>, <adapter>/<mapping>, or a path; default: all of them, and the template';

  add('lint', 'find faults without a message: rules that are never used, tables, contracts, zones')
    .argument('[files...]', NAMES)
    .action((files: string[], options: MapOptions) =>
      answer(options, async (call) => (await import('./map-lint.ts')).lint(call, files)),
    );
  add('test', 'run the examples')
    .argument('[names...]', NAMES)
    .option('--update', 'write what the mappings make into the examples that say another output, or none yet')
    .action((names: string[], options: MapOptions & { readonly update?: boolean }) =>
      answer(options, async (call) => (await import('./map-test.ts')).test(call, names, options.update ?? false)),
    );
  add('try', 'map one message: JSON, XML or HL7 v2')
    .argument('<name>', '<adapter>/<mapping>, or a path')
    .option('--in <path>', 'the message, or a directory of messages; - for standard input', '-')
    .option('--explain', 'show which rule made which field, and of what')
    .option('--connection-zone <zone>', 'put this IANA zone beside the message, as "timeZone"', zoneOf)
    .option('--with <json>', 'put these members beside the message', membersOf)
    .option('--lists <paths>', 'of XML: elements that are lists, also of one, e.g. Slots/Slot,Notes/Note', listOf)
    .option('--save <file>', 'write it as an example, e.g. examples/one.json beside the mapping, and name it there')
    .action((name: string, options: MapOptions & TryOptions) =>
      answer(options, async (call) => (await import('./map-try.ts')).tryOut(call, name, options)),
    );
  add(
    'coverage',
    'show what the examples do not: target fields never set, source fields never read, branches never taken',
  )
    .argument('[names...]', NAMES)
    .option('--threshold <percent>', 'target fields of each mapping that some example must set', percentOf, 0)
    .option('--all', 'list source fields and branches too, not only target fields')
    .action((names: string[], options: MapOptions & CoverageOptions) =>
      answer(options, async (call) => (await import('./map-coverage.ts')).coverage(call, names, options)),
    );
  add('diff', 'map recorded messages with two versions, and show where their outputs differ')
    .argument('<old>', '<adapter>/<mapping>, or a path')
    .argument('<new>', '<adapter>/<mapping>, or a path')
    .requiredOption(
      '--recorded <path>',
      'a file with one JSON a line (.ndjson), or a directory of messages or examples',
    )
    .action((old: string, now: string, options: MapOptions & { readonly recorded: string }) =>
      answer(options, async (call) => (await import('./map-diff.ts')).diff(call, old, now, options.recorded)),
    );
  addAccess(
    map
      .command('dryrun')
      .description(
        'map what a hospital says now, in a running hub: it reads there, and changes nothing (role engineer or admin)',
      ),
  )
    .requiredOption('--connection <key>', 'whose hospital: key or id')
    .option('--mapping <name>', '<adapter>.<mapping>, or <mapping>; default: all that the reading applies')
    .option('--number <version>', 'this version of it; default: the active one', numberOf)
    .option('--files <directory>', 'the files there instead of a version: a change before it is drafted')
    .option('--save <file>', 'write one input, redacted, with its output, as an example')
    .action((options: HubOptions & DryRunOptions) =>
      told(options, async () => {
        const { dryRun } = await import('./map-dry-run.ts');
        return dryRun(await findAccess(options, 'engineer'), options);
      }),
    );
  addVersionCommands(map);
  addCodeCommands(map);
}

/** Whoever keeps mappings of their own works in the directory above them. */
const usualDirectory = (): string => (existsSync('mappings') ? 'mappings' : join(ROOT, 'mappings'));

async function answer(options: MapOptions, work: (call: MapCall) => Promise<MapAnswer>): Promise<void> {
  await told(options, () => {
    const contractsDirectory = join(ROOT, 'contracts');
    const contracts = loadContracts(contractsDirectory);
    return work({ root: options.mappings, contracts, contractsDirectory });
  });
}

async function told(options: { readonly json?: boolean }, work: () => Promise<MapAnswer>): Promise<void> {
  const { text, json, isSound } = await work();
  process.stdout.write(`${options.json === true ? JSON.stringify(json) : text}\n`);
  if (!isSound) process.exitCode = FINDINGS;
}

function zoneOf(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone && text;
  } catch {
    throw new InvalidArgumentError('expected the name of an IANA zone, such as Europe/Berlin');
  }
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const members: unknown = JSON.parse(text);
    if (typeof members === 'object' && members !== null && !Array.isArray(members)) return { ...members };
  } catch {
    // Said below, as for JSON of another kind.
  }
  throw new InvalidArgumentError(`expected a JSON object, such as '{"timeZone": "Europe/Berlin"}'`);
}

function percentOf(text: string): number {
  const percent = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (percent <= 100) return percent;
  throw new InvalidArgumentError('expected a whole number from 0 to 100');
}

const listOf = (text: string): string[] => text.split(',').map((each) => each.trim());
