/**
 * Nothing is lost: whatever is open in the ledger and due, but has no job that will come to it, is called again; leases of
 * workers that died are ended. The queue may forget everything; this does not.
 */
import type { Log } from '../domain/index.ts';
import { endExpiredLeases } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/settle.ts';
import { IS_OLDEST_OPEN } from '../ledger/hand-over.ts';

const SWEEP_MS = 1_000;
const BATCH = 2_000;
/** A job that is on its way deserves this long before it is called again. */
const GRACE = `interval '3 seconds'`;

/** Once `stopping` is aborted it ends with what it has sent so far. */
export async function sweep(
  ledger: Ledger,
  stopping?: AbortSignal,
): Promise<{ readonly expired: number; readonly woken: number }> {
  const swept = await ledger.db.transaction(async (tx) => {
    const expired = await endExpiredLeases(tx, BATCH);
    const forgotten = await tx.query<{ id: string; due_at: string }>(
      `select id, due_at from transaction t
       where state in ('queued', 'retrying', 'parked', 'unknown') and (due_at < now() - ${GRACE} or id = any($1))
         and ${IS_OLDEST_OPEN}
       order by sequence limit $2`,
      [expired, BATCH],
    );
    for (const row of forgotten.rows) {
      // Whoever comes next sweeps again.
      if (stopping?.aborted) break;
      await ledger.queue.send(tx, { transactionId: row.id, dueAt: row.due_at });
    }
    return { expired: expired.length, woken: forgotten.rows.length };
  });
  return swept;
}

/** Sweeps now and then every second, until stopped. */
export function startSweeper(ledger: Ledger, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = running
      .then(() => sweep(ledger, stopping.signal))
      .then(
        (swept) => {
          if (swept.expired > 0) log.warn(swept, 'transactions of a lost worker will be looked up at their HIS');
        },
        (error: unknown) => log.warn({ err: error }, 'the sweep failed; the next one tries again'),
      );
  };
  run();
  const timer = setInterval(run, SWEEP_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}
