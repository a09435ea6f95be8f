/** The hub's own book, in Postgres: what a connection without a HIS is booked into. Constraints refuse what must not be. */
import { newId } from '../db/new-id.ts';
import { Grouped, isExclusionViolation, prepared, type Sql } from '../db/database.ts';

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

type Entered = { kind: 'entered'; entryId: string } | { kind: 'overlaps' };

const ENTER = prepared(`
  insert into book_entry (id, connection_id, transaction_id, provider_id, seat, start_at, end_at, status)
  select id, $1::uuid, transaction_id, provider_id, seat, start_at, end_at, 'booked'
  from jsonb_to_recordset($2) as entry (id uuid, transaction_id uuid, provider_id uuid, seat smallint, start_at timestamptz,
    end_at timestamptz)
  on conflict (transaction_id) do update set transaction_id = excluded.transaction_id returning id, transaction_id`);

/** Together, as long as none of them overlaps: then each by itself. */
async function enter(sql: Sql, connectionId: string, group: readonly Entry[]): Promise<Entered[]> {
  const rows = group.map(({ transactionId, providerId, seat, start, end }) => ({
    id: newId(),
    transaction_id: transactionId,
    provider_id: providerId,
    seat,
    start_at: start,
    end_at: end,
  }));
  try {
    const entered = await sql.query<{ id: string; transaction_id: string }>(ENTER, [
      connectionId,
      JSON.stringify(rows),
    ]);
    const ids = new Map(entered.rows.map((row) => [row.transaction_id, row.id]));
    return group.map(({ transactionId }) => ({ kind: 'entered', entryId: ids.get(transactionId) ?? '' }));
  } catch (error) {
    if (!isExclusionViolation(error, 'book_entry_overlap')) throw error;
    if (group.length === 1) return [{ kind: 'overlaps' }];
    const one: Entered[] = [];
    for (const entry of group) one.push(...(await enter(sql, connectionId, [entry])));
    return one;
  }
}

/** The book of one connection; the shape is adapter-kit's HubBook. */
export function openHubBook(sql: Sql, connectionId: string) {
  const entries = new Grouped<Entry, Entered>((group) => enter(sql, connectionId, group), {
    keys: ({ transactionId }) => [transactionId],
  });
  const one = async (where: string, value: string): Promise<State | undefined> => {
    const found = await sql.query<State & Record<string, unknown>>(
      `select ${STATE} from book_entry where connection_id = $1 and ${where} = $2`,
      [connectionId, value],
    );
    return found.rows[0];
  };
  return {
    enter: (entry: Entry): Promise<Entered> => entries.ask(entry),

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
