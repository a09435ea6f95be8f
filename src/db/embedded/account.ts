import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom the server runs as: PostgreSQL refuses root, so root gives way to the account `postgres`, else `nobody`
 * (no account is created). Undefined: the caller itself.
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    // macOS writes nobody as -2, which the system calls take as an unsigned number.
    if (uid && gid) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  throw new Error(
    'PostgreSQL does not run as root, and neither an account "postgres" nor "nobody" exists: ' +
      'start as an ordinary user, or set DATABASE_URL to a database of your own',
  );
}

/** Whether another account can walk to the path: every directory that exists on the way must let others pass. */
export function othersCanReach(target: string): boolean {
  for (let directory = path.resolve(target); ; directory = path.dirname(directory)) {
    const found = statSync(directory, { throwIfNoEntry: false });
    if (found?.isDirectory() && (found.mode & 0o001) === 0) return false;
    if (directory === path.dirname(directory)) return true;
  }
}
