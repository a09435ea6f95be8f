import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  DatabaseAway,
  openDatabase,
  preparedInOrder,
  type PooledDatabase,
  type Sql,
} from '../../../src/db/database.ts';
import { migrate } from '../../../src/db/migrate.ts';
import { openOrganizations, type Organizations } from '../../../src/db/organizations.ts';
import { queryAs } from '../../../src/db/organization-query.ts';
import { openPgBossQueue, preparePgBoss } from '../../../src/db/pg-boss-queue.ts';
import { openRoles, type RoleUrls } from '../../../src/db/roles.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { withDatabase } from '../../support/test-server.ts';

/** Says which version was applied; it is read before there are roles. */
const OF_NO_ORGANIZATION = ['schema_migration'];

const rootKey = randomBytes(32);
let database: TestDatabase;
let urls: RoleUrls;
let app: Organizations;
let hub: PooledDatabase;
/** Each has one connection row of its own, by which it is known. */
const organizations = Array.from({ length: 8 }, () => ({ id: randomUUID(), connectionId: randomUUID() }));
const [ours, theirs] = organizations as [(typeof organizations)[0], (typeof organizations)[0]];

beforeAll(async () => {
  database = await createTestDatabase();
  urls = await openRoles(database.url, rootKey);
  app = openOrganizations(urls.app, { max: 2, onError: () => {} });
  hub = openDatabase(urls.hub, { max: 2, onError: () => {} });
  for (const { id, connectionId } of organizations) {
    await database.db.query('insert into organization (id, key, name) values ($1::uuid, $1::text, $1::text)', [id]);
    await database.db.query(
      `insert into connection (id, organization_id, key, name, adapter, managed_by, policy)
       values ($1, $2, 'own', 'Own', 'native', 'hub', '{}')`,
      [connectionId, id],
    );
  }
});
afterAll(async () => {
  await app.close();
  await hub.close();
  await database.drop();
});

/** What is wrong with how tables are kept apart, each with the name of its table. */
const findGaps = async (): Promise<string[]> => {
  const { rows } = await database.db.query<{ gap: string }>(
    `select c.relname || ': ' || case
         when c.relkind = 'v' then 'a view shows what its owner sees: with (security_invoker = true)'
         when not c.relrowsecurity or not c.relforcerowsecurity then 'call keep_apart(''' || c.relname || ''')'
         else 'tessera_hub has no policy: call keep_apart(''' || c.relname || ''')' end as gap
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relname <> all ($1)
       and (c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity
            and exists (select from pg_policies p where p.tablename = c.relname and p.roles = '{tessera_hub}'))
         or c.relkind in ('v', 'm') and not coalesce('security_invoker=true' = any (c.reloptions), false))
     order by 1`,
    [OF_NO_ORGANIZATION],
  );
  return rows.map(({ gap }) => gap);
};

test('every table has row level security, forced upon its owner too; one that has not is found by its name', async () => {
  expect(await findGaps()).toEqual([]);
  await database.db.query('create table forgotten (organization_id uuid); create view peephole as select 1 as one');
  expect(await findGaps()).toEqual([
    "forgotten: call keep_apart('forgotten')",
    'peephole: a view shows what its owner sees: with (security_invoker = true)',
  ]);
  await database.db.query(`drop view peephole; call keep_apart('forgotten')`);
  expect(await findGaps()).toEqual([]);
  await database.db.query('drop table forgotten');
});

test.each(['app', 'hub'] as const)('the role of the %s owns nothing and stands above nothing', async (role) => {
  const as = openDatabase(urls[role], { max: 1, onError: () => {} });
  const { rows } = await as.query(
    `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
       (select count(*) from pg_class where relowner = r.oid) as owned from pg_roles r where rolname = current_user`,
  );
  expect(rows).toEqual([
    { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false, owned: 0 },
  ]);
  await expect(as.query('alter table connection disable row level security')).rejects.toThrow('must be owner');
  await expect(as.query(`set role tessera_${role === 'app' ? 'hub' : 'app'}`)).rejects.toThrow('permission denied');
  await expect(as.query('alter role current_user superuser')).rejects.toThrow('permission denied');
  await as.close();
});

