/** `tessera map versions`: a connection's own versions of its mappings, in a running hub. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { filesIn } from '../mapping-tools/texts-in.ts';
import { callApi, findAccess, table, type ApiAccess } from './hub-api.ts';
import {
  exportVersions,
  findConnection,
  importVersions,
  listAll,
  versionsPath,
  type Version,
} from './map-version-files.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

type Options = HubOptions & { readonly connection: string };

export const numberOf = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
};

export function addVersionCommands(map: Command): void {
  const versions = map
    .command('versions')
    .description('versions of mappings in a running hub (TESSERA_API, TESSERA_TOKEN of the role engineer or admin)');
  const add = (name: string, description: string): Command =>
    addAccess(versions.command(name).description(description)).requiredOption(
      '--connection <key>',
      'whose versions: its key or id',
    );
  const MAPPING = ['<mapping>', '<adapter>.<mapping>'] as const;

  add('list', 'all versions of a mapping, newest first')
    .argument(...MAPPING)
    .action(async (mapping: string, options: Options) => {
      const { access, connectionId } = await reach(options);
      show(await listAll<Version>(access, versionsPath(mapping), connectionId), options);
    });
  add('export', 'write all versions of the connection’s own to files, byte for byte')
    .argument('<directory>', 'where <adapter>.<mapping>/<number>/ are made')
    .action(async (directory: string, options: Options) => {
      const { access, connectionId } = await reach(options);
      const written = await exportVersions(access, connectionId, directory);
      print(options.json ? JSON.stringify({ written }) : `${written.length} versions: ${written.join(', ') || 'none'}`);
    });
  add('import', 'draft the exported versions that the connection does not have; publishes none')
    .argument('<directory>', 'as written by export')
    .action(async (directory: string, options: Options) => {
      const { access, connectionId } = await reach(options);
      const drafted = await importVersions(access, connectionId, directory);
      print(options.json ? JSON.stringify({ drafted }) : `${drafted.length} drafted: ${drafted.join(', ') || 'none'}`);
    });
  add('draft', 'keep files as a new version; it is in use nowhere until it is published')
    .argument(...MAPPING)
    .requiredOption('--files <directory>', 'where <mapping>.yaml and what it names are')
    .option('--note <text>', 'what it is for')
    .option('--announce <field...>', 'the fields that are meant to change, such as mode or name.family')
    .action(draft);
  add('diff', 'what a version would have made otherwise of what was recorded last')
    .argument(...MAPPING)
    .argument('<number>', 'the version', numberOf)
    .action(diff);
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
      await change(mapping, 'rollback', options.to === undefined ? {} : { to: options.to }, options);
    });
}

async function draft(
  mapping: string,
  options: Options & { readonly files: string; readonly note?: string; readonly announce?: readonly string[] },
): Promise<void> {
  const { access, connectionId } = await reach(options);
  const { files: directory, note, announce } = options;
  const made = await callApi<Version>(access, 'POST', versionsPath(mapping), {
    connectionId,
    files: filesIn(directory, mapping.slice(mapping.indexOf('.') + 1)),
    ...(note === undefined ? {} : { note }),
    ...(announce === undefined ? {} : { announced: announce }),
  });
  show([made], options);
}

interface Compared {
  readonly total: number;
  readonly same: number;
  readonly changed: number;
  readonly failed: number;
  readonly recovered: number;
  readonly bothFailed: number;
  readonly changedFields: readonly { readonly field: string; readonly messages: number }[];
  readonly failedFields: readonly { readonly field: string; readonly messages: number }[];
  readonly unannounced: readonly { readonly what: string; readonly field: string }[];
}

/** Exit code 1 when the gate would refuse it. */
async function diff(mapping: string, number: number, options: Options): Promise<void> {
  const { access, connectionId } = await reach(options);
  const path = `/v1/mappings/${encodeURIComponent(mapping)}/diff`;
  const found = await callApi<Compared>(access, 'POST', path, { connectionId, number });
  if (found.unannounced.length > 0) process.exitCode = 1;
  if (options.json) return print(JSON.stringify(found));
  const line = (what: string) => (each: Compared['changedFields'][number]) => {
    const isSaid = !found.unannounced.some((one) => one.what === what && one.field === each.field);
    return `${each.field || '/'} ${what} in ${each.messages} of ${found.total}${isSaid ? ', as announced' : ''}`;
  };
  const { total, same, changed, failed, recovered, bothFailed } = found;
  print(
    [
      ...found.changedFields.map(line('changes')),
      ...found.failedFields.map(line('fails')),
      `${total} messages: ${same} same, ${changed} changed, ${failed} failed, ${recovered} recovered, ${bothFailed} refused by both`,
    ].join('\n'),
  );
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
    // To compare alone harms nothing: unless told otherwise, all of it is compared.
    ...(share === undefined ? (location === undefined ? { share: 100 } : {}) : { share }),
    ...(location === undefined ? {} : { locationIds: location }),
    ...(shadow === undefined ? {} : { shadow }),
  };
  const body = {
    number,
    ...(isCanary ? { canary } : {}),
    ...(override === undefined ? {} : { override: { reason: override } }),
  };
  await change(mapping, 'publish', body, options);
}

async function change(mapping: string, what: 'publish' | 'rollback', body: object, options: Options): Promise<void> {
  const path = `/v1/mappings/${encodeURIComponent(mapping)}/${what}`;
  const { access, connectionId } = await reach(options);
  const page = await callApi<{ items: Version[] }>(access, 'POST', path, { connectionId, ...body });
  show(page.items, options);
}

async function reach(options: Options): Promise<{ readonly access: ApiAccess; readonly connectionId: string }> {
  const access = await findAccess(options, 'engineer');
  return { access, connectionId: (await findConnection(access, options.connection)).id };
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
