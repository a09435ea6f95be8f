import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A pid alone names nobody: the system gives it to another process later, in containers soon.
 * `mark` differs between two processes that had the same pid; compare it, do not read it.
 */
export interface ProcessStart {
  readonly mark: string;
  /** Seconds since 1970, to about a second. */
  readonly epochSeconds: number;
}

/** When a running process started; undefined when there is none of that pid, or only the remains of one (a zombie). */
export function processStart(pid: number): ProcessStart | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  try {
    if (process.platform === 'linux') return onLinux(pid);
    return process.platform === 'win32' ? onWindows(pid) : onOtherUnix(pid);
  } catch {
    // No such process, or one that belongs to somebody else and is hidden: not ours in either case.
    return undefined;
  }
}

/** proc(5): /proc/<pid>/stat is `pid (name) state ppid …`; the name may hold anything, so count from the last bracket. */
function onLinux(pid: number): ProcessStart | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = Number(fields[19]);
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  if (state === 'Z' || state === 'X' || Number.isNaN(startTicks + bootSeconds)) return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  // The kernel counts in USER_HZ here, which is 100 on every architecture that Node runs on.
  return { mark: `${boot}/${startTicks}`, epochSeconds: bootSeconds + startTicks / 100 };
}

function onOtherUnix(pid: number): ProcessStart | undefined {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const out = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env }).trim();
  const [, state, started] = /^(\S+)\s+(.+)$/.exec(out) ?? [];
  if (state === undefined || started === undefined || state.startsWith('Z')) return undefined;
  return { mark: started, epochSeconds: Date.parse(`${started} UTC`) / 1000 };
}

function onWindows(pid: number): ProcessStart {
  const script = `([DateTimeOffset](Get-Process -Id ${pid}).StartTime).ToUnixTimeMilliseconds()`;
  const mark = execFileSync('powershell', ['-NoProfile', '-Command', script], { encoding: 'utf8' }).trim();
  return { mark, epochSeconds: Number(mark) / 1000 };
}
