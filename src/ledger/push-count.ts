/** How far a sender that counts what it tells has come here: a gap, or a count that went back, means that something was not heard. */
import type { Sql } from '../db/database.ts';

export interface Counted {
  readonly feed: string;
  /** Of what came just now. */
  readonly numbers: readonly number[];
  /** Of all that the sender has told so far. */
  readonly latest: number;
}

/** What comes so much late does not: its sender counts anew. */
const LATE_MAX = 100;

/** False: something may have been told that did not come here. */
export async function countPush(tx: Sql, connectionId: string, { feed, numbers, latest }: Counted): Promise<boolean> {
  // Of two at once the second waits for the first.
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`push/${connectionId}/${feed}`]);
  const found = await tx.query<{ latest: number }>(
    'select latest from push_count where connection_id = $1 and feed = $2',
    [connectionId, feed],
  );
  const before = found.rows[0]?.latest ?? 0;
  const isLate = latest < before && latest > 1 && before - latest <= LATE_MAX;
  await tx.query(
    `insert into push_count (connection_id, feed, latest) values ($1, $2, $3)
     on conflict (connection_id, feed) do update set latest = excluded.latest, heard_at = now()`,
    [connectionId, feed, isLate ? before : latest],
  );
  const told = numbers.filter((number) => number > before && number <= latest);
  return latest >= before && new Set(told).size === latest - before;
}
