/**
 * Finds a Redis server to run, or unpacks one. No npm package ships one, so: redis-server or valkey-server on PATH, else
 * Debian's or Ubuntu's own packages, fetched and verified by apt and unpacked beside, for any user: nothing is installed.
 */
import { execFile } from 'node:child_process';
import { chmodSync, constants, accessSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface RedisBinary {
  readonly file: string;
  /** For LD_LIBRARY_PATH; undefined where the system brings its libraries. */
  readonly libraries: string | undefined;
}

/** Undefined when there is neither a server on PATH nor apt. Throws when apt cannot reach its mirror. */
export async function findRedis(): Promise<RedisBinary | undefined> {
  const file = onPath('redis-server') ?? onPath('valkey-server');
  if (file) return { file, libraries: undefined };
  if (!onPath('apt-get') || !onPath('apt-cache') || !onPath('dpkg-deb')) return undefined;
  const kept = join(cacheDirectory(), 'redis');
  if (!existsSync(kept)) await unpack(kept);
  const libraries = join(kept, 'usr/lib');
  const architecture = readdirSync(libraries).find((each) => each.endsWith('-linux-gnu'));
  // redis-server is a link to this file, which other packages of the set bring.
  return { file: join(kept, 'usr/bin/redis-check-rdb'), libraries: join(libraries, architecture ?? '') };
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Kept between runs. A program is started from here, so the directory must be ours alone. */
function cacheDirectory(): string {
  const { uid } = userInfo();
  const places = [
    join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tessera-tests'),
    join(tmpdir(), `tessera-tests-${uid}`),
  ];
  for (const place of places) {
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
      const found = lstatSync(place);
      if (!found.isDirectory() || found.uid !== uid) continue;
      chmodSync(place, 0o700);
      return place;
    } catch {
      // A user without a home (nobody) has the temporary directory.
    }
  }
  throw new Error(`no directory to keep the tests' Redis in; tried ${places.join(', ')}`);
}

/** Takes some 5 s and 7 MB. Of several that unpack at once, the first to be done wins. */
async function unpack(target: string): Promise<void> {
  const work = await mkdtemp(`${target}-`);
  try {
    const root = join(work, 'root');
    const packages = join(work, 'packages');
    for (const each of ['lists/partial', 'cache/archives/partial', 'packages', 'root']) {
      await mkdir(join(work, each), { recursive: true });
    }
    // Lists and cache of its own, and no lock of the system's: apt then works for any user.
    const settings = [
      `Dir::State::Lists=${work}/lists`,
      `Dir::Cache=${work}/cache`,
      'APT::Sandbox::User=',
      'Debug::NoLocking=true',
    ].flatMap((setting) => ['-o', setting]);
    const options = { cwd: packages, timeout: 120_000 };
    await run('apt-get', ['-qq', ...settings, 'update'], options);
    await run('apt-get', ['-qq', ...settings, 'download', ...(await packageNames(settings))], options);
    for (const each of await readdir(packages)) await run('dpkg-deb', ['-x', each, root], options);
    await rename(root, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** redis-server and those of its libraries that a bare system lacks. */
async function packageNames(settings: readonly string[]): Promise<string[]> {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((each) => `--no-${each}`);
  const { stdout } = await run('apt-cache', [...settings, 'depends', '--recurse', ...only, 'redis-server']);
  const names = stdout
    .split('\n')
    .filter((line) => /^(redis-|liblzf|libjemalloc|liblua|libhiredis|lua-|libatomic1)/.test(line));
  return [...new Set(names.map((name) => name.trim()))];
}
