import { join } from 'node:path';
import { tryLock } from './embedded/process-lock.ts';

/**
 * Keeps a second hub away from the sandbox and the embedded database of this one. The directory must exist.
 * Returns how to let go of it. Throws a message for the user, at once, when a running process has it.
 */
export function lockDataDirectory(directory: string): () => void {
  const lock = tryLock(join(directory, 'hub.lock'));
  if ('release' in lock) return lock.release;
  throw new Error(
    `a hub runs on the data directory ${directory} already (process ${lock.heldBy.pid}): ` +
      'stop that one first, or set TESSERA_DATA_DIR (and TESSERA_PORT, TESSERA_MLLP_PORT) for one more',
  );
}
