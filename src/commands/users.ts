/** People who sign in: added, changed, switched off, helped when they are locked out. */
import { newId } from '../db/new-id.ts';
import { isUniqueViolation, type Database, type Sql } from '../db/database.ts';
import { HubError, isId, notFound, type Caller, type Role } from '../domain/index.ts';
import { hashSecret, temporaryPassword } from '../identity/index.ts';
import { FieldErrors } from './field-errors.ts';
import { checkLocations } from './bound-locations.ts';
import { cleanEmail } from './person-fields.ts';

export interface UserInput {
  readonly email: string;
  readonly name: string;
  readonly role: Exclude<Role, 'app'>;
  readonly patientId?: string;
  readonly providerId?: string;
  readonly locationIds?: readonly string[] | null;
}

export interface UserChange {
  readonly name?: string;
  readonly role?: 'support' | 'engineer' | 'admin';
  readonly locationIds?: readonly string[] | null;
  readonly state?: 'active' | 'disabled';
}

export interface NewUser {
  readonly id: string;
  /** Shown once. */
  readonly temporaryPassword: string;
}

/** Errors: validation, state-conflict (somebody signs in with this e-mail already). */
export async function createUser(sql: Sql, caller: Caller, input: UserInput): Promise<NewUser> {
  const errors = new FieldErrors();
  const email = cleanEmail(input.email, errors);
  for (const [role, member] of [
    ['patient', 'patientId'],
    ['provider', 'providerId'],
  ] as const) {
    const id = input[member];
    if (input.role !== role && id !== undefined) errors.add(`/${member}`, `expected with role ${role} only`);
    if (input.role === role && !(id !== undefined && (await isOfOrganization(sql, caller, role, id))))
      errors.add(`/${member}`, `expected a ${role} of your organization`);
  }
  await checkLocations(sql, caller, input.role, input.locationIds, errors);
  errors.check();
  const [id, password] = [newId(), temporaryPassword()];
  try {
    await sql.query(
      `insert into account (id, organization_id, email, name, role, patient_id, provider_id, location_ids, password_hash)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        caller.organizationId,
        email,
        input.name,
        input.role,
        input.patientId ?? null,
        input.providerId ?? null,
        input.locationIds ?? null,
        await hashSecret(password),
      ],
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new HubError('state-conflict', 'Somebody signs in with this e-mail address already. Choose another one.', {
      errors: [{ pointer: '/email', detail: 'is in use' }],
    });
  }
  return { id, temporaryPassword: password };
}

/** Errors: not-found, validation, state-conflict (the last admin). */
export async function changeUser(db: Database, caller: Caller, id: string, change: UserChange): Promise<void> {
  await db.transaction(async (tx) => {
    const before = await lockUser(tx, caller, id);
    const role = change.role ?? before.role;
    const errors = new FieldErrors();
    if (change.role && (before.role === 'patient' || before.role === 'provider'))
      errors.add('/role', `expected none: who is a ${before.role} stays one; add another user`);
    // Who becomes more than support is bound no longer.
    const locations = change.locationIds === undefined && role === 'support' ? before.location_ids : change.locationIds;
    await checkLocations(tx, caller, role, locations, errors);
    errors.check();
    const ends = change.state === 'disabled' || role !== 'admin';
    if (before.role === 'admin' && before.disabled_at === null && ends) await checkNotLast(tx, caller, id);
    await tx.query(
      `update account set name = coalesce($2, name), role = $3, location_ids = $4, version = version + 1,
         disabled_at = case $5 when 'disabled' then coalesce(disabled_at, now()) when 'active' then null else disabled_at end
       where id = $1`,
      [id, change.name ?? null, role, locations ?? null, change.state ?? null],
    );
    // What a session says about its person is old now.
    await tx.query('delete from identity_record where account_id = $1', [id]);
  });
}

/** A new password to begin with; no second factor; signed out everywhere. Errors: not-found. */
export async function resetUser(db: Database, caller: Caller, id: string): Promise<NewUser> {
  const password = temporaryPassword();
  const hash = await hashSecret(password);
  await db.transaction(async (tx) => {
    await lockUser(tx, caller, id);
    await tx.query(
      `update account set password_hash = $2, password_temporary = true, totp_secret = null, totp_confirmed_at = null,
         totp_step = null, failures = 0, locked_until = null, version = version + 1 where id = $1`,
      [id, hash],
    );
    await tx.query('delete from identity_record where account_id = $1', [id]);
  });
  return { id, temporaryPassword: password };
}

interface Before {
  readonly role: Role;
  readonly location_ids: string[] | null;
  readonly disabled_at: string | null;
}

async function lockUser(tx: Sql, caller: Caller, id: string): Promise<Before> {
  if (!isId(id)) throw notFound('user');
  const found = await tx.query<Before & { id: string }>(
    'select id, role, location_ids, disabled_at from account where id = $1 and organization_id = $2 for no key update',
    [id, caller.organizationId],
  );
  const [row] = found.rows;
  if (!row) throw notFound('user');
  return row;
}

/** Locks the admins, in one order: of two who demote each other one stays. */
async function checkNotLast(tx: Sql, caller: Caller, id: string): Promise<void> {
  const admins = await tx.query<{ id: string }>(
    `select id from account where organization_id = $1 and role = 'admin' and disabled_at is null order by id for update`,
    [caller.organizationId],
  );
  if (admins.rows.some((each) => each.id !== id)) return;
  throw new HubError(
    'state-conflict',
    'This is the last admin of the organization. Make somebody else an admin first.',
  );
}

async function isOfOrganization(sql: Sql, caller: Caller, table: 'patient' | 'provider', id: string): Promise<boolean> {
  if (!isId(id)) return false;
  const found = await sql.query(`select 1 from ${table} where id = $1 and organization_id = $2`, [
    id,
    caller.organizationId,
  ]);
  return found.rowCount === 1;
}
