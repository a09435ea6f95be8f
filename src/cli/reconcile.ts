/** Compares a connection with its HIS, and shows what differs. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { callApi, findAccess, queryOf, table, type ApiAccess } from './hub-api.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

interface Run {
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly errorCode: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

interface Drift {
  readonly id: string;
  readonly kind: string;
  readonly cause: string;
  readonly state: string;
  readonly settlement: string;
  readonly obstacle: string | null;
  readonly externalId: string | null;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

const LOOK_MS = 500;
const SHOWN_MAX = 200;
/** Exit code: it was compared, and something waits for a person. */
const SOMETHING_OPEN = 3;

export function addReconcileCommand(program: Command): void {
  addAccess(
    program
      .command('reconcile')
      .description(
        `compare a connection with its HIS and show what differs; sends nothing to the HIS. Exit code ${SOMETHING_OPEN} when something waits for a person (TESSERA_API, TESSERA_TOKEN of the role support or admin)`,
      )
      .argument('<connection>', 'id or key of the connection'),
  )
    .option('--no-wait', 'ask for it, and do not wait for its end')
    .action(reconcile);
}

async function reconcile(connection: string, options: HubOptions & { readonly wait: boolean }): Promise<void> {
  const access = await findAccess(options);
  const connectionId = await idOf(access, connection);
  const asked = await callApi<{ readonly runId: string }>(
    access,
    'POST',
    `/v1/connections/${encodeURIComponent(connectionId)}/reconcile`,
  );
  if (!options.wait) return print(options.json ? JSON.stringify(asked) : `run ${asked.runId} was asked for`);
  const run = await ended(access, connectionId, asked.runId);
  if (run.state === 'failed') {
    throw new Error(
      run.errorCode === 'internal'
        ? 'the hub has failed: nothing was compared. Its log says how, under the id of the run'
        : `the HIS could not be read (${run.errorCode ?? 'unknown'}): nothing was compared. Try the connection: POST /v1/connections/{id}/check`,
    );
  }
  const query = queryOf({ run: run.id, limit: String(SHOWN_MAX) });
  const { items, nextCursor } = await callApi<Page<Drift>>(access, 'GET', `/v1/drift${query}`);
  if ((run.counts['open'] ?? 0) > 0) process.exitCode = SOMETHING_OPEN;
  if (options.json) return print(JSON.stringify({ run, drift: items }));
  print(`run ${run.id}: ${countsOf(run.counts) || 'nothing was compared'}`);
  if (items.length === 0) return;
  print('');
  print(
    table([
      ['DRIFT', 'KIND', 'CAUSE', 'STATE', 'SETTLEMENT', 'AT HIS', 'OBSTACLE'],
      ...items.map((each) => [
        each.id,
        each.kind,
        each.cause,
        each.state,
        each.settlement,
        each.externalId,
        each.obstacle,
      ]),
    ]),
  );
  if (nextCursor !== null) print(`… and more: GET /v1/drift?run=${run.id}`);
}

async function idOf(access: ApiAccess, connection: string): Promise<string> {
  for (let cursor: string | undefined; ;) {
    const page = await callApi<Page<{ readonly id: string; readonly key: string }>>(
      access,
      'GET',
      `/v1/connections${queryOf({ limit: '200', cursor })}`,
    );
    const found = page.items.find(({ id, key }) => id === connection || key === connection);
    if (found) return found.id;
    if (page.nextCursor === null) throw new Error(`no connection "${connection}": expected its id, or its key`);
    cursor = page.nextCursor;
  }
}

async function ended(access: ApiAccess, connection: string, runId: string): Promise<Run> {
  for (;;) {
    const { items } = await callApi<Page<Run>>(access, 'GET', `/v1/reconciliation-runs${queryOf({ connection })}`);
    const run = items.find(({ id }) => id === runId);
    if (run?.state === 'done' || run?.state === 'failed') return run;
    await delay(LOOK_MS);
  }
}

const countsOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
