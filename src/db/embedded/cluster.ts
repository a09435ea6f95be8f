import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { executable } from './binaries.ts';
import { makeReachable } from './place.ts';
import type { Account } from './account.ts';

/** The files of an embedded server, below its data directory. */
export interface Cluster {
  readonly home: string;
  /** PostgreSQL's own directory (PGDATA). */
  readonly data: string;
  readonly password: string;
}

export const SUPERUSER = 'tessera';

/** A caller's locale must not decide how names are stored and sorted. */
export const SERVER_ENVIRONMENT = { PATH: process.env['PATH'], TZ: 'UTC', LC_ALL: 'C' };

const run = promisify(execFile);

/** The cluster in `home`, made when there is none. Throws when `home` holds something else. */
export async function openCluster(
  home: string,
  binaries: string,
  account: Account | undefined,
  ephemeral: boolean,
): Promise<Cluster> {
  const data = path.join(home, 'cluster');
  if (!existsSync(data)) await makeCluster(home, binaries, account, ephemeral);
  return { home, data, password: readPassword(home) };
}

function readPassword(home: string): string {
  try {
    return readFileSync(path.join(home, 'password'), 'utf8');
  } catch (error) {
    throw new Error(
      `the password of the database in ${home} cannot be read: start as the user who made it, or name another directory`,
      { cause: error },
    );
  }
}

/** Made beside its place and moved there whole: an interrupted initdb is never taken for a cluster, nor is a cluster deleted. */
async function makeCluster(home: string, binaries: string, account: Account | undefined, ephemeral: boolean) {
  if (existsSync(home)) {
    if (readdirSync(home).length > 0) {
      throw new Error(
        `expected ${home} to be empty or to hold a database cluster, found other files: name another directory`,
      );
    }
    rmdirSync(home);
  }
  makeReachable(path.dirname(home));
  const making = `${home}.making-${randomUUID()}`;
  try {
    mkdirSync(making);
    // The server's account passes through here when root started it.
    chmodSync(making, account ? 0o711 : 0o700);
    await initialise(making, binaries, account, ephemeral);
    renameSync(making, home);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    // Another process made it meanwhile.
    if (!existsSync(path.join(home, 'cluster'))) throw error;
  }
}

async function initialise(home: string, binaries: string, account: Account | undefined, ephemeral: boolean) {
  const data = path.join(home, 'cluster');
  const password = path.join(home, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) for (const file of [data, password]) chownSync(file, account.uid, account.gid);
  const settings = [
    ['--pgdata', data],
    ['--username', SUPERUSER],
    ['--auth', 'scram-sha-256'],
    ['--pwfile', password],
    // The builtin provider sorts by code point, alike on every platform and after every upgrade of the C library or ICU.
    ['--encoding', 'UTF8'],
    ['--locale', 'C'],
    ['--locale-provider', 'builtin'],
    ['--builtin-locale', 'C.UTF-8'],
    ephemeral ? ['--no-sync', '--no-data-checksums'] : [],
  ].flat();
  await run(executable(binaries, 'initdb'), settings, { ...account, env: SERVER_ENVIRONMENT, cwd: '/' });
  // The account may serve other programs too.
  if (account) chownSync(password, 0, 0);
}
