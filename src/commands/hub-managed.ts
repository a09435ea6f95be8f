/** What only the hub's own book allows: a HIS keeps its own providers and slots, and the hub shows them read-only. */
import { HubError, isId, notFound, type Caller, type ManagedBy } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';

export interface HubProvider {
  readonly id: string;
  readonly connectionId: string;
  readonly version: number;
}

export const managedByHis = (what: string): HubError =>
  new HubError(
    'managed-by-his',
    `This ${what} belongs to a connection whose HIS keeps the book: change it there, and the hub will follow.`,
  );

/** Errors: forbidden, when the caller is a provider and not this one. */
export function checkOwnProvider(caller: Caller, providerId: string): void {
  if (caller.role === 'provider' && caller.providerId !== providerId) {
    throw new HubError('forbidden', 'A provider may change only what is its own.');
  }
}

/**
 * Locks the provider's row, so that changes of its profile, schedule and single slots come one after the other.
 * Errors: not-found, forbidden, managed-by-his.
 */
export async function lockHubProvider(tx: Sql, caller: Caller, providerId: string): Promise<HubProvider> {
  if (!isId(providerId)) throw notFound('provider');
  const found = await tx.query<{ connection_id: string; version: number; managed_by: ManagedBy }>(
    `select p.connection_id, p.version, c.managed_by from provider p join connection c on c.id = p.connection_id
     where p.id = $1 and p.organization_id = $2 for no key update of p`,
    [providerId, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('provider');
  checkOwnProvider(caller, providerId);
  if (row.managed_by === 'his') throw managedByHis('provider');
  return { id: providerId, connectionId: row.connection_id, version: row.version };
}

export interface Site {
  readonly id: string;
  readonly connectionId: string;
  readonly managedBy: ManagedBy;
  readonly timeZone: string;
}

/** The organization's locations among `ids`, by id. What is no id, or another organization's, is missing. */
export async function findSites(sql: Sql, caller: Caller, ids: readonly string[]): Promise<ReadonlyMap<string, Site>> {
  const found = await sql.query<Site & { id: string }>(
    `select l.id, l.connection_id as "connectionId", c.managed_by as "managedBy", l.time_zone as "timeZone"
     from location l join connection c on c.id = l.connection_id
     where l.organization_id = $1 and l.id = any($2::uuid[])`,
    [caller.organizationId, ids.filter(isId)],
  );
  return new Map(found.rows.map((row) => [row.id, row]));
}

/** The provider works at these locations too, and is found there. */
export async function addWorkplaces(tx: Sql, providerId: string, locationIds: readonly string[]): Promise<void> {
  await tx.query(
    `insert into provider_location (provider_id, location_id) select $1, unnest($2::uuid[]) on conflict do nothing`,
    [providerId, locationIds],
  );
}
