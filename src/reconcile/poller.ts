/** Reads every HIS by its schedule, as long as the process lives: of all processes one reads a HIS at a time. */
import { TurnRefused } from '../connections/turns.ts';
import type { Adapter } from '../adapter-kit/index.ts';
import { beginPolling, takeDuePolls, type PollLease } from '../ledger/poll.ts';
import { takeDueLooks } from '../ledger/look-again.ts';
import { NoLongerReader, POLL_LEASE_MS, underLease } from './hold-lease.ts';
import { lookAgain } from './look-again.ts';
import { readDuePage } from './read-page.ts';
import type { ReconcileParts } from './reconcile.ts';
import { runDueReconciliation } from './run-reconciliation.ts';

const LOOK_MS = 250;
/** HISs that one process reads at once. */
const AT_ONCE = 8;

export interface PollerParts extends ReconcileParts {
  readonly adapters: ReadonlyMap<string, Adapter>;
}

/** Adapters whose HISs can be asked for something that polls take over. */
export const readableAdapters = (adapters: ReadonlyMap<string, Adapter>): string[] =>
  [...adapters].flatMap(([id, { manifest }]) =>
    manifest.managedBy === 'his' &&
    manifest.capabilities.some((each) => ['FindsSlots', 'ListsProviders', 'ListsLocations'].includes(each))
      ? [id]
      : [],
  );

/** Adapters whose HISs tell by themselves what changes there. */
export const tellingAdapters = (adapters: ReadonlyMap<string, Adapter>): string[] =>
  [...adapters].flatMap(([id, { manifest }]) => (manifest.capabilities.includes('ReceivesNotices') ? [id] : []));

export function startPoller(parts: PollerParts): { stop(): Promise<void> } {
  const { db, log } = parts;
  const readable = readableAdapters(parts.adapters);
  const atWork = new Set<Promise<void>>();
  let stopped = false;
  let looking: Promise<void> | undefined;

  const begin = (work: Promise<void>): void => {
    const done = work
      .catch((error: unknown) => {
        if (error instanceof TurnRefused || error instanceof NoLongerReader) return;
        log.warn({ err: error }, 'a HIS was not read; tried again by itself');
      })
      .finally(() => {
        atWork.delete(done);
        look();
      });
    atWork.add(done);
  };

  const lookOnce = async (): Promise<void> => {
    await beginPolling(db, readable);
    for (const lease of await takeDueLooks(db, AT_ONCE - atWork.size, POLL_LEASE_MS)) begin(lookUnder(parts, lease));
    const leases = await takeDuePolls(db, AT_ONCE - atWork.size, POLL_LEASE_MS);
    for (const lease of leases) begin(poll(parts, lease));
    if (atWork.size >= AT_ONCE) return;
    const run = await runDueReconciliation(parts);
    if (run) begin(run());
  };

  const look = (): void => {
    if (stopped || atWork.size >= AT_ONCE) return;
    looking ??= lookOnce()
      .catch((error: unknown) => log.warn({ err: error }, 'polls were not looked for; tried again soon'))
      .finally(() => (looking = undefined));
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await looking;
      await Promise.allSettled(atWork);
    },
  };
}

async function lookUnder(parts: PollerParts, lease: PollLease): Promise<void> {
  await underLease(parts.db, lease, async () => {
    const { connection } = await parts.connections.get(lease.connectionId);
    await lookAgain(parts, lease, connection);
  });
}

async function poll(parts: PollerParts, lease: PollLease): Promise<void> {
  await underLease(parts.db, lease, async () => {
    const { connection } = await parts.connections.get(lease.connectionId);
    await readDuePage(parts, lease, connection);
  });
}
