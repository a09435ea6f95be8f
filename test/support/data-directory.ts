/** Where a hub of a test keeps its data, so that all of it is gone with the directory. */
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new directory in `parent`. Others may pass through: into one that is private the account of Postgres, when root starts it, cannot
 * reach, and the database would be put elsewhere and stay.
 */
export async function makeDataDirectory(prefix: string, parent = tmpdir()): Promise<string> {
  const directory = await mkdtemp(join(parent, prefix));
  await chmod(directory, 0o711);
  return directory;
}
