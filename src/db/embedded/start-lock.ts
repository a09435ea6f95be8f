import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, parseProcessRecord, recordProcess, type ProcessRecord } from './process-record.ts';

/** Longer than a crash recovery takes. */
const WAIT_MS = 90_000;

/**
 * Runs `work` while no other process does so with the same lock file. The file names its holder; one that a killed
 * process left is taken over.
 */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  // Written whole under its own name and then linked: nobody reads a half-written lock.
  const mine = `${file}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify(recordProcess(process.pid)));
  try {
    await take(file, mine);
    try {
      return await work();
    } finally {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

async function take(file: string, mine: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!link(mine, file)) {
    const holder = readHolder(file);
    if (holder && !isRunning(holder)) removeStale(file, mine, holder);
    else if (Date.now() > deadline) {
      throw new Error(
        `process ${holder?.pid ?? 'unknown'} has been starting the database for long: stop it, or remove ${file}`,
      );
    } else await pause(50);
  }
}

/** Moved aside before it is deleted: between reading and moving, another process may have taken it over already. */
function removeStale(file: string, mine: string, stale: ProcessRecord): void {
  const aside = `${mine}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readHolder(aside)?.mark !== stale.mark) link(aside, file);
  rmSync(aside, { force: true });
}

/** False when the name is taken. */
function link(existing: string, name: string): boolean {
  try {
    linkSync(existing, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): ProcessRecord | undefined {
  try {
    return parseProcessRecord(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
