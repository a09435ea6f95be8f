import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { othersCanReach, type Account } from './account.ts';
import { complete, isComplete, type Binaries } from './binaries.ts';

/** Where root keeps what the server's account must reach; only root can write there, so nobody else plants a binary. */
const SYSTEM_DIRECTORY = '/var/lib/tessera';

/** The data directory to use: the wanted one, or, when the server's account cannot reach that, one of its own for each wanted one. */
export function placeData(wanted: string, account: Account | undefined, log: (line: string) => void): string {
  const directory = path.resolve(wanted);
  if (!account || othersCanReach(path.dirname(directory))) return directory;
  const digest = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  const place = path.join(SYSTEM_DIRECTORY, 'data', `${path.basename(directory)}-${digest}`);
  log(`the server cannot reach ${directory} when started by root: its data is in ${place}`);
  return place;
}

/**
 * A directory with bin, lib and share that the server's account can run: the package itself where possible; a copy
 * (in the system directory for root, else beside the data) where it lies below a private directory, or was installed
 * by somebody else and lacks its links.
 */
export function placeBinaries(binaries: Binaries, account: Account | undefined, dataDirectory: string): string {
  const { directory, links, version } = binaries;
  if (!account || othersCanReach(path.join(directory, 'bin'))) {
    if (isComplete(directory, links)) return directory;
    if (isWritable(path.join(directory, 'lib'))) {
      complete(directory, links);
      return directory;
    }
  }
  const copy = account
    ? path.join(SYSTEM_DIRECTORY, `postgres-${version}`)
    : path.join(path.dirname(dataDirectory), `postgres-${version}`);
  if (existsSync(copy)) return copy;
  // Made under another name, so that a half-made copy is never taken for a whole one.
  const making = `${copy}.making-${randomUUID()}`;
  makeReachable(path.dirname(copy));
  cpSync(directory, making, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
  complete(making, links);
  letOthersRead(making);
  try {
    renameSync(making, copy);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

/** Makes the directory and its missing parents such that others can pass, whatever the umask says. */
export function makeReachable(directory: string): void {
  if (existsSync(directory)) return;
  makeReachable(path.dirname(directory));
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
}

function letOthersRead(directory: string): void {
  for (const name of ['.', ...readdirSync(directory, { encoding: 'utf8', recursive: true })]) {
    const file = path.join(directory, name);
    const found = lstatSync(file);
    if (!found.isSymbolicLink()) chmodSync(file, found.mode | (found.mode & 0o100 ? 0o555 : 0o444));
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
