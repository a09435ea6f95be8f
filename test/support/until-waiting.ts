/**
 * Resolves when exactly `count` statements of this database wait for a lock; throws after twenty seconds. To be asked
 * outside of any database transaction: within one, Postgres shows the activity as it was at the first look.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/database.ts';

export async function untilWaiting(db: Database, count: number): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await delay(5)) {
    const waiting = await db.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.rowCount === count) return;
    if (Date.now() > deadline) throw new Error(`${String(waiting.rowCount)} wait, not ${count}`);
  }
}
