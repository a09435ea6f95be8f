/** `tessera map codes`: codes that nobody has mapped, and what they mean. */
import type { Command } from 'commander';
import { callApi, findAccess, table } from './hub-api.ts';
import { findConnection, listAll } from './map-version-files.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

interface Code {
  readonly id: string;
  readonly table: string;
  readonly side: string;
  readonly code: string;
  readonly waiting: number;
  readonly skipped: number;
  readonly mappings: readonly string[];
  readonly mappedTo: string | null;
}

export function addCodeCommands(map: Command): void {
  const codes = map
    .command('codes')
    .description('codes that nobody has mapped, and what waits for each, in a running hub');
  addAccess(codes.command('list').description('oldest first'))
    .option('--connection <key>', 'of this connection: its key or id')
    .action(async (options: HubOptions & { readonly connection?: string }) => {
      const access = await findAccess(options, 'engineer');
      const { connection } = options;
      const id = connection === undefined ? undefined : (await findConnection(access, connection)).id;
      show(await listAll<Code>(access, '/v1/unmapped-codes', id), options);
    });
  addAccess(codes.command('map').description('say what a code means: it is in use at once, and what waited goes on'))
    .argument('<id>', 'of the code, as listed')
    .argument('<value>', 'what it means: the other side of the table')
    .action(async (id: string, value: string, options: HubOptions) => {
      const access = await findAccess(options, 'engineer');
      const path = `/v1/unmapped-codes/${encodeURIComponent(id)}/map`;
      show([await callApi<Code>(access, 'POST', path, { value })], options);
    });
}

function show(items: readonly Code[], { json }: HubOptions): void {
  if (json) return print(JSON.stringify({ items }));
  print(
    table([
      ['ID', 'TABLE', 'SIDE', 'CODE', 'WAITING', 'LEFT OUT', 'MEANS', 'MAPPINGS'],
      ...items.map((each) => [
        each.id,
        each.table,
        each.side,
        each.code,
        each.waiting,
        each.skipped,
        each.mappedTo,
        each.mappings.join(' '),
      ]),
    ]),
  );
}
