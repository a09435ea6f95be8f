import { readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { recordProcess, type ProcessRecord } from './process-record.ts';
import { processStart } from './process-start.ts';

/**
 * PostgreSQL's own note of its server, postmaster.pid: line 1 the pid, line 3 the start in seconds since 1970.
 * Source: PostgreSQL manual, 66.1, and src/include/utils/pidfile.h.
 */
const fileOf = (data: string): string => path.join(data, 'postmaster.pid');

/** The server writes its start a moment after the system did, and the system's clock is known to the second only. */
const EARLIER_SECONDS = 2;
const LATER_SECONDS = 3;

/** The server that runs on this data; undefined when none does, also when its pid was given to another process. */
export function findPostmaster(data: string): ProcessRecord | undefined {
  const [pidLine, , startLine] = readLines(data) ?? [];
  const pid = Number(pidLine);
  const start = processStart(pid);
  if (!start) return undefined;
  const later = Number(startLine) - start.epochSeconds;
  if (!(later > -EARLIER_SECONDS && later < LATER_SECONDS) || !worksIn(pid, data)) return undefined;
  return recordProcess(pid);
}

/**
 * Lets a new server start although the pid in the note of a dead one is alive as something else, or as a zombie (a
 * container whose first process does not reap). The note is kept, with our pid: a server takes the pid of its parent
 * for stale (CreateLockFile in miscinit.c), but still finds by the note whether processes of the dead one use the data.
 */
export function disownPostmasterFile(data: string): void {
  const lines = readLines(data);
  if (!lines) return;
  // On Windows a server does not know its parent.
  if (process.platform === 'win32') rmSync(fileOf(data));
  else writeFileSync(fileOf(data), [String(process.pid), ...lines.slice(1)].join('\n'));
}

function readLines(data: string): string[] | undefined {
  try {
    return readFileSync(fileOf(data), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

/** Every PostgreSQL process has its data directory as working directory; where the system tells, it must be so. */
function worksIn(pid: number, data: string): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
  } catch {
    return false;
  }
}
