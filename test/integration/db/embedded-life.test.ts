import { expect, test } from '@jest/globals';
import { existsSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDatabase } from '../../../src/db/database.ts';
import { findDurabilityProblems } from '../../../src/db/durability.ts';
import { findBinaries } from '../../../src/db/embedded/binaries.ts';
import { startEmbeddedPostgres } from '../../../src/db/embedded/index.ts';
import { until } from '../../../src/db/embedded/until.ts';
import { query, release } from './held-server.ts';
import { useServerDirectory } from './server-directory.ts';

const here = useServerDirectory();

test('the server keeps its data between starts, durably, and stop leaves no process', async () => {
  const first = await startEmbeddedPostgres(here().options);
  expect(first.adopted).toBe(false);
  const db = openDatabase(first.url, { onError: () => {} });
  expect(await findDurabilityProblems(db)).toEqual([]);
  await db.query('create table kept as select 42 as answer');
  await db.close();
  await first.stop();
  await first.stop();
  expect(here().processes()).toEqual([]);

  const second = await startEmbeddedPostgres(here().options);
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  await second.stop();
});

test('a database is UTF8, sorted by code point and in UTC, whatever the locale of the caller', async () => {
  const held = await here().hold({ env: { LANG: 'de_DE.ISO-8859-1', LC_ALL: 'POSIX', TZ: 'Asia/Tokyo' } });
  const [row] = await query(
    held.url,
    `select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale,
            (select reset_val from pg_settings where name = 'TimeZone') as zone, upper('ö') as upper
       from pg_database where datname = current_database()`,
  );
  expect(row).toEqual({ encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8', zone: 'UTC', upper: 'Ö' });
  expect(await release(held)).toBe(0);
});

test('the password is random, and only its owner can read it', async () => {
  const server = await startEmbeddedPostgres({ ...here().options, ephemeral: true });
  const file = path.join(here().dataDir, 'password');
  expect((await readFile(file, 'utf8')).length).toBeGreaterThanOrEqual(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(file).uid).toBe(process.getuid?.());
  const wrong = new URL(server.url);
  wrong.password = 'wrong';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  await server.stop();
});

test('an ephemeral server leaves no file, also when its program is killed', async () => {
  const stopped = await here().hold({ ephemeral: true });
  expect(existsSync(here().dataDir)).toBe(true);
  expect(await release(stopped)).toBe(0);
  expect(existsSync(here().dataDir)).toBe(false);
  const killed = await here().hold({ ephemeral: true });
  killed.child.kill('SIGKILL');
  expect(await until(() => here().processes().length === 0, 20_000)).toBe(true);
  expect(existsSync(here().dataDir)).toBe(false);
});

test('a program that ends without stopping its server is not kept from ending, and the server stops', async () => {
  const held = await here().hold({ mode: 'leave' });
  expect(await held.exited).toBe(0);
  expect(await until(() => here().processes().length === 0, 20_000)).toBe(true);
});

test('Ctrl-C reaches the program, which still finds its server and stops it in order', async () => {
  const held = await here().hold();
  process.kill(-(held.child.pid ?? 0), 'SIGINT');
  expect(await held.exited).toBe(0);
  expect(await held.rest).toEqual([JSON.stringify({ stopped: true })]);
  expect(here().processes()).toEqual([]);
});

test('a second program shares the server of the first, and does not stop it', async () => {
  const first = await here().hold();
  const second = await here().hold();
  expect(second).toMatchObject({ adopted: true, url: first.url, pid: first.pid });
  expect(await release(second)).toBe(0);
  expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await release(first)).toBe(0);
});

test('two programs that start at once on an empty directory have one server', async () => {
  const [one, other] = await Promise.all([here().hold(), here().hold()]);
  expect(one.adopted).toBe(!other.adopted);
  expect(one.url).toBe(other.url);
});

test('of four programs that start at once on the same data, one starts the server and three share it', async () => {
  await (await startEmbeddedPostgres(here().options)).stop();
  const held = await Promise.all(Array.from({ length: 4 }, () => here().hold()));
  expect(held.filter(({ adopted }) => !adopted)).toHaveLength(1);
  expect(new Set(held.map(({ url }) => url)).size).toBe(1);
});

test('a directory with other files is refused, and not emptied', async () => {
  await writeFile(path.join(here().parent, 'letter.txt'), 'dear');
  await expect(startEmbeddedPostgres({ ...here().options, dataDir: here().parent })).rejects.toThrow(
    'found other files',
  );
  expect(await readFile(path.join(here().parent, 'letter.txt'), 'utf8')).toBe('dear');
});

test('where the binaries are not installed, the error says to set DATABASE_URL', () => {
  expect(() => findBinaries('sunos-sparc')).toThrow('set DATABASE_URL');
});
