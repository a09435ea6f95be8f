/** The people who sign in and the programs that call, from the command line. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { callApi, findAccess, queryOf, table, type ApiAccess } from './hub-api.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

type Item = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: string;
};

const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addAccessCommands(program: Command): void {
  const users = program.command('users').description('the people who sign in (a token of the role admin)');
  addAccess(users.command('list').description('all of the organization')).action((options: HubOptions) =>
    list('/v1/users', options, ['email', 'name', 'role', 'state']),
  );
  addAccess(
    users
      .command('add')
      .description('a person who is to sign in; prints the password to begin with, once')
      .argument('<email>')
      .requiredOption('--name <name>', 'what the person is called')
      .requiredOption('--role <role>', 'support, engineer, admin, provider or patient')
      .option('--location <id>', 'bound to this location, and to no other; may be repeated', many)
      .option('--provider <id>', 'with role provider: which one')
      .option('--patient <id>', 'with role patient: which one'),
  ).action(addUser);
  addAccess(users.command('reset').description('a new password; no second factor; signed out').argument('<id>')).action(
    (id: string, options: HubOptions) => shownOnce(options, 'POST', `/v1/users/${encodeURIComponent(id)}/reset`),
  );
  addSwitches(users, '/v1/users');

  const clients = program.command('clients').description('the programs that call the API (a token of the role admin)');
  addAccess(clients.command('list').description('all of the organization')).action((options: HubOptions) =>
    list('/v1/clients', options, ['name', 'role', 'authentication', 'state']),
  );
  addAccess(
    clients
      .command('add')
      .description('a program that is to call; prints its secret, once')
      .argument('<name>')
      .option('--role <role>', 'app, support, engineer or admin', 'app')
      .option(
        '--scope <scope>',
        'a SMART scope that it may ask for, e.g. system/Appointment.cruds; may be repeated',
        many,
      )
      .option('--location <id>', 'bound to this location, and to no other; may be repeated', many)
      .option('--jwks <file>', 'its public keys (RFC 7517): it signs assertions, and has no secret'),
  ).action(addClient);
  addAccess(
    clients
      .command('rotate')
      .description('a new secret; the one before is good until the overlap ends')
      .argument('<id>')
      .option('--overlap-hours <hours>', '0: the one before is good no more', '24'),
  ).action((id: string, options: HubOptions & { readonly overlapHours: string }) =>
    shownOnce(options, 'POST', `/v1/clients/${encodeURIComponent(id)}/rotate-secret`, {
      overlapHours: Number(options.overlapHours),
    }),
  );
  addSwitches(clients, '/v1/clients');
}

function addSwitches(command: Command, path: string): void {
  for (const [name, state] of [
    ['disable', 'disabled'],
    ['enable', 'active'],
  ] as const) {
    addAccess(command.command(name).argument('<id>')).action(async (id: string, options: HubOptions) => {
      const access = await findAccess(options, 'admin');
      const item = await callApi<Item>(access, 'PATCH', `${path}/${encodeURIComponent(id)}`, { state });
      print(options.json ? JSON.stringify(item) : `${item.name} is ${item.state}`);
    });
  }
}

async function list(path: string, options: HubOptions, columns: readonly string[]): Promise<void> {
  const items = await allOf(await findAccess(options, 'admin'), path);
  if (options.json) return print(JSON.stringify({ items }));
  print(
    table([
      ['ID', ...columns.map((each) => each.toUpperCase())],
      ...items.map((item) => [item.id, ...columns.map((each) => String(item[each]))]),
    ]),
  );
}

async function allOf(access: ApiAccess, path: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await callApi<{ readonly items: readonly Item[]; readonly nextCursor: string | null }>(
      access,
      'GET',
      path + queryOf({ limit: '200', cursor }),
    );
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

interface NewUserOptions extends HubOptions {
  readonly name: string;
  readonly role: string;
  readonly location?: readonly string[];
  readonly provider?: string;
  readonly patient?: string;
}

const addUser = (email: string, options: NewUserOptions): Promise<void> =>
  shownOnce(options, 'POST', '/v1/users', {
    email,
    name: options.name,
    role: options.role,
    ...(options.location && { locationIds: options.location }),
    ...(options.provider !== undefined && { providerId: options.provider }),
    ...(options.patient !== undefined && { patientId: options.patient }),
  });

interface NewClientOptions extends HubOptions {
  readonly role: string;
  readonly scope?: readonly string[];
  readonly location?: readonly string[];
  readonly jwks?: string;
}

async function addClient(name: string, options: NewClientOptions): Promise<void> {
  const jwks: unknown = options.jwks === undefined ? undefined : JSON.parse(await readFile(options.jwks, 'utf8'));
  await shownOnce(options, 'POST', '/v1/clients', {
    name,
    role: options.role,
    ...(options.scope && { scopes: options.scope }),
    ...(options.location && { locationIds: options.location }),
    ...(jwks !== undefined && { jwks }),
  });
}

interface ShownOnce {
  readonly user?: Item;
  readonly client?: Item;
  readonly temporaryPassword?: string;
  readonly secret?: string | null;
}

async function shownOnce(options: HubOptions, method: 'POST', path: string, body?: unknown): Promise<void> {
  const answer = await callApi<ShownOnce>(await findAccess(options, 'admin'), method, path, body);
  if (options.json) return print(JSON.stringify(answer));
  const { user, client, temporaryPassword, secret } = answer;
  print(`id        ${user?.id ?? client?.id ?? ''}`);
  if (temporaryPassword !== undefined)
    print(`password  ${temporaryPassword}   (shown once; another one is chosen at the first sign-in)`);
  if (typeof secret === 'string') print(`secret    ${secret}   (shown once)`);
}
