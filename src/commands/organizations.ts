import { newId } from '../db/new-id.ts';
import { isUniqueViolation, type Database, type Sql } from '../db/database.ts';
import { HubError, type Caller } from '../domain/index.ts';
import { createUser, type NewUser } from './users.ts';

export interface OrganizationInput {
  readonly key: string;
  readonly name: string;
  readonly admin: { readonly email: string; readonly name: string };
}

/** What concerns every organization is for the one that the hub was set up with. Errors: forbidden. */
export async function checkRunsPlatform(sql: Sql, caller: Caller): Promise<void> {
  const own = await sql.query('select 1 from organization where id = $1 and runs_platform', [caller.organizationId]);
  if (own.rowCount !== 1) throw new HubError('forbidden', 'This is for admins of the organization that runs the hub.');
}

/** Adds a tenant with its first admin. Errors: forbidden (not of the organization that runs the hub), validation, state-conflict. */
export async function createOrganization(
  db: Database,
  caller: Caller,
  { key, name, admin }: OrganizationInput,
): Promise<{ readonly id: string; readonly admin: NewUser }> {
  const id = newId();
  return db.transaction(async (tx) => {
    await checkRunsPlatform(tx, caller);
    try {
      await tx.query('insert into organization (id, key, name) values ($1, $2, $3)', [id, key, name]);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new HubError('state-conflict', 'There is an organization of this key already. Choose another one.', {
        errors: [{ pointer: '/key', detail: 'is in use' }],
      });
    }
    return { id, admin: await createUser(tx, { ...caller, organizationId: id }, { ...admin, role: 'admin' }) };
  });
}
