import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDatabase } from '../../../src/db/database.ts';
import { startEmbeddedPostgres } from '../../../src/db/embedded/index.ts';
import { until } from '../../../src/db/embedded/until.ts';
import { processesOf, query } from './held-server.ts';
import { useServerDirectory } from './server-directory.ts';

const here = useServerDirectory();

test('kill -9 of the program stops its server, and the next start finds what was committed', async () => {
  const held = await here().hold();
  await query(held.url, 'create table kept as select 42 as answer');
  held.child.kill('SIGKILL');
  const next = await here().hold();
  expect(next.adopted).toBe(false);
  expect(next.pid).not.toBe(held.pid);
  expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a server whose program and guard were both killed is stopped by the next start', async () => {
  const held = await here().hold();
  await query(held.url, 'create table kept as select 42 as answer');
  for (const guard of processesOf(here().dataDir, 'guard')) process.kill(guard, 'SIGKILL');
  held.child.kill('SIGKILL');
  await held.exited;
  expect(processesOf(here().dataDir, 'postgres')).toEqual([held.pid]);
  const next = await here().hold();
  expect(next.pid).not.toBe(held.pid);
  expect(processesOf(here().dataDir, 'postgres')).toEqual([next.pid]);
  expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('an orphaned server is known by its own note alone, when ours is lost', async () => {
  const held = await here().hold();
  for (const guard of processesOf(here().dataDir, 'guard')) process.kill(guard, 'SIGKILL');
  held.child.kill('SIGKILL');
  await held.exited;
  await rm(path.join(here().dataDir, 'owner.json'));
  const next = await here().hold();
  expect(next.pid).not.toBe(held.pid);
  expect(processesOf(here().dataDir, 'postgres')).toEqual([next.pid]);
});

test('kill -9 of program, guard and server while it writes loses nothing that was acknowledged', async () => {
  const held = await here().hold();
  await query(held.url, 'create table written (n integer primary key)');
  const db = openDatabase(held.url, { onError: () => {} });
  let acknowledged = 0;
  const writing = (async () => {
    for (let n = 1; ; n++) {
      await db.query('insert into written values ($1)', [n]);
      acknowledged = n;
    }
  })().catch(() => undefined);
  await until(() => acknowledged >= 100, 10_000);
  for (const pid of [...processesOf(here().dataDir, 'guard'), held.child.pid ?? 0, held.pid])
    process.kill(pid, 'SIGKILL');
  await writing;
  await db.close();
  expect(acknowledged).toBeGreaterThanOrEqual(100);

  const next = await here().hold();
  const [row] = await query(next.url, 'select max(n) as newest, count(*) from written');
  expect(row?.['newest']).toBe(row?.['count']);
  expect(Number(row?.['newest'])).toBeGreaterThanOrEqual(acknowledged);
});

const strangers = [
  { what: 'that works in the data directory, an hour later', secondsLater: 3600, cwd: 'data/cluster' },
  // As in a container that starts anew; only Linux tells where a process works.
  ...(process.platform === 'linux' ? [{ what: 'within a second', secondsLater: 0, cwd: '.' }] : []),
];

test.each(strangers)('a process given the pid of a dead server $what is left alone', async ({ secondsLater, cwd }) => {
  const server = await startEmbeddedPostgres(here().options);
  await server.stop();
  const stranger = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    cwd: path.join(here().parent, cwd),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(stranger, 'spawn');
  const strangerEnds = once(stranger, 'exit');
  const started = Math.floor(Date.now() / 1000) - secondsLater;
  const note = [stranger.pid, path.join(here().dataDir, 'cluster'), started, 5432, '', '127.0.0.1', '', 'ready', ''];
  await writeFile(path.join(here().dataDir, 'cluster', 'postmaster.pid'), note.join('\n'));
  const record = { pid: stranger.pid, mark: 'of another process' };
  await writeFile(
    path.join(here().dataDir, 'owner.json'),
    JSON.stringify({ owner: record, server: record, port: 5432 }),
  );

  const next = await startEmbeddedPostgres(here().options);
  expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await next.stop();
  stranger.stdin.end();
  // It ended by itself, of the end of its input, and not by a signal.
  expect(await strangerEnds).toEqual([0, null]);
});
