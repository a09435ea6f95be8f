/** `tessera replay`: plan, look, run. Sending many transactions once more is never one step. */
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { callApi, findAccess, table, type ApiAccess } from './hub-api.ts';
import { ProgressBar } from './progress-bar.ts';
import { addAccess, addFilters, filterOf, print, type FilterOptions, type HubOptions } from './transactions.ts';

interface Plan {
  readonly id: string;
  readonly state: 'planned' | 'running' | 'paused' | 'cancelled' | 'finished';
  readonly count: number;
  readonly predicted: Readonly<Record<string, number>>;
  readonly progress: Readonly<Record<string, number>>;
  readonly items?: readonly {
    readonly transactionId: string;
    readonly predicted: string;
    readonly state: string;
    readonly result: string | null;
    readonly errorCode: string | null;
    readonly laterTransactionId: string | null;
  }[];
}

const SAMPLE = 10;
/** More than these are sent only after the number was typed, or --yes. */
const SENT_UNASKED = 50;
const POLL_MS = 500;
/** Exit code: the plan came to its end, and not every item to its goal. */
const NOT_ALL = 3;

export function addReplayCommands(program: Command): void {
  const replay = program
    .command('replay')
    .description('send once more what failed (TESSERA_API, TESSERA_TOKEN of the role support or admin)');
  addAccess(
    addFilters(
      replay
        .command('plan')
        .description('fix which transactions would be sent, and see what would come of each; sends nothing'),
    ),
  )
    .addOption(new Option('--ceiling <count>', 'refuse a plan of more transactions').argParser(Number))
    .option('--remap', 'with the present versions of the mappings, not those that each began with')
    .addOption(new Option('--rate <count>', 'transactions in a second, at most').argParser(Number))
    .action(plan);
  addAccess(
    replay
      .command('run')
      .description(
        `run a plan, or go on with it, and wait for its end; exit code 0 when all succeeded, ${NOT_ALL} when not. Ctrl-C ends the waiting, not the plan`,
      )
      .argument('<plan>', 'id of the plan'),
  )
    .option('--yes', `send more than ${SENT_UNASKED} without asking`)
    .option('--no-wait', 'start it, and do not wait')
    .action(run);
  for (const change of ['pause', 'cancel'] as const) {
    addAccess(
      replay
        .command(change)
        .description(
          change === 'pause'
            ? 'send nothing more until it is run again'
            : 'end a plan; what was not sent stays as it was',
        )
        .argument('<plan>', 'id of the plan'),
    ).action(async (id: string, options: HubOptions) =>
      show(await callApi<Plan>(await findAccess(options), 'POST', `${pathOf(id)}/${change}`), options),
    );
  }
  addAccess(
    replay.command('show').description('how far a plan is, item by item').argument('<plan>', 'id of the plan'),
  ).action(async (id: string, options: HubOptions) =>
    show(await callApi<Plan>(await findAccess(options), 'GET', pathOf(id)), options),
  );
}

const pathOf = (id: string): string => `/v1/replay-plans/${encodeURIComponent(id)}`;

async function plan(
  options: FilterOptions & HubOptions & { readonly ceiling?: number; readonly rate?: number; readonly remap?: boolean },
): Promise<void> {
  const { ceiling, rate: ratePerSecond } = options;
  const made = await callApi<Plan>(await findAccess(options), 'POST', '/v1/replay-plans', {
    filter: filterOf(options),
    ...(ceiling === undefined ? {} : { ceiling }),
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
    ...(options.remap ? { mode: 'remap' } : {}),
  });
  if (options.json) return print(JSON.stringify(made));
  print(`plan ${made.id}: ${made.count} transactions, oldest first`);
  print(countsOf(made.predicted));
  const sample = made.items?.slice(0, SAMPLE) ?? [];
  if (sample.length === 0) return;
  print('');
  print(table(sample.map((each) => [each.transactionId, each.predicted, each.laterTransactionId])));
  if (made.count > sample.length) print(`… and ${made.count - sample.length} more: tessera replay show ${made.id}`);
  print(`\nNothing was sent. To send it: tessera replay run ${made.id}`);
}

async function run(
  id: string,
  options: HubOptions & { readonly yes?: boolean; readonly wait: boolean },
): Promise<void> {
  const access = await findAccess(options);
  const before = await callApi<Plan>(access, 'GET', `${pathOf(id)}?items=none`);
  if (!options.yes) await confirm(before);
  const started = await callApi<Plan>(access, 'POST', `${pathOf(id)}/run`);
  if (!options.wait) return show(started, options);
  await waitForEnd(access, id);
  const ended = await callApi<Plan>(access, 'GET', pathOf(id));
  show(ended, options);
  const { succeeded = 0, skipped = 0 } = ended.progress;
  if (succeeded + skipped < ended.count) process.exitCode = NOT_ALL;
}

/** Whoever sends hundreds has read how many. */
async function confirm({ progress }: Plan): Promise<void> {
  const waiting = progress['waiting'] ?? 0;
  if (waiting <= SENT_UNASKED) return;
  if (!process.stdin.isTTY) throw new Error(`the plan would send ${waiting} transactions: say --yes to send them`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await terminal.question(`This sends ${waiting} transactions. Type the number to go on: `);
  terminal.close();
  if (typed.trim() !== String(waiting)) throw new Error('not confirmed: nothing was sent');
}

async function waitForEnd(access: ApiAccess, id: string): Promise<void> {
  const bar = new ProgressBar(process.stderr);
  for (;;) {
    const { state, progress, count } = await callApi<Plan>(access, 'GET', `${pathOf(id)}?items=none`);
    bar.show(count - (progress['waiting'] ?? 0) - (progress['open'] ?? 0), count, countsOf(progress));
    if (state !== 'running') break;
    await delay(POLL_MS);
  }
  bar.end();
}

function show(shown: Plan, { json }: HubOptions): void {
  if (json) return print(JSON.stringify(shown));
  print(`plan ${shown.id}: ${shown.state}, ${shown.count} transactions`);
  print(countsOf(shown.progress));
  if (!shown.items || shown.items.length === 0) return;
  print('');
  print(
    table([
      ['TRANSACTION', 'PREDICTED', 'STATE', 'RESULT', 'ERROR'],
      ...shown.items.map((each) => [each.transactionId, each.predicted, each.state, each.result, each.errorCode]),
    ]),
  );
}

const countsOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
