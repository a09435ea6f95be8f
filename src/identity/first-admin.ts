/** Nobody's password is a default: the first admin gets a random one. */
import { newId } from '../db/new-id.ts';
import type { Database } from '../db/database.ts';
import { hashSecret } from './client-credentials.ts';
import { temporaryPassword } from './temporary-password.ts';

export interface FirstAdmin {
  readonly email: string;
  /** To be shown once, and changed at the first sign-in. */
  readonly password: string;
}

const EMAIL = 'admin@localhost';
/** Chosen at random, once: of several processes that start on an empty database one makes the admin. */
const LOCK = 6_021_483_951;

/** The first admin, of the first organization, when there is none of either; undefined when somebody can sign in. */
export function makeFirstAdmin(db: Database): Promise<FirstAdmin | undefined> {
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const known = await tx.query(`select 1 from account where role = 'admin' limit 1`);
    if (known.rowCount === 1) return undefined;
    await tx.query(
      `insert into organization (id, key, name) select $1, 'main', 'Main' where not exists (select 1 from organization)`,
      [newId()],
    );
    const first = await tx.query<{ id: string }>(
      `update organization set runs_platform = true
       where id = (select id from organization order by runs_platform desc, created_at, id limit 1) returning id`,
    );
    const password = temporaryPassword();
    const made = await tx.query(
      `insert into account (id, organization_id, email, name, role, password_hash) values ($1, $2, $3, 'First admin', 'admin', $4)
       on conflict do nothing`,
      [newId(), first.rows[0]?.id, EMAIL, await hashSecret(password)],
    );
    return made.rowCount === 1 ? { email: EMAIL, password } : undefined;
  });
}
