import type { Sql } from '../../src/db/database.ts';
import type { Caller, Slot } from '../../src/domain/index.ts';
import { Availability, type AvailabilityFilter } from '../../src/queries/availability.ts';
import type { Page, PageRequest } from '../../src/queries/page.ts';

/** A page of the free slots of a provider, as whoever asked would read it. */
export async function readAvailability(
  sql: Sql,
  caller: Caller,
  providerId: string,
  filter: AvailabilityFilter = {},
  page: PageRequest = { limit: 200 },
): Promise<Page<Slot>> {
  const { items, next } = await new Availability(sql).read(caller, providerId, filter, page, false);
  return { items: items.map((json) => JSON.parse(json.toString()) as Slot), next };
}
