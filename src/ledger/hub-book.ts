/** The hub's own book, in Postgres: what a connection without a HIS is booked into. Constraints refuse what must not be. */
import { v7 as uuidv7 } from 'uuid';
import { isExclusionViolation, type Sql } from '../db/database.ts';

interface Entry {
  readonly transactionId: string;
  readonly providerId: string;
  readonly seat: number;
  readonly start: string;
  readonly end: string;
}

interface State {
  readonly entryId: string;
  readonly status: 'booked' | 'struck';
  readonly providerId: string;
  readonly seat: number;
  readonly start: string;
}

const STATE = `id as "entryId", status, provider_id as "providerId", seat, start_at as start`;

/** The book of one connection; the shape is adapter-kit's HubBook. */
export function openHubBook(sql: Sql, connectionId: string) {
  const one = async (where: string, value: string): Promise<State | undefined> => {
    const found = await sql.query<State & Record<string, unknown>>(
      `select ${STATE} from book_entry where connection_id = $1 and ${where} = $2`,
      [connectionId, value],
    );
    return found.rows[0];
  };
  return {
    async enter(entry: Entry): Promise<{ kind: 'entered'; entryId: string } | { kind: 'overlaps' }> {
      try {
        const entered = await sql.query<{ id: string }>(
          `insert into book_entry (id, connection_id, transaction_id, provider_id, seat, start_at, end_at, status)
           values ($1, $2, $3, $4, $5, $6, $7, 'booked')
           on conflict (transaction_id) do update set transaction_id = excluded.transaction_id returning id`,
          [uuidv7(), connectionId, entry.transactionId, entry.providerId, entry.seat, entry.start, entry.end],
        );
        return { kind: 'entered', entryId: (entered.rows[0] as { id: string }).id };
      } catch (error) {
        if (isExclusionViolation(error, 'book_entry_overlap')) return { kind: 'overlaps' };
        throw error;
      }
    },

    async move(entryId: string, to: Omit<Entry, 'transactionId'>): Promise<'moved' | 'overlaps' | 'unknown-entry'> {
      try {
        const moved = await sql.query(
          `update book_entry set provider_id = $3, seat = $4, start_at = $5, end_at = $6
           where connection_id = $1 and id = $2 and status = 'booked'`,
          [connectionId, entryId, to.providerId, to.seat, to.start, to.end],
        );
        return moved.rowCount === 1 ? 'moved' : 'unknown-entry';
      } catch (error) {
        if (isExclusionViolation(error, 'book_entry_overlap')) return 'overlaps';
        throw error;
      }
    },

    async strike(entryId: string): Promise<'struck' | 'unknown-entry'> {
      const struck = await sql.query(`update book_entry set status = 'struck' where connection_id = $1 and id = $2`, [
        connectionId,
        entryId,
      ]);
      return struck.rowCount === 1 ? 'struck' : 'unknown-entry';
    },

    findByTransaction: (transactionId: string) => one('transaction_id', transactionId),
    read: (entryId: string) => one('id', entryId),
  };
}