test('without a context there is nothing to be seen, in any table', async () => {
  const plain = openDatabase(urls.app, { max: 1, onError: () => {} });
  const { rows: tables } = await database.db.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
       and has_table_privilege('tessera_app', c.oid, 'select') and c.relname <> 'process_presence'`,
  );
  expect(tables.length).toBeGreaterThan(40);
  for (const { name } of tables) {
    expect([name, (await plain.query(`select 1 from ${name} limit 1`)).rowCount]).toEqual([name, 0]);
  }
  expect((await plain.query('select from connection')).rowCount).toBe(0);
  expect((await hub.query('select from connection')).rowCount).toBe(organizations.length);
  await plain.close();
});

test('nobody writes into another organization, nor moves a row there', async () => {
  const db = app.of(ours.id);
  await expect(
    db.query(
      `insert into location (id, organization_id, connection_id, name, time_zone) values ($1, $2, $3, 'X', 'UTC')`,
      [randomUUID(), theirs.id, theirs.connectionId],
    ),
  ).rejects.toThrow('violates row-level security policy');
  await expect(
    db.query('update connection set organization_id = $1 where id = $2', [theirs.id, ours.connectionId]),
  ).rejects.toThrow('violates row-level security policy');
  expect((await db.query('update connection set name = $1 where id = $2', ['X', theirs.connectionId])).rowCount).toBe(
    0,
  );
  expect((await db.query('delete from connection where id = $1', [theirs.connectionId])).rowCount).toBe(0);
});

test('what is append-only is so by privilege, for both roles, before any trigger is asked', async () => {
  const { rows } = await database.db.query<{ name: string; may_change: boolean }>(
    `select c.relname as name, bool_or(has_table_privilege(r.role, c.oid, 'update, delete, truncate')) as may_change
     from pg_class c join pg_trigger t on t.tgrelid = c.oid join pg_proc p on p.oid = t.tgfoid,
       unnest(array['tessera_app', 'tessera_hub']) as r (role)
     where p.proname = 'refuse_change' group by c.relname order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['attempt', 'attempt_result', 'event', 'resolution']),
  );
  expect(rows.filter((each) => each.may_change)).toEqual([]);
  await expect(hub.query('delete from event')).rejects.toThrow('permission denied');
});

test('nothing of a context is left on its connection: not after an answer, an error, a rollback, or a statement cut short', async () => {
  const client = new pg.Client({ connectionString: urls.app });
  await client.connect();
  const isForgotten = async (): Promise<void> => {
    expect((await client.query('select from connection')).rowCount).toBe(0);
    const setting = await client.query(`select current_setting('tessera.organization', true) as value`);
    expect(setting.rows).toEqual([{ value: '' }]);
    expect((await client.query('show enable_bitmapscan')).rows).toEqual([{ enable_bitmapscan: 'on' }]);
  };
  const visible = { text: 'select organization_id as id from connection' };
  expect((await queryAs(client, ours.id, visible)).rows).toEqual([{ id: ours.id }]);
  await isForgotten();
  const bitmaps = preparedInOrder(`select current_setting('enable_bitmapscan') as bitmaps`);
  expect((await queryAs(client, ours.id, { text: bitmaps })).rows).toEqual([{ bitmaps: 'off' }]);
  await isForgotten();
  await expect(queryAs(client, ours.id, { text: preparedInOrder('select 2 / 0') })).rejects.toThrow('division by zero');
  await isForgotten();
  await expect(queryAs(client, ours.id, { text: 'select 1 / 0 from connection' })).rejects.toThrow('division by zero');
  await isForgotten();
  await expect(queryAs(client, ours.id, { text: 'select nothing from nowhere' })).rejects.toThrow('does not exist');
  await isForgotten();
  await client.query(`set statement_timeout = '50ms'`);
  await expect(queryAs(client, ours.id, { text: 'select pg_sleep(5)' })).rejects.toThrow('statement timeout');
  await isForgotten();
  await client.end();

  const one = openOrganizations(urls.app, { max: 1, onError: () => {} });
  const refused = one.of(ours.id).transaction(async (tx) => {
    expect((await tx.query(visible.text)).rows).toEqual([{ id: ours.id }]);
    throw new Error('changed my mind');
  });
  await expect(refused).rejects.toThrow('changed my mind');
  expect((await one.of(theirs.id).query(visible.text)).rows).toEqual([{ id: theirs.id }]);
  await one.close();
  expect(() => app.of(`${ours.id}'; reset role; --`)).toThrow('UUID');
});

