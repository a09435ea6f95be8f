/** `tessera messages`: what hospitals have sent by themselves, and what could not be made of it. */
import { Option, type Command } from 'commander';
import { callApi, findAccess, queryOf, table } from './hub-api.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

interface Message {
  readonly id: string;
  readonly controlId: string;
  readonly kind: string;
  readonly state: string;
  readonly code: string | null;
  readonly detail: string | null;
  readonly tries: number;
  readonly receivedAt: string;
  readonly segments?: readonly string[];
}

interface ListOptions extends HubOptions {
  readonly connection?: string;
  readonly state?: string;
  readonly controlId?: string;
  readonly limit: string;
  readonly cursor?: string;
}

export function addMessageCommands(program: Command): void {
  const messages = program
    .command('messages')
    .description(
      'what hospitals have sent by themselves, and what could not be made of it (TESSERA_API, TESSERA_TOKEN)',
    );
  addAccess(messages.command('list').description('newest first; all filters must fit'))
    .option('--connection <id>', 'of this connection')
    .addOption(new Option('--state <state>', 'in this state').choices(['waiting', 'applied', 'held', 'dismissed']))
    .option('--control-id <key>', 'with this MSH-10')
    .addOption(new Option('--limit <rows>', 'rows of a page, 200 at most').default('50'))
    .option('--cursor <cursor>', 'nextCursor of the page before')
    .action(list);
  const one = (name: string, description: string, method: 'GET' | 'POST', path: string): void => {
    addAccess(messages.command(name).description(description))
      .argument('<id>', 'of the message, as listed')
      .action(async (id: string, options: HubOptions) => {
        const access = await findAccess(options);
        const message = await callApi<Message>(access, method, `/v1/messages/${encodeURIComponent(id)}${path}`);
        show(message, options);
      });
  };
  one('show', 'one message; whatever may be about a patient is masked', 'GET', '');
  one('replay', 'apply a held message once more, after its cause was mended', 'POST', '/replay');
  one('dismiss', 'make nothing of a held message', 'POST', '/dismiss');
}

async function list(options: ListOptions): Promise<void> {
  const { connection, state, controlId, limit, cursor } = options;
  const query = queryOf({ connection, state, controlId, limit, cursor });
  const page = await callApi<{ readonly items: readonly Message[]; readonly nextCursor: string | null }>(
    await findAccess(options),
    'GET',
    `/v1/messages${query}`,
  );
  if (options.json) return print(JSON.stringify(page));
  print(
    table([
      ['ID', 'RECEIVED', 'KIND', 'CONTROL ID', 'STATE', 'WHY', 'TRIES'],
      ...page.items.map((each) => [
        each.id,
        each.receivedAt,
        each.kind,
        each.controlId,
        each.state,
        each.code,
        each.tries,
      ]),
    ]),
  );
  if (page.nextCursor !== null) print(`… and more: --cursor ${page.nextCursor}`);
}

function show(message: Message, { json }: HubOptions): void {
  if (json) return print(JSON.stringify(message));
  print(
    `${message.kind} ${message.controlId}: ${message.state}${message.detail === null ? '' : ` (${message.detail})`}`,
  );
  for (const segment of message.segments ?? []) print(segment);
}
