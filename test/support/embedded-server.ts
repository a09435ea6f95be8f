import { execFileSync } from 'node:child_process';

/** The embedded database server that the hub `pid` has started, and the directory of its cluster. */
export function serverOf(pid: number): { readonly pid: number; readonly data: string } {
  const processes = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  for (const line of processes.split('\n')) {
    const [, child, parent, data] = /^ *(\d+) +(\d+) .*postgres -D (\S+)/.exec(line) ?? [];
    if (Number(parent) === pid && data !== undefined) return { pid: Number(child), data };
  }
  throw new Error(`process ${pid} has no database server:\n${processes}`);
}
