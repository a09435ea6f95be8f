import { setTimeout as pause } from 'node:timers/promises';
import { tryLock } from './process-lock.ts';

/** Longer than a crash recovery takes. */
const WAIT_MS = 90_000;

/** Runs `work` while no other process does so with the same lock file. */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const release = await take(file);
  try {
    return await work();
  } finally {
    release();
  }
}

async function take(file: string): Promise<() => void> {
  for (const deadline = Date.now() + WAIT_MS; ; await pause(50)) {
    const lock = tryLock(file);
    if ('release' in lock) return lock.release;
    if (Date.now() > deadline) {
      throw new Error(`process ${lock.heldBy.pid} has been starting the database for long: stop it, or remove ${file}`);
    }
  }
}
