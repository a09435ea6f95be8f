/** `tessera transactions`: the ledger of a running hub, on a terminal or for a program. */
import { Option, type Command } from 'commander';
import { callApi, findAccess, queryOf, table, type AccessOptions } from './hub-api.ts';

/** The filters of the list of transactions, by their names in the API. */
export interface FilterOptions {
  readonly state?: string;
  readonly connection?: string;
  readonly kind?: string;
  readonly appointment?: string;
  readonly patient?: string;
  readonly externalId?: string;
  readonly errorCode?: string;
  readonly from?: string;
  readonly to?: string;
}

interface Transaction {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
  readonly errorCode: string | null;
  readonly createdAt: string;
}

interface TimelineEntry {
  readonly at: string;
  readonly kind: string;
  readonly event?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly step?: string;
  readonly purpose?: string;
  readonly class?: string | null;
  readonly reason?: string | null;
}

export function addFilters(command: Command): Command {
  return command
    .option('--state <state>', 'in this state, e.g. failed or needs_review')
    .option('--connection <id>', 'towards this connection')
    .option('--kind <kind>', 'book, reschedule or cancel')
    .option('--appointment <id>', 'of this appointment')
    .option('--patient <id>', 'of this patient')
    .option('--external-id <key>', 'of the appointment with this key at its HIS')
    .option('--error-code <code>', 'with this error')
    .option('--from <time>', 'created at or after this time, e.g. 2027-02-27T08:00:00Z')
    .option('--to <time>', 'created before this time');
}

export function filterOf(options: FilterOptions): FilterOptions {
  const { state, connection, kind, appointment, patient, externalId, errorCode, from, to } = options;
  const filter = { state, connection, kind, appointment, patient, externalId, errorCode, from, to };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** For every command that talks to a hub. */
export const addAccess = (command: Command): Command =>
  command
    .option('--sandbox', 'use the sandbox that runs in TESSERA_DATA_DIR instead of TESSERA_API and TESSERA_TOKEN')
    .option('--json', 'print JSON');

export type HubOptions = AccessOptions & { readonly json?: boolean };

export function addTransactionCommands(program: Command): void {
  const transactions = program
    .command('transactions')
    .description('what was sent to the hospitals, and what came back (TESSERA_API, TESSERA_TOKEN)');
  addAccess(addFilters(transactions.command('list').description('the ledger, newest first; all filters must fit')))
    .addOption(new Option('--limit <rows>', 'rows of a page, 200 at most').default('50'))
    .option('--cursor <cursor>', 'nextCursor of the page before')
    .action(list);
  addAccess(
    transactions
      .command('blocked')
      .description('appointments whose changes are held up by one that is stuck, oldest first')
      .option('--connection <id>', 'of this connection'),
  )
    .addOption(new Option('--limit <rows>', 'rows of a page, 200 at most').default('50'))
    .option('--cursor <cursor>', 'nextCursor of the page before')
    .action(blocked);
  addAccess(
    transactions
      .command('release')
      .description(
        'set the change in doubt aside that blocks an appointment, so that later ones go on; it still waits for a person',
      )
      .argument('<appointment>', 'id of the appointment')
      .requiredOption('--reason <text>', 'why it is safe to go on; kept sealed'),
  ).action(release);
  addAccess(transactions.command('show').description('one transaction and its story').argument('<id>')).action(show);
}

async function list(
  options: FilterOptions & HubOptions & { readonly limit: string; readonly cursor?: string },
): Promise<void> {
  const query = queryOf({ ...filterOf(options), limit: options.limit, cursor: options.cursor });
  const page = await callApi<{ items: Transaction[]; nextCursor: string | null }>(
    await findAccess(options),
    'GET',
    `/v1/transactions${query}`,
  );
  if (options.json) return print(JSON.stringify(page));
  print(
    table([
      ['ID', 'KIND', 'STATE', 'ATTEMPTS', 'ERROR', 'CREATED'],
      ...page.items.map((each) => [each.id, each.kind, each.state, each.attempts, each.errorCode, each.createdAt]),
    ]),
  );
  if (page.nextCursor) print(`\nmore: --cursor ${page.nextCursor}`);
}

interface Blocked {
  readonly appointmentId: string;
  readonly transactionId: string;
  readonly kind: string;
  readonly state: string;
  readonly errorCode: string | null;
  readonly ageSeconds: number;
  readonly waiting: number;
  readonly releasable: boolean;
}

async function blocked(
  options: HubOptions & { readonly connection?: string; readonly limit: string; readonly cursor?: string },
): Promise<void> {
  const { connection, limit, cursor } = options;
  const page = await callApi<{ items: Blocked[]; nextCursor: string | null }>(
    await findAccess(options),
    'GET',
    `/v1/blocked-appointments${queryOf({ connection, limit, cursor })}`,
  );
  if (options.json) return print(JSON.stringify(page));
  if (page.items.length === 0) return print('no appointment is blocked');
  print(
    table([
      ['APPOINTMENT', 'BLOCKED BY', 'KIND', 'STATE', 'ERROR', 'SECONDS', 'WAITING', 'DO'],
      ...page.items.map((each) => [
        each.appointmentId,
        each.transactionId,
        each.kind,
        each.state,
        each.errorCode,
        each.ageSeconds,
        each.waiting,
        each.releasable ? 'release or resolve' : each.state === 'needs_review' ? 'resolve' : 'see its connection',
      ]),
    ]),
  );
  if (page.nextCursor) print(`\nmore: --cursor ${page.nextCursor}`);
}

async function release(appointmentId: string, options: HubOptions & { readonly reason: string }): Promise<void> {
  const released = await callApi<Transaction>(
    await findAccess(options),
    'POST',
    `/v1/appointments/${encodeURIComponent(appointmentId)}/release`,
    { reason: options.reason },
  );
  if (options.json) return print(JSON.stringify(released));
  print(
    `transaction ${released.id} (${released.kind}) is set aside, and still needs_review: what was asked later goes on`,
  );
}

async function show(id: string, options: HubOptions): Promise<void> {
  const access = await findAccess(options);
  const path = `/v1/transactions/${encodeURIComponent(id)}`;
  const transaction = await callApi<Readonly<Record<string, string | number | object | null>>>(access, 'GET', path);
  const { items } = await callApi<{ items: TimelineEntry[] }>(access, 'GET', `${path}/timeline`);
  if (options.json) return print(JSON.stringify({ ...transaction, timeline: items }));
  print(
    table(
      Object.entries(transaction).map(([name, value]) => [
        name,
        typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
      ]),
    ),
  );
  print(`\n${table(items.map((each) => [each.at, each.kind, storyOf(each)]))}`);
}

function storyOf(entry: TimelineEntry): string {
  if (entry.kind === 'request') return `${entry.method} ${entry.route} ${entry.status}`;
  if (entry.kind === 'event') return entry.event ?? '';
  return `${entry.purpose} ${entry.step}: ${entry.class ?? 'no answer yet'}${entry.reason ? ` (${entry.reason})` : ''}`;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
