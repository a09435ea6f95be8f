/** Free slots of the hub's own book, entered as many as a round needs. */
import type { Database } from '../../src/db/database.ts';

/** Ahead of everything that lists and polls look at. */
const DAYS_AHEAD = 100;

export interface Book {
  /** Of the connection. */
  readonly id: string;
  readonly organizationId: string;
  readonly locationId: string;
  readonly providerIds: readonly string[];
}

/** Their ids. `from`: as many were entered before. Each provider's slots follow each other, five minutes long. */
export async function enterSlots(db: Database, book: Book, from: number, count: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `insert into slot (id, organization_id, connection_id, provider_id, location_id, start_at, end_at, mode, status, hub_managed)
     select gen_random_uuid(), $1, $2, ($3::uuid[])[n % cardinality($3::uuid[]) + 1], $4, at, at + interval '5 minutes',
       'in-person', 'free', true
     from generate_series($5::int, $5::int + $6::int - 1) n, lateral (
       select date_trunc('day', now()) + interval '${DAYS_AHEAD} days' + n / cardinality($3::uuid[]) * interval '5 minutes' as at) t
     returning id`,
    [book.organizationId, book.id, book.providerIds, book.locationId, from, count],
  );
  return rows.map(({ id }) => id);
}