test('10,000 interleaved requests on two connections, errors and time-outs among them, never see another organization', async () => {
  // Answers that take longer are given up, and the connection with them.
  const hasty = openOrganizations(urls.app, { max: 2, answerTimeoutMs: 400, onError: () => {} });
  const ended = { well: 0, wrong: 0, rolledBack: 0, away: 0 };
  const crossings: string[] = [];
  const look = async (sql: Sql, id: string): Promise<void> => {
    const { rows } = await sql.query<{ organization_id: string }>(
      'select organization_id from connection where key = $1',
      ['own'],
    );
    if (rows.length !== 1 || rows[0]?.organization_id !== id) crossings.push(`${id} saw ${JSON.stringify(rows)}`);
  };
  const ask = async (n: number): Promise<void> => {
    const { id } = organizations[(n * 7) % organizations.length] as (typeof organizations)[0];
    const db = hasty.of(id);
    if (n % 2_000 === 1_999) await db.query('select pg_sleep(2)');
    else if (n % 25 === 7) await db.query('select 1 / 0 from connection');
    else if (n % 10 !== 3) await look(db, id);
    else {
      await db.transaction(async (tx) => {
        await look(tx, id);
        if (n % 20 === 3) throw new Error('rolled back');
        if (n % 2_000 === 113) await tx.query('select pg_sleep(2)');
        await look(tx, id);
      });
    }
  };
  const count = (error: unknown): void => {
    if (error instanceof DatabaseAway) ended.away += 1;
    else if (error instanceof Error && error.message === 'rolled back') ended.rolledBack += 1;
    else if (error instanceof Error && error.message === 'division by zero') ended.wrong += 1;
    else throw error;
  };
  let next = 0;
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (let n = next++; n < 10_000; n = next++) await ask(n).then(() => (ended.well += 1), count);
    }),
  );
  await hasty.close();
  expect(crossings).toEqual([]);
  expect(ended.well + ended.wrong + ended.rolledBack + ended.away).toBe(10_000);
  expect(ended.away).toBeGreaterThanOrEqual(5 + 5);
  // Some may have met a time-out of their own instead, where the machine is busy.
  expect(ended.wrong).toBeGreaterThan(350);
  expect(ended.rolledBack).toBeGreaterThan(450);
}, 60_000);

test('the queue is made by the owner and used by the hub; the API adds to it, and reads nothing of it', async () => {
  const onError = (): void => {};
  await expect(openPgBossQueue(urls.hub, onError)).rejects.toThrow('permission denied');
  await preparePgBoss(database.url, onError);
  await preparePgBoss(database.url, onError);
  const queue = await openPgBossQueue(urls.hub, onError);
  const wake = { transactionId: randomUUID(), dueAt: new Date().toISOString() };
  await app.of(ours.id).transaction((tx) => queue.send(tx, wake));
  expect((await hub.query('select data from pgboss.job')).rows).toEqual([
    { data: { transactionId: wake.transactionId } },
  ]);
  await expect(app.of(ours.id).query('select data from pgboss.job')).rejects.toThrow('permission denied');
  await expect(app.of(ours.id).query('delete from pgboss.job')).rejects.toThrow('permission denied');
  await queue.stop(0);
}, 60_000);

test('an owner that is no superuser migrates, makes the roles, and is bound by row level security itself', async () => {
  const empty = await createEmptyDatabase();
  const name = `owner_${randomUUID().replaceAll('-', '')}`;
  const owner = new URL(empty.url);
  owner.username = name;
  owner.password = 'secret';
  await empty.db.query(`create role ${name} login createrole password 'secret'`);
  await empty.db.query(`alter database ${new URL(empty.url).pathname.slice(1)} owner to ${name}`);
  // Another hub's owner has made the groups: this one is given them.
  await empty.db.query(`grant tessera_app, tessera_hub to ${name} with admin option`);
  const db = openDatabase(owner.href, { max: 1, onError: () => {} });
  await migrate(db);
  const roles = await openRoles(owner.href, rootKey);
  expect(await openRoles(owner.href, rootKey)).toEqual(roles);
  // With another root key they get other passwords, and the old ones are worth nothing.
  const later = await openRoles(owner.href, randomBytes(32));
  const old = openDatabase(roles.app, { max: 1, onError: () => {} });
  await expect(old.query('select 1')).rejects.toThrow('password authentication failed');
  const again = openDatabase(later.app, { max: 1, onError: () => {} });
  expect((await again.query('select 1')).rowCount).toBe(1);
  await Promise.all([old.close(), again.close(), db.close()]);
  await empty.drop();
});

test('an owner that may not make roles is told what it lacks', async () => {
  const name = `poor_${randomUUID().replaceAll('-', '')}`;
  await database.db.query(`create role ${name} login password 'secret'`);
  const poor = new URL(withDatabase(database.url, new URL(database.url).pathname.slice(1)));
  poor.username = name;
  poor.password = 'secret';
  await expect(openRoles(poor.href, randomBytes(32))).rejects.toThrow(/give it createrole/);
});
