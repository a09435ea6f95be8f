/**
 * Programs of Debian's or Ubuntu's own packages, fetched and verified by apt and unpacked beside, for any user: nothing is installed.
 */
import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const canUnpack = (): boolean =>
  ['apt-get', 'apt-cache', 'dpkg-deb'].every((each) => onPath(each) !== undefined);

export interface Unpacked {
  readonly root: string;
  /** For LD_LIBRARY_PATH. */
  readonly libraries: string;
}

/**
 * Those of `name` and of what it depends on whose names fit, kept between runs under that name. Of several that unpack at once,
 * the first to be done wins. Throws when apt cannot reach its mirror.
 */
export async function unpackPackages(name: string, fits: RegExp): Promise<Unpacked> {
  const root = join(cacheDirectory(), name);
  if (!existsSync(root)) await unpack(root, name, fits);
  const usrLib = join(root, 'usr/lib');
  const architecture = readdirSync(usrLib).find((each) => each.endsWith('-linux-gnu'));
  const libraries = join(usrLib, architecture ?? '');
  return { root, libraries };
}

export function onPath(name: string): string | undefined {
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
  throw new Error(`no directory to keep the tests' servers in; tried ${places.join(', ')}`);
}

async function unpack(target: string, name: string, fits: RegExp): Promise<void> {
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
    await run('apt-get', ['-qq', ...settings, 'download', ...(await packageNames(settings, name, fits))], options);
    for (const each of await readdir(packages)) await run('dpkg-deb', ['-x', each, root], options);
    await rename(root, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function packageNames(settings: readonly string[], name: string, fits: RegExp): Promise<string[]> {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((each) => `--no-${each}`);
  const { stdout } = await run('apt-cache', [...settings, 'depends', '--recurse', ...only, name]);
  return [...new Set(stdout.split('\n').filter((line) => fits.test(line)))];
}
