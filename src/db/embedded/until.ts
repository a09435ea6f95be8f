import { setTimeout as pause } from 'node:timers/promises';

/** Asks every 20 ms until the answer is true; false when `timeoutMs` passed first. */
export async function until(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > deadline) return false;
    await pause(20);
  }
  return true;
}
