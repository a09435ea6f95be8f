import type pg from 'pg';
import { DatabaseAway, throwOrAway } from './database-away.ts';
import { statement } from './prepared.ts';
import type { Sql } from './sql.ts';

/** What is to be done once a transaction that is open now has been committed. */
const afterwards = new WeakMap<Sql, (() => void)[]>();

/**
 * Runs `work`, which must not throw, right after the commit of the transaction `tx`: for what another system may only hear of
 * when it is certain. Never runs when the transaction is rolled back, when the answer to its commit is lost, or when the
 * process dies between: somebody else has to come back to it. Throws when `tx` is no open transaction of `Database.transaction`.
 */
export function afterCommit(tx: Sql, work: () => void): void {
  const waiting = afterwards.get(tx);
  if (!waiting) throw new Error('this works only inside Database.transaction, and before it has ended');
  waiting.push(work);
}

export const BEGIN = 'begin isolation level read committed';

/**
 * Runs `work` in one READ COMMITTED transaction: what keeps bookings apart are constraints, which hold at every level.
 * Commits when `work` resolves, rolls back when it throws. A commit whose answer never came is thrown:
 * whether it took effect is not known, and the caller must look. `begin`: what begins it, in one message.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: Sql) => Promise<T>, begin = BEGIN): Promise<T> {
  const client = await pool.connect().catch(throwOrAway);
  let open = true;
  let broken = false;
  const tx: Sql = {
    query(text, values) {
      // The connection may already serve somebody else.
      if (!open)
        return Promise.reject(new Error('a query was made on a transaction that has ended: await all its work'));
      return client.query(statement(text, values)).catch(throwOrAway);
    },
  };
  const waiting: (() => void)[] = [];
  afterwards.set(tx, waiting);
  try {
    await client.query(begin).catch(throwOrAway);
    const result = await work(tx);
    open = false;
    afterwards.delete(tx);
    const { command } = await client.query('commit').catch(throwOrAway);
    // Postgres answers a commit of a failed transaction with ROLLBACK, and no error.
    if (command !== 'COMMIT') throw new Error('nothing was committed: a statement of the transaction had failed');
    // Not from here: what goes wrong there is not to be taken for a failed transaction.
    for (const each of waiting) queueMicrotask(each);
    return result;
  } catch (error) {
    open = false;
    afterwards.delete(tx);
    // A connection that is lost, or cannot even roll back, is not handed to the next user. Closing it rolls back.
    if (error instanceof DatabaseAway) broken = true;
    else await client.query('rollback').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}
