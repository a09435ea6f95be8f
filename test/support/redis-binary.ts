/**
 * Finds a Redis server to run, or unpacks one. No npm package ships one, so: redis-server or valkey-server on PATH, else
 * the packages of Debian or Ubuntu (some 5 s and 7 MB, once).
 */
import { join } from 'node:path';
import { canUnpack, onPath, unpackPackages } from './debian-packages.ts';

export interface RedisBinary {
  readonly file: string;
  /** For LD_LIBRARY_PATH; undefined where the system brings its libraries. */
  readonly libraries: string | undefined;
}

/** redis-server and those of its libraries that a bare system lacks. */
const PACKAGES = /^(redis-|liblzf|libjemalloc|liblua|libhiredis|lua-|libatomic1)/;

/** Undefined when there is neither a server on PATH nor apt. Throws when apt cannot reach its mirror. */
export async function findRedis(): Promise<RedisBinary | undefined> {
  const file = onPath('redis-server') ?? onPath('valkey-server');
  if (file) return { file, libraries: undefined };
  if (!canUnpack()) return undefined;
  const { root, libraries } = await unpackPackages('redis-server', PACKAGES);
  // redis-server is a link to this file, which other packages of the set bring.
  return { file: join(root, 'usr/bin/redis-check-rdb'), libraries };
}
