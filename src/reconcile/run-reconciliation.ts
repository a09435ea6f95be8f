/** Reconciliations one after the other, each under the lease of the reader of its HIS. */
import { AdapterError } from '../adapter-kit/index.ts';
import { TurnRefused } from '../connections/turns.ts';
import { isPassing } from '../db/database.ts';
import { takePoll } from '../ledger/poll.ts';
import {
  beginReconciliation,
  dueReconciliation,
  endReconciliation,
  scheduleReconciliations,
} from '../ledger/reconciliation-run.ts';
import { NoLongerReader, POLL_LEASE_MS, underLease } from './hold-lease.ts';
import { NotRead } from './read-his.ts';
import { reconcile, type ReconcileParts } from './reconcile.ts';

/** Nothing is wrong with the run: another process goes on with it, or this one does when the database is there again, or nobody in the way. */
const isForAnother = (error: unknown): boolean =>
  error instanceof NoLongerReader || error instanceof TurnRefused || isPassing(error);

/** A stable word where the reason is the HIS, or the settings that lead to it. */
const reasonOf = (error: unknown): string | undefined =>
  error instanceof NotRead || error instanceof AdapterError ? error.reason : undefined;

/** The work of the oldest one that is due, leased already; undefined: none is. */
export async function runDueReconciliation(parts: ReconcileParts): Promise<(() => Promise<void>) | undefined> {
  const { db, log } = parts;
  await scheduleReconciliations(db);
  const run = await dueReconciliation(db);
  const lease = run && (await takePoll(db, run.connectionId, POLL_LEASE_MS));
  if (!run || !lease) return undefined;
  return () =>
    underLease(db, lease, async () => {
      await beginReconciliation(db, run.id);
      try {
        const { connection } = await parts.connections.get(run.connectionId);
        const counts = await reconcile(parts, lease, run, connection);
        log.info({ connectionId: run.connectionId, runId: run.id, ...counts }, 'the connection was reconciled');
      } catch (error) {
        if (isForAnother(error)) throw error;
        const reason = reasonOf(error);
        const errorCode = reason ?? 'internal';
        const about = { connectionId: run.connectionId, runId: run.id, code: errorCode };
        if (reason === undefined) log.error({ ...about, err: error }, 'the HIS could not be reconciled');
        else log.warn(about, 'the HIS could not be reconciled');
        await db.transaction((tx) => endReconciliation(tx, run, { counts: {}, errorCode }));
      }
    });
}
