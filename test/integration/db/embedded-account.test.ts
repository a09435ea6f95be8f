import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, chown, cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { executable, findBinaries, isComplete } from '../../../src/db/embedded/binaries.ts';
import { startEmbeddedPostgres } from '../../../src/db/embedded/index.ts';
import { placeBinaries } from '../../../src/db/embedded/place.ts';
import { query, release } from './held-server.ts';
import { useServerDirectory } from './server-directory.ts';

const NOBODY = 65534;
/** Only root can act as somebody else. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;
const here = useServerDirectory();

asRoot('an ordinary user starts a server of its own', async () => {
  await chown(here().parent, NOBODY, NOBODY);
  const held = await here().hold({ uid: NOBODY });
  expect(statSync(`/proc/${held.pid}`).uid).toBe(NOBODY);
  expect(await query(held.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(await release(held)).toBe(0);
});

asRoot('the data of another user is refused, with who can use it', async () => {
  const held = await here().hold();
  await release(held);
  await expect(here().hold({ uid: NOBODY })).rejects.toThrow('start as the user who made it');
});

asRoot('root starts the server as another user, also where that user cannot reach the data directory', async () => {
  await chmod(here().parent, 0o700);
  const server = await startEmbeddedPostgres({ ...here().options, ephemeral: true });
  const [row] = await query(server.url, `select current_setting('data_directory') as place`);
  expect(String(row?.['place'])).toMatch(/^\/var\/lib\/tessera\/data\/data-/);
  expect(statSync(`/proc/${server.pid}`).uid).not.toBe(0);
  await server.stop();
  expect(existsSync(path.dirname(String(row?.['place'])))).toBe(false);
});

asRoot('binaries below a private directory are copied to where the server’s user can run them', async () => {
  const account = { uid: NOBODY, gid: NOBODY };
  const found = findBinaries();
  const version = `test-${path.basename(here().parent)}`;
  const directory = path.join(here().parent, 'native');
  await cp(found.directory, directory, { recursive: true, verbatimSymlinks: true });
  // As npm leaves them for a cautious umask.
  for (const part of ['bin', 'lib', 'bin/postgres']) await chmod(path.join(directory, part), 0o700);
  for (const { at } of found.links) await rm(path.join(directory, at), { force: true });
  await chmod(here().parent, 0o700);
  const place = placeBinaries({ ...found, directory, version }, account, here().dataDir);
  try {
    const { stdout } = await promisify(execFile)(executable(place, 'postgres'), ['--version'], {
      ...account,
      cwd: '/',
    });
    expect(stdout).toContain('PostgreSQL');
    expect(isComplete(place, found.links)).toBe(true);
  } finally {
    await rm(place, { recursive: true });
  }
});
