import type pg from 'pg';
import type { Sql } from './sql.ts';

/**
 * Runs `work` in one READ COMMITTED transaction: what keeps bookings apart are constraints, which hold at every level.
 * Commits when `work` resolves, rolls back when it throws. A commit whose answer never came is thrown:
 * whether it took effect is not known, and the caller must look.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let open = true;
  let broken = false;
  try {
    await client.query('begin isolation level read committed');
    const result = await work({
      query(text, values) {
        // The connection may already serve somebody else.
        if (!open)
          return Promise.reject(new Error('a query was made on a transaction that has ended: await all its work'));
        return client.query(text, values === undefined ? undefined : [...values]);
      },
    });
    open = false;
    const { command } = await client.query('commit');
    // Postgres answers a commit of a failed transaction with ROLLBACK, and no error.
    if (command !== 'COMMIT') throw new Error('nothing was committed: a statement of the transaction had failed');
    return result;
  } catch (error) {
    open = false;
    // A connection that cannot even roll back is not handed to the next user.
    await client.query('rollback').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}
