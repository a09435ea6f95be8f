/** `tessera map versions`: a connection's own versions of its mappings, in a running hub. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { callApi, findAccess, table } from './hub-api.ts';
import { exportVersions, importVersions, listAll, versionsPath, type Version } from './map-version-files.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

type Options = HubOptions & { readonly connection: string };

export function addVersionCommands(map: Command): void {
  const versions = map
    .command('versions')
    .description('versions of mappings in a running hub (TESSERA_API, TESSERA_TOKEN of the role engineer or admin)');
  const add = (name: string, description: string): Command =>
    addAccess(versions.command(name).description(description)).requiredOption('--connection <id>', 'whose versions');
  const MAPPING = ['<mapping>', '<adapter>.<mapping>'] as const;

  add('list', 'all versions of a mapping, newest first')
    .argument(...MAPPING)
    .action(async (mapping: string, options: Options) => {
      const access = await findAccess(options, 'engineer');
      show(await listAll<Version>(access, versionsPath(mapping), options.connection), options);
    });
  add('export', 'write all versions of the connection’s own to files, byte for byte')
    .argument('<directory>', 'where <adapter>.<mapping>/<number>/ are made')
    .action(async (directory: string, options: Options) => {
      const written = await exportVersions(await findAccess(options, 'engineer'), options.connection, directory);
      print(options.json ? JSON.stringify({ written }) : `${written.length} versions: ${written.join(', ') || 'none'}`);
    });
  add('import', 'draft the exported versions that the connection does not have; publishes none')
    .argument('<directory>', 'as written by export')
    .action(async (directory: string, options: Options) => {
      const drafted = await importVersions(await findAccess(options, 'engineer'), options.connection, directory);
      print(options.json ? JSON.stringify({ drafted }) : `${drafted.length} drafted: ${drafted.join(', ') || 'none'}`);
    });
  add('publish', 'put a version to use, as a canary where a share, locations or shadow are given')
    .argument(...MAPPING)
    .argument('<number>', 'the version', numberOf)
    .option('--share <percent>', 'canary: this share of the transactions', numberOf)
    .addOption(new Option('--location <id...>', 'canary: all transactions of these locations'))
    .option('--shadow', 'canary: only compare')
    .option('--override <reason>', 'publish it though it changes what was not announced; recorded')
    .action(publish);
  add('rollback', 'take back what was published last')
    .argument(...MAPPING)
    .option('--to <number>', 'to this version; 0: the built-in one', numberOf)
    .action(async (mapping: string, options: Options & { readonly to?: number }) => {
      const body = { connectionId: options.connection, ...(options.to === undefined ? {} : { to: options.to }) };
      await change(mapping, 'rollback', body, options);
    });
}

async function publish(
  mapping: string,
  number: number,
  options: Options & {
    readonly share?: number;
    readonly location?: readonly string[];
    readonly shadow?: boolean;
    readonly override?: string;
  },
): Promise<void> {
  const { share, location, shadow, override } = options;
  const isCanary = share !== undefined || location !== undefined || shadow !== undefined;
  const canary = {
    ...(share === undefined ? {} : { share }),
    ...(location === undefined ? {} : { locationIds: location }),
    ...(shadow === undefined ? {} : { shadow }),
  };
  const body = {
    connectionId: options.connection,
    number,
    ...(isCanary ? { canary } : {}),
    ...(override === undefined ? {} : { override: { reason: override } }),
  };
  await change(mapping, 'publish', body, options);
}

async function change(mapping: string, what: 'publish' | 'rollback', body: object, options: Options): Promise<void> {
  const path = `/v1/mappings/${encodeURIComponent(mapping)}/${what}`;
  const page = await callApi<{ items: Version[] }>(await findAccess(options, 'engineer'), 'POST', path, body);
  show(page.items, options);
}

function show(items: readonly Version[], { json }: HubOptions): void {
  if (json) return print(JSON.stringify({ items }));
  print(
    table([
      ['NUMBER', 'STATE', 'PUBLISHED', 'BY', 'ANNOUNCED', 'NOTE'],
      ...items.map((each) => [
        each.number,
        each.state,
        each.publishedAt,
        each.publishedBy,
        each.announced.join(' '),
        each.note,
      ]),
    ]),
  );
}

function numberOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}
