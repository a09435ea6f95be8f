/** A database as most have it: who owns its tables is no superuser, and the hub works as its two roles. */
import { randomBytes, randomUUID } from 'node:crypto';
import { openDatabase, type PooledDatabase } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openOrganizations, type Organizations } from '../../src/db/organizations.ts';
import { openRoles } from '../../src/db/roles.ts';
import { createEmptyDatabase } from './database.ts';

export interface OwnedDatabase {
  readonly owner: PooledDatabase;
  readonly hub: PooledDatabase;
  readonly app: Organizations;
  /** As a superuser, whom nothing binds. */
  readonly above: PooledDatabase;
  drop(): Promise<void>;
}

export async function createOwnedDatabase(): Promise<OwnedDatabase> {
  const empty = await createEmptyDatabase();
  const name = `owner_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(empty.url);
  url.username = name;
  url.password = 'secret';
  await empty.db.query(`create role ${name} login createrole password 'secret'`);
  await empty.db.query(`alter database ${url.pathname.slice(1)} owner to ${name}`);
  await empty.db.query(
    `do $$ begin if exists (select from pg_roles where rolname = 'tessera_hub') then
       grant tessera_app, tessera_hub to ${name} with admin option; end if; end $$`,
  );
  const onError = (): void => {};
  const owner = openDatabase(url.href, { max: 1, onError });
  await migrate(owner);
  const roles = await openRoles(url.href, randomBytes(32));
  const hub = openDatabase(roles.hub, { max: 4, onError });
  const app = openOrganizations(roles.app, { max: 2, onError });
  const above = openDatabase(empty.url, { max: 2, onError });
  return {
    owner,
    hub,
    app,
    above,
    async drop() {
      await Promise.all([owner.close(), hub.close(), app.close(), above.close()]);
      await empty.drop();
    },
  };
}
