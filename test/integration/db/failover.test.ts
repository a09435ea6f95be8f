import { expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { DatabaseAway, openDatabase } from '../../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../../src/db/embedded/index.ts';
import { newId } from '../../../src/db/new-id.ts';
import { openOrganizations } from '../../../src/db/organizations.ts';
import { query } from './held-server.ts';
import { useServerDirectory } from './server-directory.ts';

const here = useServerDirectory();

test('a server that follows another one is no database; once it is the primary, it is', async () => {
  const first = await startEmbeddedPostgres(here().options);
  const [found] = await query(first.url, 'show data_directory');
  await first.stop();
  await writeFile(path.join(String(found?.['data_directory']), 'standby.signal'), '');

  const standby = await startEmbeddedPostgres(here().options);
  const db = openDatabase(standby.url, { onError: () => {} });
  const organization = openOrganizations(standby.url, { onError: () => {} });
  const asks = [db, organization.of(newId())];
  for (const each of asks) {
    await expect(each.query('select 1')).rejects.toBeInstanceOf(DatabaseAway);
    await expect(each.transaction((tx) => tx.query('select 1'))).rejects.toBeInstanceOf(DatabaseAway);
  }
  const client = new pg.Client({ connectionString: standby.url });
  await client.connect();
  await client.query('select pg_promote()');
  await client.end();
  for (const each of asks) expect((await each.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await db.close();
  await organization.close();
  await standby.stop();
});

test('a connection that may only read is left with the first write', async () => {
  const server = await startEmbeddedPostgres({ ...here().options, ephemeral: true });
  await query(server.url, 'create table kept (answer integer)');
  await query(server.url, 'alter database tessera set default_transaction_read_only = on');
  const db = openDatabase(server.url, { onError: () => {}, max: 1 });
  const organization = openOrganizations(server.url, { onError: () => {}, max: 1 });
  const asks = [db, organization.of(newId())];
  for (const each of asks) await each.query('select 1');
  await query(server.url, 'set transaction read write; alter database tessera set default_transaction_read_only = off');
  for (const each of asks) {
    const write = () => each.transaction((tx) => tx.query('insert into kept values (42)'));
    await expect(write()).rejects.toBeInstanceOf(DatabaseAway);
    await write();
  }
  await db.close();
  await organization.close();
  await server.stop();
});
