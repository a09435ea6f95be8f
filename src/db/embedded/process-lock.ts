import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRunning, parseProcessRecord, recordProcess, type ProcessRecord } from './process-record.ts';

/** Either it is ours, until `release`, or another running process (or another part of this one) has it. */
export type Lock = { readonly release: () => void } | { readonly heldBy: ProcessRecord };

/** Takes the lock `file`, which names its holder, or says who has it. One that a killed process left is taken over. */
export function tryLock(file: string): Lock {
  const mine = recordProcess(process.pid);
  if (!mine) throw new Error('the system does not say when this process started');
  // Written whole under its own name and then linked: nobody reads a half-written lock.
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (;;) {
      if (link(draft, file)) return { release: () => release(file, mine) };
      const holder = readHolder(file);
      if (holder && isRunning(holder)) return { heldBy: holder };
      // Also what names nobody: a lock is linked whole, so only a power failure leaves such a one.
      removeStale(file, draft, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function release(file: string, mine: ProcessRecord): void {
  if (readHolder(file)?.mark === mine.mark) rmSync(file, { force: true });
}

/** Moved aside before it is deleted: between reading and moving, another process may have taken it over already. */
function removeStale(file: string, draft: string, stale: ProcessRecord | undefined): void {
  const aside = `${draft}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readHolder(aside)?.mark !== stale?.mark) link(aside, file);
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
