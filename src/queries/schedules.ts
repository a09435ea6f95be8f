import { HubError, isId, notFound, type Caller, type ManagedBy, type Schedule } from '../domain/index.ts';
import type { Sql } from '../db/database.ts';

/** A provider's schedule and the provider's version. Errors: not-found; managed-by-his, for whose schedule the HIS is to be asked. */
export async function readSchedule(
  sql: Sql,
  caller: Caller,
  providerId: string,
): Promise<{ readonly schedule: Schedule; readonly version: number }> {
  if (!isId(providerId)) throw notFound('provider');
  const found = await sql.query<{ schedule: Schedule; version: number; managedBy: ManagedBy }>(
    `select p.schedule, p.version, c.managed_by as "managedBy" from provider p join connection c on c.id = p.connection_id
     where p.id = $1 and p.organization_id = $2`,
    [providerId, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('provider');
  if (row.managedBy === 'his') {
    throw new HubError(
      'managed-by-his',
      'The HIS of this provider keeps its schedule, and does not show it here: read its free slots instead.',
    );
  }
  return { schedule: row.schedule, version: row.version };
}
