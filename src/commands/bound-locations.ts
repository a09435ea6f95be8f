import type { Sql } from '../db/database.ts';
import { isId, type Caller, type Role } from '../domain/index.ts';
import type { FieldErrors } from './field-errors.ts';

/** Only apps and support are bound to locations: what the others do concerns the organization, or themselves. */
export async function checkLocations(
  sql: Sql,
  caller: Caller,
  role: Role,
  ids: readonly string[] | null | undefined,
  errors: FieldErrors,
): Promise<void> {
  if (!ids) return;
  if (role !== 'app' && role !== 'support') errors.add('/locationIds', 'expected with role app or support only');
  const found = await sql.query<{ id: string }>(
    'select id from location where id = any($1::uuid[]) and organization_id = $2',
    [ids.filter(isId), caller.organizationId],
  );
  const known = new Set(found.rows.map((row) => row.id));
  for (const [index, id] of ids.entries())
    if (!known.has(id.toLowerCase())) errors.add(`/locationIds/${index}`, 'expected a location of your organization');
}
