/** Reads a HIS under the lease of its reader, renewed while the work goes on. */
import type { Database, Sql } from '../db/database.ts';
import { endPoll, renewPoll, stillReads, type PollLease } from '../ledger/poll.ts';

export const POLL_LEASE_MS = 30_000;

/** Somebody else reads the HIS by now: what was read is not written. */
export class NoLongerReader extends Error {
  constructor() {
    super('the lease of the reader was lost: what was read is not written');
    this.name = 'NoLongerReader';
  }
}

export async function underLease<T>(db: Database, lease: PollLease, work: () => Promise<T>): Promise<T> {
  // A renewal that fails leaves the lease to its end; whoever is fenced off then finds out when it writes.
  const timer = setInterval(() => void renewPoll(db, lease, POLL_LEASE_MS).catch(() => {}), POLL_LEASE_MS / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await endPoll(db, lease);
  }
}

/** Writes what was read. Throws NoLongerReader. */
export function writing<T>(db: Database, lease: PollLease, work: (tx: Sql) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    if (!(await stillReads(tx, lease))) throw new NoLongerReader();
    return work(tx);
  });
}
